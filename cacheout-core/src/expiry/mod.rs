//! Deadlines: which entry expires when, and what is due next.

mod lanes;

use crate::clock::{NEVER, Nanos, Now, deadline};
use crate::policy::IndexedHeap;
use crate::slots::{Ends, SlotId};
use lanes::Lanes;

/// The deadlines of one shard. When an entry's ttl ends, its slot knows; here it is filed for being found when it is due.
///
/// A filed deadline is never later than the present one: a use, which puts off an idle entry's end, writes one word and
/// leaves the files alone. What is due is looked at again, and filed anew if it was put off since.
#[derive(Default)]
pub(crate) struct Deadlines {
    /// What is filed under its very end.
    lanes: Lanes,
    /// What does not fit into the lanes, and whatever uses put off.
    heap: IndexedHeap<Nanos>,
    /// How many slots are filed.
    len: usize,
    idle: Option<Idle>,
}

/// How many expired entries one operation removes under a lock at most, or files anew that were used since they were filed: so
/// that a million of them stalls nobody.
pub(crate) const BATCH: usize = 64;

/// How much is left of a [batch](BATCH).
pub(crate) struct Steps(usize);

impl Steps {
    pub(crate) fn batch() -> Self {
        Steps(BATCH)
    }

    /// Whether there is none left.
    pub(crate) fn are_taken(&self) -> bool {
        self.0 == 0
    }

    /// Takes one; answers whether there was one.
    fn take(&mut self) -> bool {
        let left = self.0.checked_sub(1);
        self.0 = left.unwrap_or(0);
        left.is_some()
    }
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
        self.len == 0
    }

    /// Whether no entry can expire, nor any that comes in without a ttl.
    #[inline]
    pub(crate) fn is_unused(&self) -> bool {
        self.len == 0 && self.idle.is_none()
    }

    /// Whether a use has to be told ([`hit`](Self::hit)).
    #[inline]
    pub(crate) fn counts_uses(&self) -> bool {
        self.idle.is_some()
    }

    /// A slot that is not filed was filled, or its entry given a new end.
    #[inline]
    pub(crate) fn file(&mut self, slot: SlotId, ends: &Ends, now: &Now) {
        if self.idle.is_some() || ends.of(slot) != NEVER {
            self.file_deadline(slot, ends, now);
        }
    }

    fn file_deadline(&mut self, slot: SlotId, ends: &Ends, now: &Now) {
        if let Some(idle) = &mut self.idle {
            write_at(&mut idle.used, slot, now.get());
        }
        let end = self.of(slot, ends);
        if end == NEVER {
            return;
        }
        self.len += 1;
        let has_lane = self.idle.is_none() && self.lanes.push(slot, end, |other| ends.of(other));
        if !has_lane {
            self.heap.set(slot, end);
        }
    }

    /// A slot is about to be emptied, or its entry to be given a new end.
    #[inline]
    pub(crate) fn remove(&mut self, slot: SlotId) {
        if !self.is_empty() && (self.lanes.remove(slot) || self.heap.remove(slot)) {
            self.len -= 1;
        }
    }

    /// A slot's entry was used.
    pub(crate) fn hit(&mut self, slot: SlotId, now: &Now) {
        if let Some(idle) = &mut self.idle {
            // who read the clock earlier may come to the lock later: else the entry would be due before it is filed to be
            let used = &mut idle.used[slot as usize];
            *used = now.get().max(*used);
        }
    }

    /// When the slot's entry expires, as things stand.
    #[inline]
    pub(crate) fn of(&self, slot: SlotId, ends: &Ends) -> Nanos {
        let end = ends.of(slot);
        match &self.idle {
            None => end,
            Some(idle) => end.min(deadline(idle.used[slot as usize], idle.limit)),
        }
    }

    /// A slot whose entry has expired. Each that is answered, or filed anew, takes one of `steps`: without any left it is not
    /// known whether there is one.
    #[inline]
    pub(crate) fn due(&mut self, ends: &Ends, now: &Now, steps: &mut Steps) -> Option<SlotId> {
        match self.is_empty() {
            true => None,
            false => self.first_due(ends, now, steps),
        }
    }

    fn first_due(&mut self, ends: &Ends, now: &Now, steps: &mut Steps) -> Option<SlotId> {
        let mut firsts = self.lanes.firsts();
        if let Some(slot) = firsts.find(|&slot| now.has_come(ends.of(slot))) {
            return steps.take().then_some(slot);
        }
        loop {
            let (filed, slot) = self.heap.first()?;
            if !now.has_come(filed) || !steps.take() {
                return None;
            }
            let present = self.of(slot, ends);
            if now.has_come(present) {
                return Some(slot);
            }
            self.heap.set(slot, present);
        }
    }

    /// All slots were emptied.
    pub(crate) fn clear(&mut self) {
        self.lanes = Lanes::default();
        self.heap = IndexedHeap::default();
        self.len = 0;
        if let Some(idle) = &mut self.idle {
            idle.used = Vec::new();
        }
    }

    /// No entry expires before this.
    #[inline]
    pub(crate) fn next(&self, ends: &Ends) -> Nanos {
        match self.is_empty() {
            true => NEVER,
            false => self.first(ends),
        }
    }

    fn first(&self, ends: &Ends) -> Nanos {
        let firsts = self.lanes.firsts().map(|slot| ends.of(slot));
        let filed = self.heap.first().map(|(filed, _)| filed);
        firsts.chain(filed).min().unwrap_or(NEVER)
    }

    /// Sets how long entries may stay idle; those that are here (`slots`) count as used now.
    pub(crate) fn set_idle_limit(
        &mut self,
        limit: Option<Nanos>,
        slots: &[SlotId],
        ends: &Ends,
        now: &Now,
    ) {
        self.clear();
        self.idle = limit.map(|limit| Idle {
            limit,
            used: Vec::new(),
        });
        for &slot in slots {
            self.file(slot, ends, now);
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::clock::{ManualClock, Time};

    fn at(time: Nanos) -> Now {
        let clock = ManualClock::new();
        clock.advance(Duration::from_nanos(time));
        Time::Injected(Arc::new(clock)).start()
    }

    #[test]
    fn a_use_that_comes_late_brings_no_deadline_forward() {
        let ends = Ends::default();
        let mut deadlines = Deadlines::default();
        deadlines.set_idle_limit(Some(10), &[], &ends, &at(0));
        deadlines.file(3, &ends, &at(5));
        deadlines.hit(3, &at(2));
        assert_eq!((deadlines.of(3, &ends), deadlines.next(&ends)), (15, 15));
        assert_eq!(deadlines.due(&ends, &at(14), &mut Steps::batch()), None);
        deadlines.hit(3, &at(14));
        assert_eq!(deadlines.due(&ends, &at(23), &mut Steps::batch()), None);
        assert_eq!(deadlines.due(&ends, &at(24), &mut Steps::batch()), Some(3));
    }

    /// A million that are used all the time stall nobody.
    #[test]
    fn as_many_are_filed_anew_as_there_are_steps() {
        let ends = Ends::default();
        let mut deadlines = Deadlines::default();
        deadlines.set_idle_limit(Some(10), &[], &ends, &at(0));
        let slots = 0..3 * BATCH as SlotId;
        slots
            .clone()
            .for_each(|slot| deadlines.file(slot, &ends, &at(0)));
        slots.skip(1).for_each(|slot| deadlines.hit(slot, &at(5)));
        let mut due = Vec::new();
        for _ in 0..4 {
            let mut steps = Steps::batch();
            while let Some(slot) = deadlines.due(&ends, &at(12), &mut steps) {
                due.push(slot);
                deadlines.remove(slot);
            }
            assert!(steps.are_taken() || deadlines.next(&ends) == 15);
        }
        assert_eq!((due, deadlines.next(&ends)), (vec![0], 15));
    }
}
