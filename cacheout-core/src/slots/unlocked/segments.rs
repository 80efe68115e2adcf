//! Memory that grows and never moves: the slots of a shard, in segments that are allocated as they are needed.

use crate::slots::SlotId;
use crate::sync::atomic::{AtomicU32, Ordering};

/// Where a slot is: the number of its segment, and a place that this segment has. Made here alone: memory is reached by it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seat {
    segment: usize,
    offset: usize,
}

/// A [`Seat`] in one word, its segment in the upper bits. So it stands in the index, and readers need no logarithm to come
/// from there to the slot: some processors take as long for that as for half of the search.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct SeatCode(u32);

/// How many bits of a code tell the place in a segment.
const OFFSET: u32 = 27;
const OFFSETS: u32 = (1 << OFFSET) - 1;

/// How many segments can be told by the other bits.
pub(super) const SEGMENTS: usize = 1 << (u32::BITS - OFFSET);

/// How many slots the first segment has. Each later one has as many as all before it, and these.
const FIRST: SlotId = 64;

/// How many slots there may be: as many as the largest segment whose places can be told and all before it have.
pub(super) const MOST: SlotId = 2 * (1 << OFFSET) - FIRST;

impl Seat {
    #[inline]
    pub(super) fn of(slot: SlotId) -> Seat {
        let place = slot + FIRST;
        let logarithm = place.ilog2();
        Seat {
            segment: (logarithm - FIRST.ilog2()) as usize,
            offset: (place ^ 1 << logarithm) as usize,
        }
    }

    #[inline]
    pub(super) fn segment(self) -> usize {
        self.segment
    }

    #[inline]
    pub(super) fn offset(self) -> usize {
        self.offset
    }

    /// The code of a seat whose slot is one of [`MOST`].
    #[inline]
    pub(super) fn code(self) -> SeatCode {
        debug_assert!(self.offset <= OFFSETS as usize && self.segment < SEGMENTS);
        SeatCode((self.segment as u32) << OFFSET | self.offset as u32 & OFFSETS)
    }
}

impl SeatCode {
    #[inline]
    pub(super) fn seat(self) -> Seat {
        Seat {
            segment: (self.0 >> OFFSET) as usize,
            offset: (self.0 & OFFSETS) as usize,
        }
    }

    /// Which slot is there.
    #[inline]
    pub(super) fn slot(self) -> SlotId {
        (FIRST << (self.0 >> OFFSET)) - FIRST + (self.0 & OFFSETS)
    }
}

/// How many slots a segment has.
pub(super) fn size(segment: usize) -> usize {
    (FIRST as usize) << segment
}

/// A seat's code that is written and read at once.
#[derive(Default)]
pub(super) struct AtomicSeat(AtomicU32);

impl AtomicSeat {
    #[inline]
    pub(super) fn load(&self, order: Ordering) -> SeatCode {
        SeatCode(self.0.load(order))
    }

    #[inline]
    pub(super) fn store(&self, code: SeatCode, order: Ordering) {
        self.0.store(code.0, order);
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
            assert_eq!((seat.segment, seat.offset), (segment, offset), "{slot}");
            assert_eq!(seat.code().slot(), slot);
            offset += 1;
            if offset == size(segment) {
                (segment, offset) = (segment + 1, 0);
            }
        }
    }

    /// That is what memory is reached by.
    #[test]
    fn codes_tell_all_seats_up_to_the_last() {
        for bit in 0..MOST.ilog2() {
            for slot in [1 << bit, (1 << bit) - 1, MOST - (1 << bit), MOST >> bit] {
                let seat = Seat::of(slot);
                assert!(seat.offset < size(seat.segment) && seat.segment < SEGMENTS);
                let decoded = seat.code().seat();
                assert_eq!(
                    (decoded.segment, decoded.offset),
                    (seat.segment, seat.offset)
                );
                assert_eq!(seat.code().slot(), slot);
            }
        }
    }
}
