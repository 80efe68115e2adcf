//! LFU, exact: a use counts in one word; the order is corrected when a victim is needed.

use super::{Evict, IndexedHeap, Rank, SlotId, Stamp};

/// The heap files each slot under the count that it had when it was last looked at, which is never more than its
/// present one. So the first of the heap is the victim if its count is still the recorded one; if not, it is filed
/// under its present count and the next first is looked at. A use pays for at most one such correction.
#[derive(Default)]
pub(crate) struct Lfu {
    uses: Vec<u32>,
    recorded: IndexedHeap<(u32, Stamp)>,
}

impl Evict for Lfu {
    fn insert(&mut self, slot: SlotId, stamp: Stamp) {
        let at = slot as usize;
        if at >= self.uses.len() {
            self.uses.resize(at + 1, 0);
        }
        self.uses[at] = 0;
        self.recorded.set(slot, (0, stamp));
    }

    #[inline]
    fn hit(&mut self, slot: SlotId) {
        let uses = &mut self.uses[slot as usize];
        *uses = uses.saturating_add(1);
    }

    fn remove(&mut self, slot: SlotId) {
        self.recorded.remove(slot);
    }

    fn victim(&mut self) -> Option<SlotId> {
        loop {
            let ((recorded, stamp), slot) = self.recorded.first()?;
            let present = self.uses[slot as usize];
            if recorded == present {
                return Some(slot);
            }
            self.recorded.set(slot, (present, stamp));
        }
    }

    fn rank(&mut self, slot: SlotId, stamp: Stamp) -> Rank {
        (u64::from(self.uses[slot as usize]), stamp)
    }
}
