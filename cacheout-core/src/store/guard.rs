//! Locked shards: what has to be done when they are let go.

use std::ops::{Deref, DerefMut};

use super::shard::Shard;
use super::sharded::Cell;
use crate::clock::NEVER;
use crate::listener::Removals;
use crate::slots::{Held, Node, Pinned, SlotId};
use crate::sync::Padded;
use crate::sync::atomic::Ordering::Relaxed;

/// A locked shard. Before it is let go, it has to be [settled](Self::settle).
pub(crate) struct Locked<'a, K, V> {
    shard: Held<'a, Shard<K, V>>,
    cell: &'a Cell<K, V>,
}

impl<'a, K, V> Locked<'a, K, V> {
    #[inline(always)]
    pub(super) fn lock(cell: &'a Cell<K, V>) -> Self {
        Locked {
            shard: cell.shard.0.lock(),
            cell,
        }
    }

    /// Whether there is nothing to [settle](Self::settle).
    #[inline]
    fn is_settled(&self) -> bool {
        self.shard.is_still()
            && !self.shard.has_deadlines()
            && self.cell.next_deadline.load(Relaxed) == NEVER
    }

    /// Lets the shard's next deadline be there for all to see, and gathers what was taken out and is read by nobody any more, to
    /// be dropped when no lock is held.
    #[inline(never)]
    fn settle(&mut self, dead: &mut Vec<Node<K, V>>) {
        self.shard.collect_waiting();
        dead.append(&mut self.shard.take_dead());
        if self.shard.has_deadlines() || self.cell.next_deadline.load(Relaxed) != NEVER {
            self.show_next_deadline();
        }
    }

    fn show_next_deadline(&self) {
        let next = self.shard.next_deadline();
        if self.cell.next_deadline.load(Relaxed) != next {
            self.cell.next_deadline.store(next, Relaxed);
        }
    }

    /// Lets the shard go. What was taken out of it is dropped with `removals`, as more is locked than this.
    pub(super) fn release(mut self, removals: &mut Removals<K, V>) {
        let mut dead = Vec::new();
        self.settle(&mut dead);
        removals.bury(dead);
    }
}

impl<K, V> Deref for Locked<'_, K, V> {
    type Target = Shard<K, V>;

    #[inline]
    fn deref(&self) -> &Shard<K, V> {
        &self.shard
    }
}

impl<K, V> DerefMut for Locked<'_, K, V> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Shard<K, V> {
        &mut self.shard
    }
}

/// A locked shard, the only one that its thread has locked. When it is let go, what was taken out is dropped.
pub(crate) struct Guard<'a, K, V> {
    // let go first: entries are dropped when no lock is held
    shard: Locked<'a, K, V>,
    dead: Vec<Node<K, V>>,
}

impl<'a, K, V> Guard<'a, K, V> {
    #[inline(always)]
    pub(super) fn lock(cell: &'a Cell<K, V>) -> Self {
        Guard {
            shard: Locked::lock(cell),
            dead: Vec::new(),
        }
    }

    /// Keeps the value of an entry, which is in use, beyond this guard.
    #[inline]
    pub(crate) fn pin(&mut self, slot: SlotId) -> Pinned<'a, K, V>
    where
        V: Clone,
    {
        // afterwards, this thread itself would be among those who are waited for
        self.shard.collect_waiting();
        self.shard.pin_for(&self.shard.cell.view, slot)
    }
}

impl<'a, K, V> Deref for Guard<'a, K, V> {
    type Target = Locked<'a, K, V>;

    #[inline]
    fn deref(&self) -> &Locked<'a, K, V> {
        &self.shard
    }
}

impl<'a, K, V> DerefMut for Guard<'a, K, V> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Locked<'a, K, V> {
        &mut self.shard
    }
}

impl<K, V> Drop for Guard<'_, K, V> {
    #[inline(always)]
    fn drop(&mut self) {
        if !self.shard.is_settled() {
            self.shard.settle(&mut self.dead);
        }
    }
}

/// All shards, locked. What was taken out of any is dropped when none is locked any more.
pub(super) struct Guards<'a, K, V> {
    // let go first, as above
    shards: Vec<Locked<'a, K, V>>,
    dead: Vec<Node<K, V>>,
}

impl<'a, K, V> Guards<'a, K, V> {
    pub(super) fn lock(cells: &'a [Padded<Cell<K, V>>]) -> Self {
        let mut shards = Vec::with_capacity(cells.len());
        for cell in cells {
            shards.push(Locked::lock(&cell.0));
        }
        let dead = Vec::new();
        Guards { shards, dead }
    }

    /// Lets them go. What was taken out is dropped with `removals`, as more is locked than these.
    pub(super) fn release(mut self, removals: &mut Removals<K, V>) {
        for shard in self.shards.drain(..) {
            shard.release(removals);
        }
    }
}

impl<'a, K, V> Deref for Guards<'a, K, V> {
    type Target = [Locked<'a, K, V>];

    fn deref(&self) -> &[Locked<'a, K, V>] {
        &self.shards
    }
}

impl<'a, K, V> DerefMut for Guards<'a, K, V> {
    fn deref_mut(&mut self) -> &mut [Locked<'a, K, V>] {
        &mut self.shards
    }
}

impl<K, V> Drop for Guards<'_, K, V> {
    fn drop(&mut self) {
        for shard in &mut self.shards {
            shard.settle(&mut self.dead);
        }
    }
}
