//! Where slots are: from their numbers to segments and places in them.

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

/// How many segments there are at most: the last one has as many places as can be told. (Under the model checker, whose atomics
/// are large and whose stacks are small, there are a few.)
pub(super) const SEGMENTS: usize = if cfg!(shuttle) { 8 } else { 23 };

/// How many slots the second segment has. Each later one has as many as all before it but the first, and these.
const STEP: SlotId = 64;

/// As much memory may be asked for at once, for entries that are expected.
const EXPECTED: usize = 4 << 20;

/// How slots are spread over segments. Readers come to the first by a shorter way than to the others, so it has room for all
/// slots that are expected, if that can be told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// How many slots the first segment has.
    first: SlotId,
}

impl Layout {
    /// For so many slots of so many bytes, if they are not too many.
    pub(super) fn expecting(slots: usize, bytes: usize) -> Self {
        let slots = SlotId::try_from(slots).unwrap_or(SlotId::MAX);
        let is_little = (slots as usize).checked_mul(bytes) <= Some(EXPECTED);
        let most = if is_little { 1 << OFFSET } else { STEP };
        Layout {
            first: slots.clamp(1, most),
        }
    }

    /// How many slots there may be: as many as all segments have.
    pub(super) fn most(self) -> SlotId {
        self.first + (STEP << (SEGMENTS - 1)) - STEP
    }

    /// Where a slot is.
    #[inline(always)]
    pub(super) fn seat(self, slot: SlotId) -> Seat {
        if slot < self.first {
            return Seat {
                segment: 0,
                offset: slot as usize,
            };
        }
        let place = slot - self.first + STEP;
        let logarithm = place.ilog2();
        Seat {
            segment: (logarithm - STEP.ilog2()) as usize + 1,
            offset: (place ^ 1 << logarithm) as usize,
        }
    }

    /// Which slot is there.
    #[inline]
    pub(super) fn slot(self, seat: SeatCode) -> SlotId {
        match (seat.0 >> OFFSET, seat.0 & OFFSETS) {
            (0, offset) => offset,
            (segment, offset) => self.first + (STEP << (segment - 1)) - STEP + offset,
        }
    }

    /// How many slots a segment has.
    pub(super) fn size(self, segment: usize) -> usize {
        match segment {
            0 => self.first as usize,
            _ => (STEP as usize) << (segment - 1),
        }
    }
}

impl Seat {
    #[inline]
    pub(super) fn segment(self) -> usize {
        self.segment
    }

    #[inline]
    pub(super) fn offset(self) -> usize {
        self.offset
    }

    /// The code of a seat whose slot is one of as many as there [may be](Layout::most).
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

    /// The place in the first segment, if it is there.
    #[inline]
    pub(super) fn in_first(self) -> Option<usize> {
        (self.0 <= OFFSETS).then_some(self.0 as usize)
    }
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

    fn layouts() -> [Layout; 4] {
        [0, 300, 5000, usize::MAX].map(|slots| Layout::expecting(slots, 24))
    }

    #[test]
    fn every_slot_has_a_seat_of_its_own() {
        for layout in layouts() {
            let (mut segment, mut offset) = (0, 0);
            for slot in 0..100_000 {
                let seat = layout.seat(slot);
                assert_eq!((seat.segment, seat.offset), (segment, offset), "{slot}");
                assert_eq!(layout.slot(seat.code()), slot);
                let in_first = (segment == 0).then_some(offset);
                assert_eq!(seat.code().in_first(), in_first);
                offset += 1;
                if offset == layout.size(segment) {
                    (segment, offset) = (segment + 1, 0);
                }
            }
        }
    }

    /// That is what memory is reached by.
    #[test]
    fn codes_tell_all_seats_up_to_the_last() {
        for layout in layouts() {
            let most = layout.most();
            for bit in 0..most.ilog2() {
                for slot in [1 << bit, (1 << bit) - 1, most - (1 << bit), most >> bit] {
                    let slot = slot.min(most - 1);
                    let seat = layout.seat(slot);
                    assert!(seat.offset < layout.size(seat.segment) && seat.segment < SEGMENTS);
                    let decoded = seat.code().seat();
                    assert_eq!(
                        (decoded.segment, decoded.offset),
                        (seat.segment, seat.offset)
                    );
                    assert_eq!(layout.slot(seat.code()), slot);
                }
            }
        }
    }
}
