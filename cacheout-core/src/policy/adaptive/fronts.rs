//! Where the least worthy entry of each queue stands.

use super::Queues;
use super::ages::{AGES, LEVELS, age_class, start};
use super::lessons::Lessons;
use crate::slots::SlotId;

/// No slot.
const NONE: SlotId = SlotId::MAX;

/// Steps that a cursor takes at a time.
const STEPS: usize = 8;

/// The entry that would leave first of its queue.
#[derive(Clone, Copy)]
struct Front {
    slot: SlotId,
    worth: f32,
}

const NOBODY: Front = Front {
    slot: NONE,
    worth: f32::INFINITY,
};

/// A queue holds the entries of one level of frequency, by age, and worth depends on the age. If it falls with the age,
/// the oldest leaves first; else somebody in between, where a cursor stands, or the youngest. The cursor follows the age
/// that is worth least by and by: entries pass that age one after another, so it has few steps to take.
pub(super) struct Fronts {
    cursors: [SlotId; LEVELS],
    least: [Front; LEVELS],
    /// Who is worth least of all, while no level is stale.
    worst: SlotId,
    /// By bits: the levels whose front has to be looked for.
    stale: u32,
}

const ALL: u32 = (1 << LEVELS) - 1;

impl Fronts {
    pub(super) fn new() -> Self {
        Fronts {
            cursors: [NONE; LEVELS],
            least: [NOBODY; LEVELS],
            worst: NONE,
            stale: ALL,
        }
    }

    /// The worth of entries, or their ages, are others now.
    pub(super) fn renew(&mut self) {
        self.stale = ALL;
    }

    /// An entry is about to leave its queue.
    #[inline]
    pub(super) fn leaves(&mut self, slot: SlotId, level: usize, queues: &Queues) {
        if self.cursors[level] == slot {
            let next = queues.older(slot).or_else(|| queues.younger(slot));
            self.cursors[level] = next.unwrap_or(NONE);
        }
        if self.least[level].slot == slot {
            self.least[level] = NOBODY;
            self.stale |= 1 << level;
        }
    }

    /// An entry has been put at the young end of a queue.
    #[inline]
    pub(super) fn arrived(&mut self, level: usize) {
        if self.least[level].slot == NONE {
            self.stale |= 1 << level;
        }
    }

    /// The entry that is worth least of all.
    #[inline]
    pub(super) fn worst(&mut self, queues: &Queues, lessons: &Lessons, now: u32) -> Option<SlotId> {
        if self.stale != 0 {
            self.look_again(queues, lessons, now);
        }
        (self.worst != NONE).then_some(self.worst)
    }

    fn look_again(&mut self, queues: &Queues, lessons: &Lessons, now: u32) {
        while self.stale != 0 {
            let level = self.stale.trailing_zeros() as usize;
            self.stale &= self.stale - 1;
            self.least[level] = self.find(level, queues, lessons, now);
        }
        let mut worst = self.least[0];
        for front in &self.least[1..] {
            if front.worth < worst.worth {
                worst = *front;
            }
        }
        self.worst = worst.slot;
    }

    #[inline]
    fn find(&mut self, level: usize, queues: &Queues, lessons: &Lessons, now: u32) -> Front {
        let Some(oldest) = queues.oldest(level) else {
            return NOBODY;
        };
        queues.fetch_younger(oldest);
        let old = age_class(queues.get(oldest).age(now));
        let worst = lessons.worst_age(level, old);
        let front = Front {
            slot: oldest,
            worth: lessons.worth[level * AGES + old],
        };
        if worst == old {
            return front;
        }
        let slot = match worst {
            0 => queues.youngest(level).unwrap_or(oldest),
            _ => self.walk(level, oldest, start(worst), queues, now),
        };
        let age = age_class(queues.get(slot).age(now));
        let worth = lessons.worth[level * AGES + age];
        if front.worth < worth {
            return front;
        }
        Front { slot, worth }
    }

    /// Moves the cursor towards the youngest entry of at least this age. Returns who stands there.
    fn walk(
        &mut self,
        level: usize,
        oldest: SlotId,
        age: u32,
        queues: &Queues,
        now: u32,
    ) -> SlotId {
        let is_old = |slot: SlotId| queues.get(slot).age(now) >= age;
        let mut at = self.cursors[level];
        if at == NONE {
            at = oldest;
        }
        for _ in 0..STEPS {
            let next = if is_old(at) {
                queues.younger(at).filter(|&next| is_old(next))
            } else {
                queues.older(at)
            };
            match next {
                Some(next) => at = next,
                None => break,
            }
        }
        self.cursors[level] = at;
        at
    }

    /// All slots that are named are in the queues they are named for.
    #[cfg(test)]
    pub(super) fn check(&self, queues: &Queues) {
        for level in 0..LEVELS {
            for slot in [self.cursors[level], self.least[level].slot] {
                assert!(slot == NONE || queues.get(slot).is_present());
                assert!(slot == NONE || queues.list_of(slot) == level);
            }
        }
    }
}
