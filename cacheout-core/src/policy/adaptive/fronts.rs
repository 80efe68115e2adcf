//! Where the least worthy entry of each queue stands.

use super::ages::{AGES, LEVELS, age_class, start};
use super::entry::Entry;
use super::lessons::Lessons;
use super::{Gone, Queues};
use crate::slots::SlotId;

/// No slot.
const NONE: SlotId = SlotId::MAX;

/// Steps that a cursor takes at a time.
const STEPS: usize = 8;

/// The entry that would leave first of its queue. None, if that has just left (then its worth is still there), or the queue is
/// empty.
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
    /// What an entry that comes in now is worth, where nothing in the queue is worth less: the youngest leaves first there, or all
    /// are as young, or there is none. Else no number.
    newcomers: [f32; LEVELS],
    /// The level whose front is worth least of all, while none is stale.
    worst: usize,
    /// By bits: the levels whose front has to be looked for.
    stale: u32,
}

/// Whether both are of the same class of age.
#[inline]
fn is_as_old(one: Entry, other: Entry, now: u32) -> bool {
    age_class(one.age(now)) == age_class(other.age(now))
}

const ALL: u32 = (1 << LEVELS) - 1;

impl Fronts {
    pub(super) fn new() -> Self {
        Fronts {
            cursors: [NONE; LEVELS],
            least: [NOBODY; LEVELS],
            newcomers: [f32::NAN; LEVELS],
            worst: 0,
            stale: ALL,
        }
    }

    /// The worth of entries, or their ages, are others now.
    pub(super) fn renew(&mut self) {
        self.stale = ALL;
        self.newcomers = [f32::NAN; LEVELS];
    }

    /// An entry has left its queue.
    ///
    /// If it was worth least there, its neighbour is from now on, provided that both are of the same age: the next younger one of
    /// the oldest, and the next older one of whoever stood at the cursor. Where the youngest leaves first, the next to arrive is
    /// worth least: to go on with older ones would be to give up what has been kept of a loop.
    #[inline(always)]
    pub(super) fn left(&mut self, slot: SlotId, gone: &Gone, queues: &Queues, now: u32) {
        let level = gone.more.level();
        let (is_least, is_marked) = (self.least[level].slot == slot, self.cursors[level] == slot);
        if !is_least && !is_marked {
            return;
        }
        let next = gone.older.or(gone.younger);
        if is_marked {
            self.cursors[level] = next.unwrap_or(NONE);
        }
        if is_least {
            let is_next = gone.older.is_none() || self.newcomers[level].is_nan();
            match next.filter(|&next| is_next && is_as_old(queues.get(next), gone.more, now)) {
                Some(next) => {
                    self.least[level].slot = next;
                    queues.fetch_younger(next);
                }
                None => {
                    self.least[level].slot = NONE;
                    self.stale |= 1 << level;
                    if gone.older.is_none() && next.is_some() {
                        self.newcomers[level] = f32::NAN; // there are others of another age
                    }
                }
            }
        }
    }

    /// Whether an entry that is used just now would be worth least of all.
    #[inline]
    pub(super) fn would_be_worst(&self, level: usize) -> bool {
        self.stale & !(1 << level) == 0
            && self.would_be_front(level)
            && (level == self.worst || self.newcomers[level] < self.least[self.worst].worth)
    }

    /// Whether an entry that is used just now would be worth least of its queue. Where the least worthy one has just left, nothing
    /// else is known to be worth less than that was.
    #[inline]
    fn would_be_front(&self, level: usize) -> bool {
        let (least, worth) = (self.least[level], self.newcomers[level]);
        worth < least.worth || least.slot == NONE && worth <= least.worth
    }

    /// An entry that was used just now has been put at the young end of a queue.
    #[inline]
    pub(super) fn arrived(&mut self, slot: SlotId, level: usize) {
        if self.would_be_front(level) {
            let worth = self.newcomers[level];
            self.least[level] = Front { slot, worth };
            self.stale &= !(1 << level);
            if worth < self.least[self.worst].worth {
                self.worst = level;
            }
        } else {
            self.joined(level);
        }
    }

    /// An entry has been put at the young end of a queue, whenever it was used.
    #[inline]
    pub(super) fn joined(&mut self, level: usize) {
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
        let slot = self.least[self.worst].slot;
        (slot != NONE).then_some(slot)
    }

    #[inline(never)]
    fn look_again(&mut self, queues: &Queues, lessons: &Lessons, now: u32) {
        while self.stale != 0 {
            let level = self.stale.trailing_zeros() as usize;
            self.stale &= self.stale - 1;
            self.least[level] = self.find(level, queues, lessons, now);
        }
        self.worst = 0;
        for level in 1..LEVELS {
            if self.least[level].worth < self.least[self.worst].worth {
                self.worst = level;
            }
        }
    }

    #[inline]
    fn find(&mut self, level: usize, queues: &Queues, lessons: &Lessons, now: u32) -> Front {
        let Some(oldest) = queues.oldest(level) else {
            self.newcomers[level] = lessons.worth[level * AGES]; // who comes next is alone
            return NOBODY;
        };
        queues.fetch_younger(oldest);
        let old = age_class(queues.get(oldest).age(now));
        let worst = lessons.worst_age(level, old);
        let front = Front {
            slot: oldest,
            worth: lessons.worth[level * AGES + old],
        };
        self.newcomers[level] = match worst {
            0 => lessons.worth[level * AGES],
            _ => f32::NAN,
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

    /// All slots that are named are in the queues they are named for; and if nothing has to be looked for, the one that is
    /// named as worth least of all is.
    #[cfg(test)]
    pub(super) fn check(&self, queues: &Queues) {
        for level in 0..LEVELS {
            let Front { slot, worth } = self.least[level];
            for slot in [self.cursors[level], slot] {
                assert!(slot == NONE || queues.get(slot).is_present());
                assert!(slot == NONE || queues.list_of(slot) == level);
            }
            let is_stale = self.stale >> level & 1 == 1;
            assert!(is_stale || (slot == NONE) == queues.oldest(level).is_none());
            assert!(self.stale != 0 || self.least[self.worst].worth <= worth);
        }
    }
}
