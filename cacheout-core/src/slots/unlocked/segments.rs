//! Memory that grows and never moves: the slots of a shard, in segments that are allocated as they are needed.

use crate::slots::SlotId;
use crate::sync::atomic::{AtomicU32, Ordering};

/// Where a slot is: the number of its segment in the upper bits, and its place in that in the lower ones. So readers, who get
/// it from the index, need no logarithm, which takes some processors as long as all the rest of a search.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Seat(u32);

/// How many bits tell the place in a segment.
const OFFSET: u32 = 27;

/// How many segments can be told by the other bits.
pub(super) const SEGMENTS: usize = 1 << (u32::BITS - OFFSET);

/// How many slots the first segment has. Each later one has as many as all before it, and these.
const FIRST: SlotId = 64;

/// How many slots there may be: as many as the largest segment whose places can be told and all before it have.
pub(super) const MOST: SlotId = 2 * (1 << OFFSET) - FIRST;

impl Seat {
    /// Where a slot is, of which there are [`MOST`].
    #[inline]
    pub(super) fn of(slot: SlotId) -> Seat {
        let place = slot + FIRST;
        let logarithm = place.ilog2();
        let segment = logarithm - FIRST.ilog2();
        // what is beyond the bits of an offset would name another segment, but no place outside of one
        let offset = (place ^ 1 << logarithm) & ((1 << OFFSET) - 1);
        Seat(segment << OFFSET | offset)
    }

    /// Which slot is there.
    #[inline]
    pub(super) fn slot(self) -> SlotId {
        (FIRST << self.segment()) - FIRST + self.offset() as SlotId
    }

    #[inline]
    pub(super) fn segment(self) -> usize {
        (self.0 >> OFFSET) as usize
    }

    #[inline]
    pub(super) fn offset(self) -> usize {
        (self.0 & ((1 << OFFSET) - 1)) as usize
    }
}

/// How many slots a segment has.
pub(super) fn size(segment: usize) -> usize {
    (FIRST as usize) << segment
}

/// A seat that is written and read at once.
#[derive(Default)]
pub(super) struct AtomicSeat(AtomicU32);

impl AtomicSeat {
    #[inline]
    pub(super) fn load(&self, order: Ordering) -> Seat {
        Seat(self.0.load(order))
    }

    #[inline]
    pub(super) fn store(&self, seat: Seat, order: Ordering) {
        self.0.store(seat.0, order);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_has_a_seat_of_its_own() {
        let (mut segment, mut offset) = (0, 0);
        for slot in 0..100_000 {
            let seat = Seat::of(slot);
            assert_eq!(
                (seat.segment(), seat.offset()),
                (segment, offset),
                "slot {slot}"
            );
            assert_eq!(seat.slot(), slot);
            offset += 1;
            if offset == size(segment) {
                (segment, offset) = (segment + 1, 0);
            }
        }
        let last = Seat::of(MOST - 1);
        assert_eq!(last.slot(), MOST - 1);
        assert!(last.segment() < SEGMENTS);
        assert_eq!(last.offset() + 1, size(last.segment()));
    }

    /// That is what memory is reached by: whatever the number, it is within what its segment has.
    #[test]
    fn no_seat_is_outside_of_its_segment() {
        for bit in 0..u32::BITS {
            for slot in [
                1 << bit,
                (1 << bit) - 1,
                u32::MAX >> bit,
                !(u32::MAX >> bit),
            ] {
                if slot <= u32::MAX - FIRST {
                    let seat = Seat::of(slot);
                    assert!(seat.offset() < size(seat.segment()), "slot {slot}");
                }
            }
        }
    }
}
