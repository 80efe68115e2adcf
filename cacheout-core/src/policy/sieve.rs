//! SIEVE: a queue in which a hand sweeps from old to young; entries used since its last visit stay where they are.
//!
//! Zhang, Yang, Yue, Vigfusson, Rashmi: "SIEVE is simpler than LRU: an efficient turn-key eviction algorithm for web
//! caches", NSDI 2024.

use super::lists::Lists;
use super::{Evict, Marks, PATIENCE, SlotId};

const QUEUE: usize = 0;

/// The hand stands still on the next one to look at; new entries come in at the young end, so those that it passed over
/// and those that are new are told apart by where they stand alone.
#[derive(Default)]
pub(crate) struct Sieve {
    queue: Lists<1>,
    /// Where the next search begins; nowhere: at the oldest.
    hand: Option<SlotId>,
}

impl Sieve {
    /// A mark says whether an entry was used, no more.
    pub(crate) const MARK_LIMIT: u8 = 1;

    /// If the hand points at this slot, which leaves, it moves on.
    fn let_go(&mut self, slot: SlotId) {
        if self.hand == Some(slot) {
            self.hand = self.queue.younger(slot);
        }
        self.queue.unlink(slot);
    }
}

impl Evict for Sieve {
    fn insert(&mut self, slot: SlotId, _: u32) {
        self.queue.push(QUEUE, slot);
    }

    fn replace(&mut self, old: SlotId, new: SlotId, marks: &impl Marks) {
        self.queue.replace(old, new);
        if self.hand == Some(old) {
            self.hand = Some(new);
        }
        marks.set(new, Self::MARK_LIMIT.into());
    }

    fn remove(&mut self, slot: SlotId) {
        self.let_go(slot);
    }

    /// Each mark taken away was paid for by a hit.
    fn victim(&mut self, marks: &impl Marks) -> Option<SlotId> {
        let mut slot = self.hand.or_else(|| self.queue.oldest(QUEUE))?;
        for _ in 0..PATIENCE {
            if marks.get(slot) == 0 {
                break;
            }
            marks.set(slot, 0);
            slot = self
                .queue
                .younger(slot)
                .or_else(|| self.queue.oldest(QUEUE))?;
        }
        marks.set(slot, 0);
        self.hand = Some(slot);
        Some(slot)
    }

    fn evict(&mut self, slot: SlotId, _: u32) {
        self.let_go(slot);
    }

    fn clear(&mut self) {
        *self = Self::default();
    }

    fn order(&self) -> Vec<SlotId> {
        self.queue.iter(QUEUE).collect()
    }
}
