//! A part of the index: a cache line that names up to twelve slots, by tags of their hashes.
//!
//! A place is filled before its tag is set, and its tag taken away before it is filled again.

use super::instructions::{equal_bytes, equal_bytes_of_both, high_bits};
use super::seats::{AtomicSeat, SeatCode};
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

/// The tag of a hash: its lowest byte, with the highest bit set, as in every tag. The table finds the chunk by the higher bits
/// of the hash.
#[inline]
fn tag_of(hash: HashWord) -> u32 {
    hash.get() | 0x80
}

/// The places of set bits.
#[inline]
fn bits(mut mask: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (mask != 0).then(|| mask.trailing_zeros() as usize)?;
        mask &= mask - 1;
        Some(bit)
    })
}

impl Chunk {
    /// Whether entries went on to the next chunk.
    #[inline]
    pub(super) fn was_passed(&self) -> bool {
        self.tags[1].load(Ordering::Acquire) >> PASSED != 0
    }

    /// Whether nothing has this tag here, and nobody went on: where most searches for what is not there end.
    #[inline]
    pub(super) fn lacks(&self, hash: HashWord) -> bool {
        let [low, high] = &self.tags;
        let high = high.load(Ordering::Acquire);
        let low = low.load(Ordering::Acquire);
        // beyond the last place there are no tags but in the number of those who went on, which then is not zero
        (equal_bytes(low, tag_of(hash)) | equal_bytes(high, tag_of(hash))) == 0
            && high >> PASSED == 0
    }

    /// The first place with this tag, if it is one of eight: where most searches end.
    #[inline]
    pub(super) fn candidate(&self, hash: HashWord) -> Option<SeatCode> {
        let seen = self.tags[0].load(Ordering::Acquire);
        let place = bits(equal_bytes(seen, tag_of(hash))).next()?;
        Some(self.seats.get(place)?.load(Ordering::Acquire))
    }

    /// The first place with this tag for which `check` answers something. A reader finds what is there, unless it changes
    /// meanwhile: that is told by the tags, which are looked at again.
    #[inline]
    pub(super) fn find<T>(
        &self,
        hash: HashWord,
        check: &mut impl FnMut(SeatCode) -> Option<T>,
    ) -> Option<Found<T>> {
        for (word, seats) in self.tags.iter().zip(self.seats.chunks(8)) {
            let seen = word.load(Ordering::Acquire);
            for place in bits(equal_bytes(seen, tag_of(hash))) {
                // beyond the last place, where the others' number stands, nothing is found
                let code = seats.get(place)?.load(Ordering::Acquire);
                if let Some(found) = check(code) {
                    let is_sure = word.load(Ordering::Acquire) == seen;
                    return Some(Found { found, is_sure });
                }
            }
        }
        None
    }

    /// A place where nothing is, among the first eight if there is one there: so most searches end with these.
    #[inline]
    fn vacancy(&self) -> Option<(usize, &AtomicSeat)> {
        let place = bits(!high_bits(self.present_tags())).next()?;
        // beyond the last place stands the others' number
        Some((place, self.seats.get(place)?))
    }

    /// The place of a slot with this tag.
    #[inline(always)]
    pub(super) fn place(&self, hash: HashWord, code: SeatCode) -> Option<usize> {
        for place in bits(equal_bytes_of_both(self.present_tags(), tag_of(hash))) {
            // beyond the last place stands the others' number
            if self.seats.get(place)?.load(Ordering::Relaxed) == code {
                return Some(place);
            }
        }
        None
    }

    /// Adds a slot, if there is a place.
    #[inline]
    pub(super) fn put(&self, hash: HashWord, code: SeatCode) -> bool {
        let Some((place, seat)) = self.vacancy() else {
            return false;
        };
        seat.store(code, Ordering::Release);
        self.set_tag(place, tag_of(hash) as u8);
        true
    }

    /// Puts another slot in a place, for one of the same hash.
    pub(super) fn exchange(&self, place: usize, code: SeatCode) {
        if let Some(cell) = self.seats.get(place) {
            cell.store(code, Ordering::Release);
        }
    }

    /// Takes out a slot, if it is here.
    #[inline(never)]
    pub(super) fn take_out(&self, hash: HashWord, code: SeatCode) -> bool {
        let Some(place) = self.place(hash, code) else {
            return false;
        };
        self.clear(place);
        true
    }

    /// Takes out what is in a place.
    #[inline]
    pub(super) fn clear(&self, place: usize) {
        let word = &self.tags[place / 8];
        let others = word.load(Ordering::Relaxed) & !(0xff << (8 * (place % 8)));
        word.store(others, Ordering::Release);
    }

    /// Calls `look` with each slot.
    #[inline]
    pub(super) fn each_seat(&self, look: &mut impl FnMut(SeatCode)) {
        for place in bits(high_bits(self.present_tags())) {
            // beyond the last place stands the others' number
            let Some(seat) = self.seats.get(place) else {
                break;
            };
            look(seat.load(Ordering::Relaxed));
        }
    }

    /// Both words of tags: for the writer.
    #[inline]
    fn present_tags(&self) -> [u64; 2] {
        let [low, high] = &self.tags;
        [low.load(Ordering::Relaxed), high.load(Ordering::Relaxed)]
    }

    /// Writes the tag of a place where nothing is.
    #[inline]
    fn set_tag(&self, place: usize, tag: u8) {
        let word = &self.tags[place / 8];
        let tag = u64::from(tag) << (8 * (place % 8));
        word.store(word.load(Ordering::Relaxed) | tag, Ordering::Release);
    }

    /// One entry more, or one less, went on to the next chunk.
    #[inline]
    pub(super) fn count_passed(&self, change: i64) {
        let high = self.tags[1].load(Ordering::Relaxed);
        let high = high.wrapping_add_signed(change << PASSED);
        self.tags[1].store(high, Ordering::Release);
    }
}

/// What a search found, and whether it was there all the while.
pub(super) struct Found<T> {
    pub(super) found: T,
    pub(super) is_sure: bool,
}

#[cfg(test)]
mod tests {
    use super::super::seats::Layout;
    use super::*;

    fn hash(tag: u32) -> HashWord {
        HashWord::new(tag | 0x1234_5600).unwrap()
    }

    #[test]
    fn tags_are_told_from_vacancies_and_from_each_other() {
        let chunk = Chunk::default();
        let layout = Layout::expecting(PLACES, 1);
        for _ in 0..PLACES {
            let (place, seat) = chunk.vacancy().unwrap();
            seat.store(layout.seat(place as u32).code(), Ordering::Relaxed);
            chunk.set_tag(place, 0x80 + place as u8 % 3);
        }
        assert!(chunk.vacancy().is_none());
        // whatever stands beyond the last place
        for passed in [1, 0x7f, 0x100, -0x80] {
            chunk.count_passed(passed);
            assert!(chunk.vacancy().is_none() && chunk.was_passed());
            chunk.count_passed(-passed);
        }
        for tag in 0x80..0x83 {
            let mut seen = Vec::new();
            let mut check = |seat: SeatCode| {
                seen.push(layout.slot(seat));
                None::<()>
            };
            assert!(chunk.find(hash(tag), &mut check).is_none());
            let mut wanted = (0..PLACES as u32).filter(|place| 0x80 + place % 3 == tag);
            assert!(wanted.all(|place| seen.contains(&place)));
        }
        (0..PLACES).for_each(|place| chunk.clear(place));
        (0..PLACES)
            .step_by(2)
            .for_each(|place| chunk.set_tag(place, 0x80));
        for tag in 0x80..=0xff {
            let mut is_there = |seat: SeatCode| {
                assert!(layout.slot(seat).is_multiple_of(2), "{seat:?} is empty");
                None::<()>
            };
            assert!(chunk.find(hash(tag), &mut is_there).is_none());
        }
        chunk.set_tag(1, 0x80);
        let vacancy = chunk.vacancy();
        assert!(vacancy.is_some_and(|(place, _)| place % 2 == 1 && place != 1));
    }
}
