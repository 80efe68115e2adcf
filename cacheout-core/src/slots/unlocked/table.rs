//! The index: from a key's hash to the slot of its entry, in words that are read and written atomically.
//!
//! Open addressing with linear probing. A word holds 32 bits of hash and the slot's number, so that entries are moved
//! within the table, and to a larger one, without being looked at. What is removed leaves no tombstone: the words behind
//! it move up (Knuth, TAOCP vol. 3, 6.4, algorithm R), so a full cache that evicts for ever never has to clean up.
//!
//! One writer at a time, any number of readers. A reader that meets words on the move may miss one that is there, so whoever
//! misses asks whether words were moved meanwhile; what a reader finds, is there.

use crate::hash::HashWord;
use crate::slots::SlotId;
use crate::sync::atomic::{AtomicU64, Ordering};

pub(super) struct Table {
    words: Box<[AtomicU64]>,
    /// How many entries it has room for. There is always an empty word, at which a search ends.
    pub(super) room: usize,
}

/// An empty word: the first on the way of a search that starts at its home.
#[derive(Clone, Copy)]
pub(super) struct Vacancy {
    home: usize,
    at: usize,
}

impl Vacancy {
    /// Another word has become empty: if it is on the way, the search ends there.
    #[inline]
    pub(super) fn mind(&mut self, hole: usize) {
        let is_on_the_way = match self.home <= self.at {
            true => self.home <= hole && hole < self.at,
            false => self.home <= hole || hole < self.at,
        };
        if is_on_the_way {
            self.at = hole;
        }
    }
}

/// No hash word is zero.
const EMPTY: u64 = 0;

/// How much of a table may be used. At a half, a key is found in 1.5 probes on average, and one that is not there is
/// known to be missing after 2.5; at 72 %, in 2.3 and 6.9 (Knuth, as above). Small tables are made for speed, and larger
/// ones, which cost a miss of the processor's caches anyway, for size.
const SMALL: usize = 1 << 13;

/// How many words a table needs for so many entries.
fn words_for(entries: usize) -> usize {
    match entries {
        ..SMALL => 2 * entries.max(2),
        _ => entries * 25 / 18,
    }
}

/// How many entries there may be in so many words.
fn room_of(words: usize) -> usize {
    match words / 2 {
        half @ ..SMALL => half,
        _ => words * 18 / 25,
    }
}

fn word_of(hash: HashWord, slot: SlotId) -> u64 {
    u64::from(hash.get()) << 32 | u64::from(slot)
}

fn hash_of(word: u64) -> u32 {
    (word >> 32) as u32
}

fn slot_of(word: u64) -> SlotId {
    word as SlotId
}

impl Default for Table {
    fn default() -> Self {
        Table::with_room(0)
    }
}

impl Table {
    /// A table with room for so many entries at least.
    pub(super) fn with_room(entries: usize) -> Self {
        let len = words_for(entries).next_multiple_of(4);
        Table {
            words: (0..len).map(|_| AtomicU64::new(EMPTY)).collect(),
            room: room_of(len).max(entries), // rounding, or what counts as small, never leaves less than was asked for
        }
    }

    /// A larger table with the same words: half as large again, unless there will not be more entries than `limit`.
    pub(super) fn grown(&self, limit: usize) -> Self {
        let usual = self.room * 3 / 2 + 4;
        let is_enough = (self.room + 1..usual).contains(&limit);
        let larger = Table::with_room(if is_enough { limit } else { usual });
        for word in self.used() {
            larger.put_word(word);
        }
        larger
    }

    /// Where the search for a hash starts: hashes are spread in their own order (Lemire, 2019).
    #[inline]
    fn home(&self, hash: u32) -> usize {
        ((u64::from(hash) * self.words.len() as u64) >> 32) as usize
    }

    #[inline]
    fn after(&self, at: usize) -> usize {
        if at + 1 == self.words.len() {
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
        mut check: impl FnMut(SlotId) -> Option<T>,
    ) -> Option<T> {
        let mut at = self.home(hash.get());
        // bounded even for a reader who sees words being moved all the time
        for _ in 0..self.words.len() {
            let word = self.words[at].load(Ordering::Acquire);
            if hash_of(word) == hash.get() {
                if let Some(found) = check(slot_of(word)) {
                    return Some(found);
                }
            } else if word == EMPTY {
                return None;
            }
            at = self.after(at);
        }
        None
    }

    /// [`find`](Self::find), or where a word of this hash belongs. For the writer alone.
    #[inline]
    pub(super) fn find_or_vacancy<T>(
        &self,
        hash: HashWord,
        mut check: impl FnMut(SlotId) -> Option<T>,
    ) -> Result<T, Vacancy> {
        let home = self.home(hash.get());
        let mut at = home;
        loop {
            let word = self.words[at].load(Ordering::Relaxed);
            if word == EMPTY {
                return Err(Vacancy { home, at });
            }
            if hash_of(word) == hash.get()
                && let Some(found) = check(slot_of(word))
            {
                return Ok(found);
            }
            at = self.after(at);
        }
    }

    /// Adds a slot where it belongs.
    #[inline]
    pub(super) fn put_at(&self, vacancy: Vacancy, hash: HashWord, slot: SlotId) {
        self.words[vacancy.at].store(word_of(hash, slot), Ordering::Release);
    }

    /// Adds a slot. There must be room.
    #[inline]
    pub(super) fn put(&self, hash: HashWord, slot: SlotId) {
        self.put_word(word_of(hash, slot));
    }

    #[inline]
    fn put_word(&self, word: u64) {
        let mut at = self.home(hash_of(word));
        while self.words[at].load(Ordering::Relaxed) != EMPTY {
            at = self.after(at);
        }
        self.words[at].store(word, Ordering::Release);
    }

    /// Puts another slot in the place of one that is there.
    pub(super) fn exchange(&self, hash: HashWord, old: SlotId, new: SlotId) {
        if let Some(at) = self.place(hash, old) {
            self.words[at].store(word_of(hash, new), Ordering::Release);
        }
    }

    #[inline]
    fn place(&self, hash: HashWord, slot: SlotId) -> Option<usize> {
        let wanted = word_of(hash, slot);
        let mut at = self.home(hash.get());
        loop {
            match self.words[at].load(Ordering::Relaxed) {
                EMPTY => return None,
                word if word == wanted => return Some(at),
                _ => at = self.after(at),
            }
        }
    }

    /// Takes out a slot that is there, and answers which word is empty now. `moves` is called once before words are
    /// moved, if any are.
    #[inline]
    pub(super) fn take_out(&self, hash: HashWord, slot: SlotId, moves: impl FnOnce()) -> usize {
        let Some(mut hole) = self.place(hash, slot) else {
            return usize::MAX;
        };
        let mut moves = Some(moves);
        let (mut at, mut gap) = (hole, 0);
        loop {
            at = self.after(at);
            gap += 1;
            let word = self.words[at].load(Ordering::Relaxed);
            if word == EMPTY {
                break;
            }
            // a search for it has to come by the hole: it stands at least as far from its home as from there
            if self.distance(self.home(hash_of(word)), at) >= gap {
                if let Some(moves) = moves.take() {
                    moves();
                }
                self.words[hole].store(word, Ordering::Release);
                (hole, gap) = (at, 0);
            }
        }
        self.words[hole].store(EMPTY, Ordering::Release);
        hole
    }

    /// How many steps it is from one place to another.
    #[inline]
    fn distance(&self, from: usize, to: usize) -> usize {
        let around = if to < from { self.words.len() } else { 0 };
        to.wrapping_sub(from).wrapping_add(around)
    }

    fn used(&self) -> impl Iterator<Item = u64> + '_ {
        let words = self.words.iter().map(|word| word.load(Ordering::Relaxed));
        words.filter(|&word| word != EMPTY)
    }

    /// All slots, in no order.
    pub(super) fn slots(&self) -> impl Iterator<Item = SlotId> + '_ {
        self.used().map(slot_of)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::rng::SplitMix;

    /// Else a full cache would make its index anew at each insert.
    #[test]
    fn a_table_has_the_room_that_it_was_made_for() {
        for entries in (8_180..8_260).chain([0, 1, 5_000, 9_999, 10_000, 11_795, 20_001, 100_000]) {
            let table = Table::with_room(entries);
            assert!(table.room >= entries, "{} for {entries}", table.room);
            assert!(table.room < table.words.len(), "there is an empty word");
            assert!(table.grown(usize::MAX).room > table.room);
        }
    }

    /// Random operations on a table and on a map, with hashes from few values, so that searches cross each other.
    #[test]
    fn a_table_is_a_map_from_slots() {
        let mut rng = SplitMix::default();
        let mut table = Table::with_room(0);
        let mut model: HashMap<SlotId, HashWord> = HashMap::new();
        for round in 0..60_000_u32 {
            let crowd = if round < 30_000 { 8 } else { 1 << 20 };
            let some = model.keys().copied().nth(rng.below(model.len().max(1)));
            match (rng.below(5), some) {
                (0 | 1, Some(slot)) => {
                    let hash = model.remove(&slot).unwrap();
                    table.take_out(hash, slot, || ());
                }
                (2, Some(slot)) => {
                    let hash = model.remove(&slot).unwrap();
                    table.exchange(hash, slot, round);
                    model.insert(round, hash);
                }
                _ if model.len() < 300 => {
                    let hash = (rng.below(crowd) as u32).wrapping_mul(0x9E37_79B9) | 1;
                    let hash = HashWord::new(hash).unwrap();
                    if model.len() == table.room {
                        table = table.grown(200);
                    }
                    table.put(hash, round);
                    model.insert(round, hash);
                }
                _ => {}
            }
            if round % 64 == 0 {
                assert_eq!(table.slots().count(), model.len());
                for (&slot, &hash) in &model {
                    let found = table.find(hash, |other| (other == slot).then_some(()));
                    assert!(found.is_some(), "slot {slot} is lost");
                }
            }
        }
    }
}
