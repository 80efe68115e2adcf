//! The index: from a key's hash to the slot of its entry, in words that are read and written atomically.
//!
//! Chunks of one cache line, each with the places of twelve slots, a tag of eight bits for each, and a count of the entries that
//! found no place here and went on to the next chunk (as in F14: Bronson and Shi, Facebook, 2019). A search compares
//! all tags of a chunk at once, and ends at the first chunk that nobody went past. So an entry never moves while it is
//! there, and one that is taken out leaves nothing behind: a reader that comes by at any moment misses nothing, and a
//! full cache that evicts for ever never has to clean up.
//!
//! One writer at a time, any number of readers.

use super::chunk::{Chunk, Found};
use super::seats::SeatCode;
use crate::hash::HashWord;

pub(super) struct Table {
    chunks: Box<[Chunk]>,
    /// For how many entries it was made.
    pub(super) room: usize,
}

/// How many entries a chunk is meant to hold. With nine on average, one chunk in eight is overfull; with six, one in a
/// hundred. Small tables are made for speed, and larger ones, whose chunks are not in the processor's caches anyway, for
/// size.
const DENSE: usize = 9;
const SPARSE: usize = 6;
const SMALL: usize = 1 << 13;

/// A bound below this is made room for at once.
const FEW: usize = 1 << 10;

/// The chunk where the search for a hash starts, less than their number: hashes are spread in their own order (Lemire, 2019).
#[inline]
pub(super) fn home(hash: HashWord, chunks: usize) -> usize {
    ((u64::from(hash.get()) * chunks as u64) >> 32) as usize
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
        Table::with_chunks(entries.div_ceil(each).max(1), each)
    }

    fn with_chunks(count: usize, each: usize) -> Self {
        Table {
            chunks: (0..count).map(|_| Chunk::default()).collect(),
            room: count * each,
        }
    }

    /// A larger table, without entries: half as large again, but not for more than `limit` while that is enough; and at
    /// once for as many, if these are few. It has no fewer chunks, though each may be meant to hold more.
    pub(super) fn larger(&self, limit: usize) -> Self {
        let usual = self.room * 3 / 2 + SPARSE;
        let table = Table::with_room(match limit {
            _ if limit <= self.room => usual,
            ..=FEW => limit,
            _ => usual.min(limit),
        });
        match table.chunks.len() < self.chunks.len() {
            true => Table::with_chunks(self.chunks.len(), DENSE),
            false => table,
        }
    }

    /// A table of this size, without entries.
    pub(super) fn emptied(&self) -> Self {
        let chunks = self.chunks.len();
        Table::with_chunks(chunks, self.room / chunks)
    }

    pub(super) fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    #[inline]
    fn home(&self, hash: HashWord) -> usize {
        home(hash, self.chunks.len())
    }

    #[inline]
    fn after(&self, at: usize) -> usize {
        if at + 1 == self.chunks.len() {
            0
        } else {
            at + 1
        }
    }

    /// Whether there is no slot of this hash, as is seen at once where there mostly is none. Else there may be.
    #[inline]
    pub(super) fn lacks(&self, hash: HashWord) -> bool {
        self.chunks[self.home(hash)].lacks(hash)
    }

    /// The first slot of this hash for which `check` answers something.
    #[inline]
    pub(super) fn find<T>(
        &self,
        hash: HashWord,
        mut check: impl FnMut(SeatCode) -> Option<T>,
    ) -> Option<Found<T>> {
        let home = self.home(hash);
        let mut at = home;
        loop {
            let chunk = &self.chunks[at];
            if let Some(found) = chunk.find(hash, &mut check) {
                return Some(found);
            }
            if !chunk.was_passed() {
                return None;
            }
            at = self.after(at);
            if at == home {
                return None;
            }
        }
    }

    /// Adds a slot. Somewhere there must be a place.
    pub(super) fn put(&self, hash: HashWord, code: SeatCode) {
        if !self.chunks[self.home(hash)].put(hash, code) {
            self.put_beyond(hash, code);
        }
    }

    /// [`put`](Self::put) where the first chunk is full.
    #[cold]
    pub(super) fn put_beyond(&self, hash: HashWord, code: SeatCode) {
        let mut at = self.home(hash);
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
            self.chunks[at.chunk].exchange(at.place, new);
        }
    }

    /// Takes out a slot that is there, but not in the first chunk of its hash.
    #[cold]
    pub(super) fn take_out_beyond(&self, hash: HashWord, code: SeatCode) {
        let Some(at) = self.place(hash, code) else {
            return;
        };
        let mut chunk = self.home(hash);
        self.chunks[at.chunk].clear(at.place);
        while chunk != at.chunk {
            self.chunks[chunk].count_passed(-1);
            chunk = self.after(chunk);
        }
    }

    /// Where a slot is.
    fn place(&self, hash: HashWord, code: SeatCode) -> Option<Place> {
        let home = self.home(hash);
        let mut at = home;
        loop {
            if let Some(place) = self.chunks[at].place(hash, code) {
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
    pub(super) fn each_seat(&self, look: &mut impl FnMut(SeatCode)) {
        for chunk in &self.chunks {
            chunk.each_seat(look);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::seats::Layout;
    use super::*;
    use crate::rng::SplitMix;

    fn take_out(table: &Table, hash: HashWord, code: SeatCode) {
        if !table.chunks[table.home(hash)].take_out(hash, code) {
            table.take_out_beyond(hash, code);
        }
    }

    /// Random operations on a table and on a map, with hashes from few values, so that searches cross each other.
    #[test]
    fn a_table_is_a_map_from_slots() {
        let mut rng = SplitMix::default();
        let layout = Layout::expecting(1000, 1);
        let mut table = Table::with_room(0);
        let mut model: HashMap<SeatCode, HashWord> = HashMap::new();
        for round in 0..60_000_u32 {
            let seat = layout.seat(round).code();
            let crowd = if round < 30_000 { 8 } else { 1 << 20 };
            let some = model.keys().copied().nth(rng.below(model.len().max(1)));
            match (rng.below(5), some) {
                (0 | 1, Some(other)) => {
                    let hash = model.remove(&other).unwrap();
                    take_out(&table, hash, other);
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
                    assert!(!table.lacks(hash), "{seat:?} is lost");
                }
            }
        }
        for (seat, hash) in model {
            take_out(&table, hash, seat);
        }
        let mut chunks = table.chunks.iter();
        assert!(chunks.all(|chunk| !chunk.was_passed()));
    }

    /// Else a full cache would make its index anew at each insert.
    #[test]
    fn a_table_has_the_room_that_was_asked_for() {
        for entries in (0..40_000).step_by(7) {
            assert!(Table::with_room(entries).room >= entries);
            let table = Table::with_room(entries / 3);
            for limit in [entries, table.room + 1, usize::MAX] {
                let larger = table.larger(limit);
                assert!(larger.room > table.room && larger.chunks.len() >= table.chunks.len());
            }
            let emptied = table.emptied();
            assert_eq!(emptied.room, table.room);
            assert_eq!(emptied.chunks.len(), table.chunks.len());
        }
    }
}
