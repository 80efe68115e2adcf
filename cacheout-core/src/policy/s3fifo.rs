//! S3-FIFO: a small queue through which new entries must pass, a main one for those that were used meanwhile, and the
//! ghosts of those that were not.
//!
//! Yang, Zhang, Qiu, Yue, Rashmi: "FIFO queues are all you need for cache eviction", SOSP 2023.

use super::ghosts::Ghosts;
use super::lists::Lists;
use super::{Evict, Marks, PATIENCE, SlotId};

const SMALL: usize = 0;
const MAIN: usize = 1;

/// The part of the small queue, one in ten, as in the paper.
const SMALL_PART: usize = 10;

#[derive(Default)]
pub(crate) struct S3Fifo {
    queues: Lists<2>,
    /// What left the small queue unused: as many as the main queue holds.
    ghosts: Ghosts,
}

impl S3Fifo {
    /// Two bits, as in the paper.
    pub(crate) const MARK_LIMIT: u8 = 3;

    fn small_share(&self) -> usize {
        (self.queues.total() / SMALL_PART).max(1)
    }

    /// The entry to look at next.
    fn candidate(&self) -> Option<SlotId> {
        let [first, then] = if self.queues.len(SMALL) >= self.small_share() {
            [SMALL, MAIN]
        } else {
            [MAIN, SMALL]
        };
        let first = self.queues.oldest(first);
        first.or_else(|| self.queues.oldest(then))
    }
}

impl Evict for S3Fifo {
    fn insert(&mut self, slot: SlotId, word: u32) {
        let known = self.ghosts.take(word);
        self.queues.push(if known { MAIN } else { SMALL }, slot);
    }

    fn replace(&mut self, old: SlotId, new: SlotId, marks: &impl Marks) {
        self.queues.replace(old, new);
        marks.set(new, (marks.get(old) + 1).min(Self::MARK_LIMIT.into()));
    }

    fn remove(&mut self, slot: SlotId) {
        self.queues.unlink(slot);
    }

    /// Each step takes a mark that was paid for by a hit, or one of the two of a promotion.
    fn victim(&mut self, marks: &impl Marks) -> Option<SlotId> {
        for _ in 0..PATIENCE {
            let slot = self.candidate()?;
            let mark = marks.get(slot);
            match self.queues.list_of(slot) {
                SMALL if mark > 1 => marks.set(slot, 0),
                MAIN if mark > 0 => marks.set(slot, mark - 1),
                _ => return Some(slot),
            }
            self.queues.renew(MAIN, slot);
        }
        let slot = self.candidate()?;
        marks.set(slot, 0);
        Some(slot)
    }

    fn evict(&mut self, slot: SlotId, word: u32) {
        if self.queues.list_of(slot) == SMALL {
            let len = self.queues.total();
            self.ghosts.resize(len - len / SMALL_PART);
            self.ghosts.push(word);
        }
        self.queues.unlink(slot);
    }

    fn clear(&mut self) {
        *self = Self::default();
    }

    fn order(&self) -> Vec<SlotId> {
        self.queues
            .iter(SMALL)
            .chain(self.queues.iter(MAIN))
            .collect()
    }
}
