//! LFU, exact: a use counts in the entry's own mark; the order is corrected when a victim is needed.

use super::{Evict, IndexedHeap, Marks, Rank, SlotId, Stamp};

/// The heap files each slot under the count that it had when it was last looked at, which is never more than its
/// present one. So the first of the heap is the victim if its count is still the recorded one; if not, it is filed
/// under its present count and the next first is looked at. A use pays for at most one such correction.
#[derive(Default)]
pub(crate) struct Lfu {
    /// By count, and among equals by the order of their sets.
    recorded: IndexedHeap<(u32, Stamp)>,
    sets: Stamp,
}

impl Evict for Lfu {
    fn insert(&mut self, slot: SlotId, _: u32) {
        self.sets += 1;
        self.recorded.set(slot, (0, self.sets));
    }

    fn remove(&mut self, slot: SlotId) {
        self.recorded.remove(slot);
    }

    fn victim(&mut self, marks: &impl Marks) -> Option<SlotId> {
        // each is corrected once at most, but for those that are used meanwhile: nobody waits for an end of that
        for _ in 0..self.recorded.len() {
            let ((recorded, set), slot) = self.recorded.first()?;
            let present = marks.get(slot);
            if recorded == present {
                return Some(slot);
            }
            self.recorded.set(slot, (present, set));
        }
        self.recorded.first().map(|(_, slot)| slot)
    }

    fn rank(&mut self, slot: SlotId, stamp: Stamp, marks: &impl Marks) -> Rank {
        (u64::from(marks.get(slot)), stamp)
    }

    fn clear(&mut self) {
        *self = Self::default();
    }

    fn order(&self) -> Vec<SlotId> {
        let mut slots: Vec<_> = self.recorded.iter().collect();
        slots.sort_unstable_by_key(|&((_, set), _)| set);
        slots.into_iter().map(|(_, slot)| slot).collect()
    }
}
