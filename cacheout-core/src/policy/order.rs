//! FIFO, LIFO, LRU, MRU: one order, two ends to evict from, renewed by uses or by sets alone.

use super::lists::Lists;
use super::{Evict, Marks, Rank, SlotId, Stamp};

/// The end of the order that the victim is taken from.
#[derive(Clone, Copy)]
pub(super) enum End {
    Old,
    Young,
}

/// The one list that there is.
const ALL: usize = 0;

pub(crate) struct ByOrder {
    order: Lists<1>,
    victims: End,
    renewed_by_use: bool,
}

impl ByOrder {
    pub(super) fn new(victims: End, renewed_by_use: bool) -> Self {
        ByOrder {
            order: Lists::default(),
            victims,
            renewed_by_use,
        }
    }
}

impl Evict for ByOrder {
    fn insert(&mut self, slot: SlotId, _: u32) {
        self.order.push(ALL, slot);
    }

    #[inline]
    fn hit(&mut self, slot: SlotId) {
        if self.renewed_by_use && self.order.youngest(ALL) != Some(slot) {
            self.order.renew(ALL, slot);
        }
    }

    fn remove(&mut self, slot: SlotId) {
        self.order.unlink(slot);
    }

    fn victim(&mut self, _: &impl Marks) -> Option<SlotId> {
        match self.victims {
            End::Old => self.order.oldest(ALL),
            End::Young => self.order.youngest(ALL),
        }
    }

    fn rank(&mut self, _: SlotId, stamp: Stamp, _: &impl Marks) -> Rank {
        match self.victims {
            End::Old => (0, stamp),
            End::Young => (0, !stamp),
        }
    }

    fn clear(&mut self) {
        self.order.clear();
    }

    fn order(&self) -> Vec<SlotId> {
        self.order.iter(ALL).collect()
    }
}
