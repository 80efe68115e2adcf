//! Memory that grows and never moves: the slots of a shard, in segments that are allocated as they are needed.

use crate::slots::SlotId;

/// Where a slot is: the number of its segment, and its place in that.
#[derive(Clone, Copy)]
pub(super) struct Seat {
    pub(super) segment: usize,
    pub(super) offset: usize,
}

/// Slots are counted from here, so that the first segment is no smaller than this.
const BASE: usize = 64;

/// Enough for every number of 32 bits. The first few are never used, which saves each access a subtraction.
pub(super) const SEGMENTS: usize = 33;

impl Seat {
    /// Each segment is as large as all before it, and some: an entry's segment is the logarithm of its number.
    #[inline]
    pub(super) fn of(slot: SlotId) -> Seat {
        let place = slot as usize + BASE;
        let segment = place.ilog2() as usize;
        let offset = place ^ (1 << segment);
        Seat { segment, offset }
    }
}

/// How many slots a segment has.
pub(super) fn size(segment: usize) -> usize {
    1 << segment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_has_a_seat_of_its_own() {
        let (mut segment, mut offset) = (BASE.ilog2() as usize, 0);
        for slot in 0..100_000 {
            let seat = Seat::of(slot);
            assert_eq!(
                (seat.segment, seat.offset),
                (segment, offset),
                "slot {slot}"
            );
            offset += 1;
            if offset == size(segment) {
                (segment, offset) = (segment + 1, 0);
            }
        }
        let last = Seat::of((1 << 30) - 2);
        assert!(last.segment < SEGMENTS && last.offset < size(last.segment));
    }
}
