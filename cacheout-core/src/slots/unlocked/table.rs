//! The index: from a key's hash to the slot of its entry, in words that are read and written atomically.
//!
//! Chunks of one cache line, each with the places of twelve slots, a tag of eight bits for each, and a count of the entries that
//! found no place here and went on to the next chunk (as in F14: Bronson and Shi, Facebook, 2019). A search compares
//! all tags of a chunk at once, and ends at the first chunk that nobody went past. So an entry never moves while it is
//! there, and one that is taken out leaves nothing behind: a reader that comes by at any moment misses nothing, and a
//! full cache that evicts for ever never has to clean up.
//!
//! One writer at a time, any number of readers. A place is filled before its tag is set, and its tag taken away before it
//! is filled again.

use super::segments::{AtomicSeat, SeatCode};
use crate::hash::HashWord;
use crate::sync::atomic::{AtomicU64, Ordering};

pub(super) struct Table {
    chunks: Box<[Chunk]>,
    /// For how many entries it was made.
    pub(super) room: usize,
}

/// How many slots a chunk can name.
const PLACES: usize = 12;

/// How many entries a chunk is meant to hold. With nine on average, one chunk in eight is overfull; with six, one in a
/// hundred. Small tables are made for speed, and larger ones, whose chunks are not in the processor's caches anyway, for
/// size.
const DENSE: usize = 9;
const SPARSE: usize = 6;
const SMALL: usize = 1 << 13;

/// A bound below this is made room for at once.
const FEW: usize = 1 << 10;

#[derive(Default)]
#[repr(align(64))]
struct Chunk {
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
fn tags_of(hash: HashWord) -> u64 {
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
    fn tags(&self) -> [u64; 2] {
        let [low, high] = &self.tags;
        [low.load(Ordering::Acquire), high.load(Ordering::Acquire)]
    }

    /// The first place with this tag for which `check` answers something. A reader finds what is there, unless it changes
    /// meanwhile: that is told by the tags, which are looked at again.
    #[inline]
    fn find<T>(
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
    fn place(&self, tags: u64, code: SeatCode) -> Option<usize> {
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
    fn put(&self, hash: HashWord, code: SeatCode) -> bool {
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
    fn count_passed(&self, change: i64) {
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

/// Where an entry is.
#[derive(Clone, Copy)]
struct Place {
    chunk: usize,
    place: usize,
}

impl Default for Table {
    fn default() -> Self {
        Table::with_room(0)
    }
}

impl Table {
    /// A table with room for so many entries at least.
    pub(super) fn with_room(entries: usize) -> Self {
        let each = if entries < SMALL { SPARSE } else { DENSE };
        let chunks = entries.div_ceil(each).max(1);
        Table {
            chunks: (0..chunks).map(|_| Chunk::default()).collect(),
            room: chunks * each,
        }
    }

    /// A larger table, without entries: half as large again, but not for more than `limit` while that is enough; and at
    /// once for as many, if these are few.
    pub(super) fn larger(&self, limit: usize) -> Self {
        let usual = self.room * 3 / 2 + SPARSE;
        Table::with_room(match limit {
            _ if limit <= self.room => usual,
            ..=FEW => limit,
            _ => usual.min(limit),
        })
    }

    /// A table of this size, without entries.
    pub(super) fn emptied(&self) -> Self {
        Table::with_room(self.room)
    }

    /// Where the search for a hash starts: hashes are spread in their own order (Lemire, 2019).
    #[inline]
    fn home(&self, hash: HashWord) -> usize {
        ((u64::from(hash.get()) * self.chunks.len() as u64) >> 32) as usize
    }

    #[inline]
    fn after(&self, at: usize) -> usize {
        if at + 1 == self.chunks.len() {
            0
        } else {
            at + 1
        }
    }

    /// The first slot of this hash for which `check` answers something.
    #[inline]
    pub(super) fn find<T>(
        &self,
        hash: HashWord,
        mut check: impl FnMut(SeatCode) -> Option<T>,
    ) -> Option<Found<T>> {
        let tags = tags_of(hash);
        let home = self.home(hash);
        let mut at = home;
        loop {
            let chunk = &self.chunks[at];
            let seen = chunk.tags();
            if let Some(found) = chunk.find(seen, tags, &mut check) {
                return Some(found);
            }
            if seen[1] >> PASSED == 0 {
                return None;
            }
            at = self.after(at);
            if at == home {
                return None;
            }
        }
    }

    /// Adds a slot. Somewhere there must be a place.
    #[inline]
    pub(super) fn put(&self, hash: HashWord, code: SeatCode) {
        let home = self.home(hash);
        if !self.chunks[home].put(hash, code) {
            self.put_beyond(home, hash, code);
        }
    }

    /// [`put`](Self::put) where the first chunk is full.
    #[cold]
    fn put_beyond(&self, home: usize, hash: HashWord, code: SeatCode) {
        let mut at = home;
        loop {
            self.chunks[at].count_passed(1);
            at = self.after(at);
            if self.chunks[at].put(hash, code) {
                return;
            }
        }
    }

    /// Puts another slot in the place of one that is there.
    pub(super) fn exchange(&self, hash: HashWord, old: SeatCode, new: SeatCode) {
        if let Some(at) = self.place(hash, old) {
            self.chunks[at.chunk].seats[at.place].store(new, Ordering::Release);
        }
    }

    /// Takes out a slot that is there.
    #[inline]
    pub(super) fn take_out(&self, hash: HashWord, code: SeatCode) {
        let chunk = &self.chunks[self.home(hash)];
        match chunk.place(tags_of(hash), code) {
            Some(place) => chunk.set_tag(place, 0),
            None => self.take_out_beyond(hash, code),
        }
    }

    /// [`take_out`](Self::take_out) of a slot that is not in its first chunk.
    #[cold]
    fn take_out_beyond(&self, hash: HashWord, code: SeatCode) {
        let Some(at) = self.place(hash, code) else {
            return;
        };
        self.chunks[at.chunk].set_tag(at.place, 0);
        let mut chunk = self.home(hash);
        while chunk != at.chunk {
            self.chunks[chunk].count_passed(-1);
            chunk = self.after(chunk);
        }
    }

    /// Where a slot is.
    fn place(&self, hash: HashWord, code: SeatCode) -> Option<Place> {
        let tags = tags_of(hash);
        let home = self.home(hash);
        let mut at = home;
        loop {
            if let Some(place) = self.chunks[at].place(tags, code) {
                return Some(Place { chunk: at, place });
            }
            at = self.after(at);
            if at == home {
                return None;
            }
        }
    }

    /// All slots, in no order.
    pub(super) fn seats(&self) -> Vec<SeatCode> {
        let mut codes = Vec::new();
        self.each_seat(&mut |code| codes.push(code));
        codes
    }

    /// Calls `look` with each slot, in no order.
    pub(super) fn each_seat(&self, look: &mut dyn FnMut(SeatCode)) {
        for chunk in &self.chunks {
            let tags = chunk.tags();
            for (place, seat) in chunk.seats.iter().enumerate() {
                if tags[place / 8] >> (8 * (place % 8)) & 0xff != 0 {
                    look(seat.load(Ordering::Relaxed));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::segments::Seat;
    use super::*;
    use crate::rng::SplitMix;

    /// Random operations on a table and on a map, with hashes from few values, so that searches cross each other.
    #[test]
    fn a_table_is_a_map_from_slots() {
        let mut rng = SplitMix::default();
        let mut table = Table::with_room(0);
        let mut model: HashMap<SeatCode, HashWord> = HashMap::new();
        for round in 0..60_000_u32 {
            let seat = Seat::of(round).code();
            let crowd = if round < 30_000 { 8 } else { 1 << 20 };
            let some = model.keys().copied().nth(rng.below(model.len().max(1)));
            match (rng.below(5), some) {
                (0 | 1, Some(other)) => {
                    let hash = model.remove(&other).unwrap();
                    table.take_out(hash, other);
                }
                (2, Some(other)) => {
                    let hash = model.remove(&other).unwrap();
                    table.exchange(hash, other, seat);
                    model.insert(seat, hash);
                }
                _ if model.len() < 300 => {
                    let hash = (rng.below(crowd) as u32).wrapping_mul(0x9E37_79B9) | 1;
                    let hash = HashWord::new(hash).unwrap();
                    if model.len() == table.room {
                        let larger = table.larger(200);
                        for (&other, &hash) in &model {
                            larger.put(hash, other);
                        }
                        table = larger;
                    }
                    let is_it = |other| (other == seat).then_some(());
                    assert!(table.find(hash, is_it).is_none());
                    table.put(hash, seat);
                    model.insert(seat, hash);
                }
                _ => {}
            }
            if round % 64 == 0 {
                assert_eq!(table.seats().len(), model.len());
                for (&seat, &hash) in &model {
                    let found = table.find(hash, |other| (other == seat).then_some(()));
                    assert!(found.is_some_and(|found| found.is_sure), "{seat:?} is lost");
                }
            }
        }
        for (seat, hash) in model {
            table.take_out(hash, seat);
        }
        let passed = table.chunks.iter().map(|chunk| chunk.tags()[1] >> PASSED);
        assert_eq!(passed.sum::<u64>(), 0);
    }

    /// Else a full cache would make its index anew at each insert.
    #[test]
    fn a_table_has_the_room_that_was_asked_for() {
        for entries in (0..40_000).step_by(7) {
            assert!(Table::with_room(entries).room >= entries);
            let table = Table::with_room(entries / 3);
            assert!(table.larger(entries).room > table.room);
        }
    }

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
