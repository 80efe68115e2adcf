//! W-TinyLFU: a window for what is new, and a main part that an entry enters only if it was seen more often than the one
//! that would have to leave for it. The window's size adapts.
//!
//! Einziger, Friedman, Manes: "TinyLFU: a highly efficient cache admission policy", ACM Transactions on Storage 2017;
//! Einziger, Eytan, Friedman, Manes: "Adaptive software cache management", Middleware 2018.
//!
//! Two things differ from the papers, as hits are not told but leave a mark. Each list is a clock: an entry that is found
//! marked at its old end has a second chance, where the papers would have moved it at the time of the hit; and it is then
//! that the sketch learns of its use. And as there are no hits to count, the size of the window does not climb after the
//! hit ratio, but after the ghosts of what either part has just let go (Megiddo and Modha, "ARC", FAST 2003): each one
//! that comes back is a hit that its part would have had, had it been a little larger. The ghosts are few, so a loop that
//! is longer than the cache moves nothing.

use super::ghosts::Ghosts;
use super::lists::Lists;
use super::sketch::Sketch;
use super::{Evict, Marks, PATIENCE, SlotId};

/// New entries.
const WINDOW: usize = 0;
/// Of the main part, those that were not used since they came in, or not for long.
const PROBATION: usize = 1;
/// Of the main part, those that were used: four in five at most, as in the paper.
const PROTECTED: usize = 2;

/// The window's part of all entries, in the beginning and at its limits. Anything from 1 to 10 % is as good a beginning.
const WINDOW_PART: u64 = WHOLE / 20;
const LEAST_PART: u64 = WHOLE / 100;
const MOST_PART: u64 = WHOLE / 5 * 4;
/// Parts are counted in 2^-32.
const WHOLE: u64 = 1 << 32;
/// How many ghosts each part has: an entry in sixteen.
const GHOSTS: usize = 16;

pub(crate) struct TinyLfu {
    queues: Lists<3>,
    sketch: Sketch,
    window_part: u64,
    /// What left from the window, and what left from the main part.
    ghosts: [Ghosts; 2],
}

impl Default for TinyLfu {
    fn default() -> Self {
        TinyLfu {
            queues: Lists::default(),
            sketch: Sketch::default(),
            window_part: WINDOW_PART,
            ghosts: [Ghosts::default(), Ghosts::default()],
        }
    }
}

impl TinyLfu {
    /// A mark says whether an entry was used since it was last looked at. Higher counts find no more: a burst of uses is
    /// no frequency.
    pub(crate) const MARK_LIMIT: u8 = 1;

    fn window_share(&self) -> usize {
        let share = self.queues.total() as u64 * self.window_part / WHOLE;
        (share as usize).max(1)
    }

    /// Grows the window by one entry for a ghost of its own, shrinks it by one for one of the main part's.
    fn adapt(&mut self, word: u32) {
        let step = |len: usize| WHOLE / len.max(1) as u64;
        let [window, main] = &mut self.ghosts;
        if window.take(word) {
            let larger = self.window_part + step(self.queues.total());
            self.window_part = larger.min(MOST_PART);
        }
        if main.take(word) {
            let smaller = self.window_part.saturating_sub(step(self.queues.total()));
            self.window_part = smaller.max(LEAST_PART);
        }
    }

    /// Whether an entry was used since it was last looked at; if so, that is counted.
    fn was_used(&mut self, slot: SlotId, marks: &impl Marks) -> bool {
        let used = marks.get(slot) > 0;
        if used {
            marks.set(slot, 0);
            self.sketch.add(marks.word(slot));
        }
        used
    }

    /// Hands over from the window what it has too many of, so that little is left to do when somebody has to leave. Whether
    /// they were used is seen then.
    fn spill(&mut self) {
        for _ in 0..2 {
            let oldest = self.queues.oldest(WINDOW);
            let Some(slot) = oldest.filter(|_| self.queues.len(WINDOW) > self.window_share())
            else {
                return;
            };
            self.queues.renew(PROBATION, slot);
        }
    }

    /// Moves up to `steps` entries towards the sizes that the lists should have.
    fn settle(&mut self, steps: usize, marks: &impl Marks) {
        for _ in 0..steps {
            let main = self.queues.len(PROBATION) + self.queues.len(PROTECTED);
            let list = if self.queues.len(WINDOW) > self.window_share() {
                WINDOW
            } else if self.queues.len(PROTECTED) * 5 > main * 4 {
                PROTECTED
            } else {
                return;
            };
            let Some(slot) = self.queues.oldest(list) else {
                return;
            };
            let used = self.was_used(slot, marks);
            self.queues
                .renew(if used { PROTECTED } else { PROBATION }, slot);
        }
    }

    /// The oldest entry of the window that was not used.
    fn candidate(&mut self, marks: &impl Marks) -> Option<SlotId> {
        for _ in 0..PATIENCE {
            let slot = self.queues.oldest(WINDOW)?;
            if !self.was_used(slot, marks) {
                return Some(slot);
            }
            self.queues.renew(WINDOW, slot);
        }
        let slot = self.queues.oldest(WINDOW)?;
        self.was_used(slot, marks);
        Some(slot)
    }

    /// The entry of the main part that is worth least.
    fn coldest(&mut self, marks: &impl Marks) -> Option<SlotId> {
        for _ in 0..PATIENCE {
            match self.queues.oldest(PROBATION) {
                Some(slot) if !self.was_used(slot, marks) => return Some(slot),
                Some(slot) => self.queues.renew(PROTECTED, slot),
                None if self.queues.len(PROTECTED) == 0 => return None,
                None => {} // too many are protected: that settles itself
            }
            self.settle(1, marks);
        }
        let probation = self.queues.oldest(PROBATION);
        let slot = probation.or_else(|| self.queues.oldest(PROTECTED))?;
        self.was_used(slot, marks);
        Some(slot)
    }
}

impl Evict for TinyLfu {
    fn insert(&mut self, slot: SlotId, word: u32) {
        self.queues.push(WINDOW, slot);
        self.sketch.follow(self.queues.total());
        self.sketch.add(word);
        self.adapt(word);
        self.spill();
    }

    fn replace(&mut self, old: SlotId, new: SlotId, marks: &impl Marks) {
        self.queues.replace(old, new);
        marks.set(new, Self::MARK_LIMIT.into());
    }

    fn remove(&mut self, slot: SlotId) {
        self.queues.unlink(slot);
    }

    /// First the window hands over what it has too many of. If it is full, its oldest entry and the main part's coldest
    /// compete, and the newcomer has to be better. If the window is to grow, the main part pays.
    fn victim(&mut self, marks: &impl Marks) -> Option<SlotId> {
        self.settle(PATIENCE, marks);
        let coldest = self.coldest(marks);
        if coldest.is_some() && self.queues.len(WINDOW) < self.window_share() {
            return coldest;
        }
        let Some(candidate) = self.candidate(marks) else {
            return coldest;
        };
        let admits = coldest.filter(|&coldest| {
            let seen = self.sketch.estimate(marks.word(candidate));
            seen > self.sketch.estimate(marks.word(coldest))
        });
        if admits.is_some() {
            self.queues.renew(PROBATION, candidate);
            return admits;
        }
        Some(candidate)
    }

    fn evict(&mut self, slot: SlotId, word: u32) {
        let from_main = usize::from(self.queues.list_of(slot) != WINDOW);
        let ghosts = &mut self.ghosts[from_main];
        ghosts.resize(self.queues.total() / GHOSTS);
        ghosts.push(word);
        self.queues.unlink(slot);
    }

    fn clear(&mut self) {
        *self = Self::default();
    }

    fn order(&self) -> Vec<SlotId> {
        let lists = [PROBATION, WINDOW, PROTECTED].into_iter();
        lists.flat_map(|list| self.queues.iter(list)).collect()
    }
}
