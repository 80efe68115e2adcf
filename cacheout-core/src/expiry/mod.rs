//! Deadlines: which entry expires when, and what is due next.

use crate::clock::{NEVER, Nanos, Now, deadline};
use crate::policy::{IndexedHeap, SlotId};

/// The deadlines of one shard.
///
/// An entry is filed under the deadline that it had when it was last looked at, which is never later than its present
/// one: a use, which puts off an idle entry's end, writes one word and leaves the heap alone. What is due is looked at
/// again, and filed anew if it was put off since.
#[derive(Default)]
pub(crate) struct Deadlines {
    /// The end of each entry's ttl; slots that were never given one may be missing.
    ends: Vec<Nanos>,
    filed: IndexedHeap<Nanos>,
    idle: Option<Idle>,
}

/// Expiry of what is not used.
struct Idle {
    /// How long an entry may stay without being used.
    limit: Nanos,
    used: Vec<Nanos>,
}

impl Deadlines {
    /// Whether any entry can expire.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.filed.first().is_none()
    }

    /// Whether a use has to be told ([`hit`](Self::hit)).
    #[inline]
    pub(crate) fn counts_uses(&self) -> bool {
        self.idle.is_some()
    }

    /// A slot was filled, or its entry given a new `end`.
    pub(crate) fn set(&mut self, slot: SlotId, end: Nanos, now: &Now) {
        if end != NEVER || (slot as usize) < self.ends.len() {
            write_at(&mut self.ends, slot, end);
        }
        if let Some(idle) = &mut self.idle {
            write_at(&mut idle.used, slot, now.get());
        }
        match self.of(slot) {
            NEVER => self.filed.remove(slot),
            end => self.filed.set(slot, end),
        }
    }

    /// A slot was emptied.
    pub(crate) fn remove(&mut self, slot: SlotId) {
        if !self.is_empty() {
            self.filed.remove(slot);
        }
    }

    /// A slot's entry was used.
    pub(crate) fn hit(&mut self, slot: SlotId, now: &Now) {
        if let Some(idle) = &mut self.idle {
            idle.used[slot as usize] = now.get();
        }
    }

    /// The end of the slot's ttl, uses aside.
    pub(crate) fn end(&self, slot: SlotId) -> Nanos {
        self.ends.get(slot as usize).copied().unwrap_or(NEVER)
    }

    /// When the slot's entry expires, as things stand.
    #[inline]
    pub(crate) fn of(&self, slot: SlotId) -> Nanos {
        let end = self.end(slot);
        match &self.idle {
            None => end,
            Some(idle) => end.min(deadline(idle.used[slot as usize], idle.limit)),
        }
    }

    /// A slot whose entry has expired.
    pub(crate) fn due(&mut self, now: &Now) -> Option<SlotId> {
        loop {
            let (filed, slot) = self.filed.first()?;
            if !now.has_come(filed) {
                return None;
            }
            let present = self.of(slot);
            if now.has_come(present) {
                return Some(slot);
            }
            self.filed.set(slot, present);
        }
    }

    /// All slots were emptied.
    pub(crate) fn clear(&mut self) {
        self.ends = Vec::new();
        self.filed = IndexedHeap::default();
        if let Some(idle) = &mut self.idle {
            idle.used = Vec::new();
        }
    }

    /// No entry expires before this.
    pub(crate) fn next(&self) -> Nanos {
        self.filed.first().map_or(NEVER, |(filed, _)| filed)
    }

    /// Sets how long entries may stay idle; those that are here (`slots`) count as used now.
    pub(crate) fn set_idle_limit(
        &mut self,
        limit: Option<Nanos>,
        slots: impl Iterator<Item = SlotId>,
        now: &Now,
    ) {
        self.idle = limit.map(|limit| Idle {
            limit,
            used: Vec::new(),
        });
        for slot in slots {
            self.set(slot, self.end(slot), now);
        }
    }
}

fn write_at(times: &mut Vec<Nanos>, slot: SlotId, time: Nanos) {
    let at = slot as usize;
    if at >= times.len() {
        times.resize(at + 1, NEVER);
    }
    times[at] = time;
}
