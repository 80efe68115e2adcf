//! What was given up, until nobody can be reading it any more.

use std::mem::needs_drop;

use super::grace::{self, Ticket};
use super::readers::{self, Witnesses};
use super::shared::OldTable;
use crate::slots::SlotId;

/// How many slots of `T` are given up, of so many that are in use, before it is asked who reads them. A barrier interrupts every
/// thread that runs, which takes some microseconds on a virtual machine: so the more, the better; but values live on meanwhile,
/// and slots lie idle.
pub(super) fn batch<T>(in_use: usize) -> usize {
    // so many may lie idle however few are in use: as many as take 16 KiB
    let few = match (16 << 10) / size_of::<T>() {
        _ if cfg!(shuttle) => 1, // so that the model checker sees slots used again
        ..8 => 8,
        few @ 8..256 => few,
        256.. => 256,
    };
    match needs_drop::<T>() {
        true => (in_use / 16).clamp(1, 256),
        false => (in_use / 8).clamp(few, 1024),
    }
}

/// Two batches: one that is being filled, and one that waits for a barrier, and then for those who were reading.
#[derive(Default)]
pub(super) struct Limbo {
    open: Batch,
    closed: Batch,
    /// If the closed batch waits for a barrier.
    ticket: Option<Ticket>,
    witnesses: Witnesses,
}

/// Slots and tables that were given up.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) slots: Vec<SlotId>,
    pub(super) tables: Vec<OldTable>,
}

impl Batch {
    fn is_empty(&self) -> bool {
        self.slots.is_empty() && self.tables.is_empty()
    }

    /// Moves everything to another batch. The memory stays, to be used again.
    fn empty_into(&mut self, other: &mut Batch) {
        other.slots.append(&mut self.slots);
        other.tables.append(&mut self.tables);
    }
}

impl Limbo {
    /// Gives a slot up.
    #[inline]
    pub(super) fn push(&mut self, slot: SlotId) {
        self.open.slots.push(slot);
    }

    pub(super) fn push_table(&mut self, table: OldTable) {
        self.open.tables.push(table);
    }

    /// How many slots were given up since the last batch was closed.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.open.slots.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty() && self.closed.is_empty()
    }

    /// Whether there is something that only waits for those who were reading.
    #[inline]
    pub(super) fn is_waiting(&self) -> bool {
        !self.closed.is_empty() && self.ticket.is_none()
    }

    /// Adds to `free` all that was given up, whoever reads it.
    pub(super) fn collect_all(&mut self, free: &mut Batch) {
        self.ticket = None;
        self.closed.empty_into(free);
        self.open.empty_into(free);
    }

    /// Adds to `free` what those who were reading have left.
    pub(super) fn collect_closed(&mut self, free: &mut Batch) {
        if self.ticket.is_none() && self.witnesses.have_left() {
            self.closed.empty_into(free);
        }
    }

    /// Adds to `free` what nobody reads any more, of what was given up in `place`: all that was, unless somebody is
    /// reading there.
    pub(super) fn collect(&mut self, place: usize, free: &mut Batch) {
        self.collect_closed(free);
        if self.is_waiting() || self.is_empty() {
            return;
        }
        self.open.empty_into(&mut self.closed);
        match readers::needs_barrier() && !grace::heavy() {
            true => self.ticket = Some(Ticket::draw()),
            false => self.look(place, free),
        }
    }

    /// The same by and by: a batch that is full waits until the next one is, as another shard may issue the barrier meanwhile.
    pub(super) fn collect_lazily(&mut self, place: usize, free: &mut Batch) {
        if !readers::needs_barrier() {
            return self.collect(place, free);
        }
        match self.ticket {
            None => self.collect_closed(free),
            Some(ticket) if ticket.is_served() || grace::heavy() => self.look(place, free),
            Some(_) => {}
        }
        if self.closed.is_empty() {
            self.open.empty_into(&mut self.closed);
            self.ticket = Some(Ticket::draw());
        }
    }

    /// A barrier has served the closed batch, or it needs none.
    fn look(&mut self, place: usize, free: &mut Batch) {
        self.ticket = None;
        self.witnesses.look(place);
        self.collect_closed(free);
    }
}
