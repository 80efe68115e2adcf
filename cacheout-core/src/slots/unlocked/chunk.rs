//! A part of the index: a cache line that names up to twelve slots, by tags of their hashes.
//!
//! A place is filled before its tag is set, and its tag taken away before it is filled again.

use super::segments::{AtomicSeat, SeatCode};
use crate::hash::HashWord;
use crate::sync::atomic::{AtomicU64, Ordering};

/// How many slots a chunk can name.
const PLACES: usize = 12;

#[derive(Default)]
#[repr(align(64))]
pub(super) struct Chunk {
    /// The tags of places 0 to 7, a byte each, 0 where nothing is; and those of places 8 to 11, with, in the upper half, how
    /// many entries searched for a place here and went on.
    tags: [AtomicU64; 2],
    seats: [AtomicSeat; PLACES],
}

/// Where the number of those who went on begins.
const PASSED: u32 = 32;

/// A one in each byte, and the highest bit of each.
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x80 * ONES;

/// The tag of a hash, in each byte of a word: seven bits of it, and the highest bit set, as in every tag. The table finds
/// the chunk by the higher bits of the hash.
#[inline]
pub(super) fn tags_of(hash: HashWord) -> u64 {
    u64::from(hash.get() & 0x7f | 0x80) * ONES
}

/// The bytes of a word that are zero, by their highest bits. A byte of one above a zero may be found, too; bytes from 0x80 on,
/// as are left where a tag is compared with an empty place, never are.
#[inline]
fn zeros(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGHS
}

/// The first byte whose highest bit is set.
#[inline]
fn first(highs: u64) -> Option<usize> {
    (highs != 0).then(|| highs.trailing_zeros() as usize / 8)
}

impl Chunk {
    /// Both words of tags.
    #[inline]
    pub(super) fn tags(&self) -> [u64; 2] {
        let [low, high] = &self.tags;
        [low.load(Ordering::Acquire), high.load(Ordering::Acquire)]
    }

    /// The first place with this tag for which `check` answers something. A reader finds what is there, unless it changes
    /// meanwhile: that is told by the tags, which are looked at again.
    #[inline]
    pub(super) fn find<T>(
        &self,
        seen: [u64; 2],
        tags: u64,
        check: &mut impl FnMut(SeatCode) -> Option<T>,
    ) -> Option<Found<T>> {
        for half in [0, 1] {
            // beyond the last place, where the others' number stands, nothing is found
            let mut candidates = zeros(seen[half] ^ tags);
            while let Some(place) = first(candidates) {
                candidates &= candidates - 1;
                let code = self.seats.get(8 * half + place)?.load(Ordering::Acquire);
                if let Some(found) = check(code) {
                    let is_sure = self.tags[half].load(Ordering::Acquire) == seen[half];
                    return Some(Found { found, is_sure });
                }
            }
        }
        None
    }

    /// A place where nothing is, among the first eight if there is one there: so most searches end with these.
    #[inline]
    fn vacancy(&self) -> Option<usize> {
        let [low, high] = self.tags();
        let in_high = first(!high & HIGHS & u64::from(u32::MAX)).map(|place| 8 + place);
        first(!low & HIGHS).or(in_high)
    }

    /// The place of a slot with this tag.
    #[inline]
    pub(super) fn place(&self, tags: u64, code: SeatCode) -> Option<usize> {
        let seen = self.tags();
        for half in [0, 1] {
            let mut candidates = zeros(seen[half] ^ tags);
            while let Some(place) = first(candidates) {
                candidates &= candidates - 1;
                let place = 8 * half + place;
                if self.seats.get(place)?.load(Ordering::Relaxed) == code {
                    return Some(place);
                }
            }
        }
        None
    }

    /// Adds a slot, if there is a place.
    #[inline]
    pub(super) fn put(&self, hash: HashWord, code: SeatCode) -> bool {
        let Some(place) = self.vacancy() else {
            return false;
        };
        let Some(cell) = self.seats.get(place) else {
            return false;
        };
        cell.store(code, Ordering::Release);
        self.set_tag(place, tags_of(hash) & 0xff);
        true
    }

    /// Puts another slot in a place, for one of the same hash.
    pub(super) fn exchange(&self, place: usize, code: SeatCode) {
        if let Some(cell) = self.seats.get(place) {
            cell.store(code, Ordering::Release);
        }
    }

    /// Takes out what is in a place.
    #[inline]
    pub(super) fn take_out(&self, place: usize) {
        self.set_tag(place, 0);
    }

    /// Calls `look` with each slot.
    pub(super) fn each_seat(&self, look: &mut dyn FnMut(SeatCode)) {
        let tags = self.tags();
        for (place, seat) in self.seats.iter().enumerate() {
            if tags[place / 8] >> (8 * (place % 8)) & 0xff != 0 {
                look(seat.load(Ordering::Relaxed));
            }
        }
    }

    /// Writes the tag of a place.
    #[inline]
    fn set_tag(&self, place: usize, tag: u64) {
        let word = &self.tags[place / 8];
        let shift = 8 * (place % 8);
        let others = word.load(Ordering::Relaxed) & !(0xff << shift);
        word.store(others | tag << shift, Ordering::Release);
    }

    /// One entry more, or one less, went on to the next chunk.
    #[inline]
    pub(super) fn count_passed(&self, change: i64) {
        let high = self.tags[1].load(Ordering::Relaxed);
        let high = high.wrapping_add_signed(change << PASSED);
        self.tags[1].store(high, Ordering::Release);
    }
}

/// Whether entries went on to the next chunk from one with these tags.
#[inline]
pub(super) fn was_passed(seen: [u64; 2]) -> bool {
    seen[1] >> PASSED != 0
}

/// What a search found, and whether it was there all the while.
pub(super) struct Found<T> {
    pub(super) found: T,
    pub(super) is_sure: bool,
}

#[cfg(test)]
mod tests {
    use super::super::segments::Seat;
    use super::*;

    #[test]
    fn tags_are_told_from_vacancies_and_from_each_other() {
        let chunk = Chunk::default();
        for _ in 0..PLACES {
            let place = chunk.vacancy().unwrap();
            chunk.seats[place].store(Seat::of(place as u32).code(), Ordering::Relaxed);
            chunk.set_tag(place, 0x80 + place as u64 % 3);
        }
        assert_eq!(chunk.vacancy(), None);
        for tag in 0x80..0x83 {
            let mut seen = Vec::new();
            let mut check = |seat: SeatCode| {
                seen.push(seat.slot());
                None::<()>
            };
            assert!(chunk.find(chunk.tags(), tag * ONES, &mut check).is_none());
            let mut wanted = (0..PLACES as u32).filter(|place| 0x80 + place % 3 == tag as u32);
            assert!(wanted.all(|place| seen.contains(&place)));
        }
        (0..PLACES).for_each(|place| chunk.set_tag(place, if place % 2 == 0 { 0x80 } else { 0 }));
        for tag in 0x80..=0xff_u64 {
            let mut is_there = |seat: SeatCode| {
                assert!(seat.slot().is_multiple_of(2), "{seat:?} is empty");
                None::<()>
            };
            assert!(
                chunk
                    .find(chunk.tags(), tag * ONES, &mut is_there)
                    .is_none()
            );
        }
        chunk.set_tag(1, 0x80);
        let vacancy = chunk.vacancy();
        assert!(vacancy.is_some_and(|place| place % 2 == 1 && place != 1));
    }
}
