//! Loops, streams, and what comes back in them.

use std::cell::Cell;
use std::collections::HashMap;

use super::super::models::Rng;
use super::*;

/// A full cache, as far as its policy knows of it.
struct Full {
    policy: Adaptive,
    entries: Entries,
    slots: HashMap<u32, SlotId>,
    /// The slot that the next entry comes into.
    free: SlotId,
}

/// The mark and the key of each slot.
struct Entries(Vec<(Cell<u32>, u32)>);

impl Entries {
    fn at(&self, slot: SlotId) -> &(Cell<u32>, u32) {
        &self.0[slot as usize]
    }
}

impl Marks for Entries {
    fn get(&self, slot: SlotId) -> u32 {
        self.at(slot).0.get()
    }

    fn set(&self, slot: SlotId, mark: u32) {
        self.at(slot).0.set(mark);
    }

    fn word(&self, slot: SlotId) -> u32 {
        word(self.at(slot).1)
    }
}

fn word(key: u32) -> u32 {
    key.wrapping_mul(0x9e37_79b9)
        .rotate_left(15)
        .wrapping_mul(0x85eb_ca6b)
        | 1
}

/// Keys from here on come once.
const STREAM: u32 = 1 << 20;

impl Full {
    /// A cache of this capacity through which a stream has gone for four turnovers.
    fn after_a_stream(capacity: u32) -> Self {
        let mut full = Full {
            policy: Adaptive::new(),
            entries: Entries(vec![(Cell::new(0), 0); capacity as usize + 1]),
            slots: HashMap::new(),
            free: capacity,
        };
        for slot in 0..capacity {
            let key = u32::MAX - slot;
            full.entries.0[slot as usize].1 = key;
            full.slots.insert(key, slot);
            full.policy.insert(slot, word(key));
        }
        full.hits((0..4 * capacity).map(|key| STREAM + key));
        full
    }

    /// Whether a key is there; else it comes in.
    fn ask(&mut self, key: u32) -> bool {
        if let Some(&slot) = self.slots.get(&key) {
            self.entries.set(slot, Adaptive::MARK_LIMIT.into());
            return true;
        }
        let slot = self.free;
        self.entries.0[slot as usize] = (Cell::new(0), key);
        let victim = self.policy.evict_for(slot, word(key), &self.entries);
        self.free = victim.expect("there are entries");
        self.slots.remove(&self.entries.at(self.free).1);
        self.slots.insert(key, slot);
        false
    }

    fn hits(&mut self, keys: impl Iterator<Item = u32>) -> usize {
        keys.filter(|&key| self.ask(key)).count()
    }

    fn is_sampling(&self) -> bool {
        self.policy.ghosts.weight() > 1
    }
}

/// A part of a loop through twice as many keys as there is room for is kept, though a stream, which leaves but a sample of
/// ghosts in a large cache, went before.
#[test]
fn a_loop_is_noticed_after_a_stream() {
    for capacity in [100, 600, 5_000] {
        let mut full = Full::after_a_stream(capacity);
        assert_eq!(full.is_sampling(), capacity >= 512);
        let keys = 2 * capacity;
        let hits = full.hits((0..40).flat_map(|_| 0..keys)) / keys as usize;
        assert!(!full.is_sampling());
        assert!(hits >= 16, "{hits} hits of 20 at best, of {capacity}");
    }
}

/// A few keys that come again and again beside a stream are kept, whether or not any is of the first sample of ghosts.
#[test]
fn hot_keys_are_found_in_a_stream() {
    const HOT: u32 = 10;
    let sets = |capacity| (0..8).map(move |set| (capacity, set));
    for (capacity, set) in [100, 600, 5_000].into_iter().flat_map(sets) {
        let mut full = Full::after_a_stream(capacity);
        let mut rng = Rng(6);
        let mut stream = STREAM << 1;
        let mut ask = |turnovers: u32| {
            let (mut asked, mut hits) = (0, 0);
            for _ in 0..turnovers * capacity {
                match rng.below(20 * HOT as usize) as u32 {
                    hot @ 0..HOT => {
                        asked += 1;
                        hits += usize::from(full.ask(set * HOT + hot));
                    }
                    _ => {
                        stream += 1;
                        assert!(!full.ask(stream));
                    }
                }
            }
            hits as f64 / f64::from(asked)
        };
        ask(8);
        let (found, then) = (ask(8), ask(8));
        assert!(found > 0.84 && then > 0.97, "{found}, {then} of {capacity}");
    }
}
