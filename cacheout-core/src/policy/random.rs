//! Random replacement: every entry is equally likely to leave.

use crate::rng::SplitMix;

use super::{Evict, Marks, Rank, SlotId, Stamp};

#[derive(Default)]
pub(crate) struct Random {
    /// The slots in use, in no order.
    slots: Vec<SlotId>,
    /// Where a slot stands in `slots`.
    places: Vec<u32>,
    rng: SplitMix,
}

impl Evict for Random {
    fn insert(&mut self, slot: SlotId, _: u32) {
        let at = slot as usize;
        if at >= self.places.len() {
            self.places.resize(at + 1, 0);
        }
        self.places[at] = self.slots.len() as u32;
        self.slots.push(slot);
    }

    fn remove(&mut self, slot: SlotId) {
        let at = self.places[slot as usize] as usize;
        self.slots.swap_remove(at);
        if let Some(&moved) = self.slots.get(at) {
            self.places[moved as usize] = at as u32;
        }
    }

    fn victim(&mut self, _: &impl Marks) -> Option<SlotId> {
        let drawn = self.rng.below(self.slots.len());
        self.slots.get(drawn).copied()
    }

    /// The time until the first of as many exponential clocks as there are entries rings: so each shard, raced
    /// against others, loses its victim with a probability in proportion to its size.
    fn rank(&mut self, _: SlotId, stamp: Stamp, _: &impl Marks) -> Rank {
        let time = (0.0 - self.rng.unit().ln()) / self.slots.len() as f64;
        (time.to_bits(), stamp) // the bits of floats that are not negative are in the order of their values
    }

    fn clear(&mut self) {
        *self = Self::default();
    }

    fn order(&self) -> Vec<SlotId> {
        self.slots.clone()
    }
}
