//! Naive models of the policies, written from their papers' pseudo code, and long random histories in which a policy and
//! its model must name the same victims.
//!
//! A model keeps whole entries, marks included, in queues whose first is the oldest, and searches them from end to end.

mod s3fifo;
mod sieve;
mod tinylfu;

use std::cell::Cell;
use std::collections::VecDeque;

use super::{Evict, Marks, SlotId};

/// `SplitMix64`, seeded so that a failure comes again.
pub(super) struct Rng(pub(super) u64);

impl Rng {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// The lower, the more often.
    pub(super) fn skewed(&mut self, bound: usize) -> usize {
        let bound = self.below(bound) + 1;
        self.below(bound)
    }
}

#[derive(Clone, Debug)]
struct Entry {
    slot: SlotId,
    word: u32,
    mark: u32,
}

type Queue = VecDeque<Entry>;

/// What a policy does, with its entries' marks.
trait Model: Default {
    fn queues(&mut self) -> Vec<&mut Queue>;
    fn insert(&mut self, entry: Entry);
    fn victim(&mut self) -> SlotId;
    fn evict(&mut self, slot: SlotId);

    /// Where an entry stands.
    fn find(&mut self, slot: SlotId) -> &mut Entry {
        let entries = self.queues().into_iter().flatten();
        let mut found = entries.filter(|entry| entry.slot == slot);
        found.next().expect("the slot is in some queue")
    }

    fn remove(&mut self, slot: SlotId) {
        for queue in self.queues() {
            queue.retain(|entry| entry.slot != slot);
        }
    }

    fn len(&mut self) -> usize {
        self.queues().iter().map(|queue| queue.len()).sum()
    }
}

/// The marks and words of a shard.
#[derive(Default)]
struct Shard {
    marks: Vec<Cell<u32>>,
    words: Vec<u32>,
    /// The slot of each key.
    index: Vec<Option<SlotId>>,
    free: Vec<SlotId>,
}

impl Marks for Shard {
    fn get(&self, slot: SlotId) -> u32 {
        self.marks[slot as usize].get()
    }

    fn set(&self, slot: SlotId, mark: u32) {
        self.marks[slot as usize].set(mark);
    }

    fn word(&self, slot: SlotId) -> u32 {
        self.words[slot as usize]
    }
}

impl Shard {
    /// Fills some free slot for this key.
    fn fill(&mut self, key: usize, rng: &mut Rng) -> (SlotId, u32) {
        let slot = self.free.swap_remove(rng.below(self.free.len()));
        let word = Rng(key as u64).next() as u32 | 1;
        self.marks[slot as usize].set(0);
        self.words[slot as usize] = word;
        self.index[key] = Some(slot);
        (slot, word)
    }

    fn empty(&mut self, slot: SlotId) {
        self.free.push(slot);
        let holder = self.index.iter_mut().find(|held| **held == Some(slot));
        *holder.expect("the slot is some key's") = None;
    }
}

/// A policy, its model and the shard that both are told about.
struct Pair<P, M> {
    policy: P,
    model: M,
    shard: Shard,
    limit: u32,
}

impl<P: Evict, M: Model> Pair<P, M> {
    fn access(&mut self, key: usize, rng: &mut Rng, capacity: usize) {
        match self.shard.index[key] {
            None => {
                self.make_room(capacity - 1);
                let (slot, word) = self.shard.fill(key, rng);
                self.policy.insert(slot, word);
                self.model.insert(Entry {
                    slot,
                    word,
                    mark: 0,
                });
            }
            Some(slot) => match rng.below(40) {
                0 => {
                    self.policy.remove(slot);
                    self.model.remove(slot);
                    self.shard.empty(slot);
                }
                1 | 2 => self.replace(key, slot, rng),
                _ => {
                    let mark = (self.shard.get(slot) + 1).min(self.limit);
                    self.shard.set(slot, mark);
                    self.model.find(slot).mark = mark;
                }
            },
        }
    }

    fn replace(&mut self, key: usize, old: SlotId, rng: &mut Rng) {
        let (new, _) = self.shard.fill(key, rng);
        self.policy.replace(old, new, &self.shard);
        self.shard.free.push(old);
        let entry = self.model.find(old);
        entry.slot = new;
        entry.mark = (entry.mark + 1).min(self.limit);
    }

    fn make_room(&mut self, left: usize) {
        while self.model.len() > left {
            let victim = self.policy.victim(&self.shard).unwrap();
            assert_eq!(victim, self.model.victim());
            assert_eq!(self.policy.victim(&self.shard), Some(victim));
            assert_eq!(victim, self.model.victim());
            self.policy.evict(victim, self.shard.word(victim));
            self.model.evict(victim);
            self.shard.empty(victim);
        }
    }

    /// All entries are known, with the same marks.
    fn check(&mut self) {
        let mut known = self.policy.order();
        let mut entries: Vec<_> = self.model.queues().into_iter().flatten().collect();
        entries.sort_by_key(|entry| entry.slot);
        known.sort_unstable();
        assert!(known.iter().eq(entries.iter().map(|entry| &entry.slot)));
        for entry in entries {
            assert_eq!(self.shard.get(entry.slot), entry.mark);
        }
    }
}

/// Histories of an LRU-like, a frequency-like and a looping kind, under a bound that changes.
fn agree<P: Evict + Default, M: Model>(limit: u8) {
    for seed in 0..12 {
        let mut rng = Rng(seed);
        let most = [1, 2, 9, 40, 130, 400][seed as usize % 6];
        let keys = most * 3 + 1;
        let mut shard = Shard::default();
        shard.marks.resize_with(most + 1, Cell::default);
        shard.words.resize(most + 1, 0);
        shard.index.resize(keys, None);
        shard.free.extend(0..=most as SlotId);
        let mut pair = Pair {
            policy: P::default(),
            model: M::default(),
            shard,
            limit: limit.into(),
        };
        let mut capacity = most;
        for at in 0..20_000 {
            let key = match at / 2_000 % 3 {
                0 => rng.skewed(keys),
                1 => at % (1 + keys / 2),
                _ => (at / 7 + rng.below(1 + most / 2)) % keys,
            };
            pair.access(key, &mut rng, capacity);
            if at % 997 == 0 {
                capacity = most - rng.below(1 + most / 2).min(most - 1);
                pair.make_room(capacity);
                pair.check();
            }
        }
    }
}
