//! Random operations, with the structure checked between them.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};

use super::census::MOST_BEAT;
use super::*;

#[derive(Default)]
struct Table {
    marks: RefCell<HashMap<SlotId, u32>>,
    looks: Cell<usize>,
    words: RefCell<HashMap<SlotId, u32>>,
}

impl Marks for Table {
    fn get(&self, slot: SlotId) -> u32 {
        self.looks.set(self.looks.get() + 1);
        self.marks.borrow()[&slot]
    }

    fn set(&self, slot: SlotId, mark: u32) {
        self.marks.borrow_mut().insert(slot, mark);
    }

    fn word(&self, slot: SlotId) -> u32 {
        self.words.borrow()[&slot]
    }
}

/// A small engine: which slots are in use, and with which key.
struct Lab {
    policy: Adaptive,
    table: Table,
    keys: HashMap<u32, SlotId>,
    free: Vec<SlotId>,
    capacity: usize,
    random: u64,
}

impl Lab {
    fn new(seed: u64) -> Self {
        let free = (0..500).rev().collect();
        Lab {
            policy: Adaptive::new(),
            table: Table::default(),
            keys: HashMap::new(),
            free,
            capacity: 40,
            random: seed,
        }
    }

    fn below(&mut self, limit: usize) -> usize {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) as usize % limit
    }

    fn forget(&mut self, slot: SlotId) {
        self.keys.retain(|_, s| *s != slot);
        self.free.push(slot);
    }

    fn shrink_to(&mut self, limit: usize) {
        while self.keys.len() > limit {
            let victim = self.policy.victim(&self.table).expect("there are entries");
            assert!(
                self.keys.values().any(|slot| *slot == victim),
                "the victim is in use"
            );
            assert_eq!(
                self.policy.victim(&self.table),
                Some(victim),
                "asked again, it names the same"
            );
            self.policy.evict(victim, self.table.word(victim));
            self.forget(victim);
        }
    }

    /// A slot for a key, and its word.
    fn fill(&mut self, key: u32) -> (SlotId, u32) {
        let slot = self.free.pop().expect("a free slot");
        self.table.marks.borrow_mut().insert(slot, 0);
        let word = key.wrapping_mul(0x9e37_79b9).max(1);
        self.table.words.borrow_mut().insert(slot, word);
        (slot, word)
    }

    /// Puts a new key in the place of another.
    fn exchange(&mut self, key: u32) {
        let expected = match self.below(2) {
            0 => None,
            _ => self.policy.victim(&self.table),
        };
        let (slot, word) = self.fill(key);
        self.table.marks.borrow_mut().remove(&slot); // nobody may ask for it
        let victim = self.policy.evict_for(slot, word, &self.table);
        self.table.marks.borrow_mut().insert(slot, 0);
        let victim = victim.expect("there are entries");
        assert!(expected.is_none_or(|expected| expected == victim));
        assert!(self.keys.values().any(|slot| *slot == victim));
        self.forget(victim);
        self.keys.insert(key, slot);
    }

    fn put(&mut self, key: u32) {
        let (slot, word) = self.fill(key);
        match self.keys.insert(key, slot) {
            None => self.policy.insert(slot, word),
            Some(old) => {
                self.policy.replace(old, slot, &self.table);
                self.free.push(old);
            }
        }
    }

    fn hit(&self, slot: SlotId) {
        self.table.set(slot, Adaptive::MARK_LIMIT.into());
    }

    fn step(&mut self) {
        let key = self.below(1 + self.capacity * 3) as u32;
        match (self.below(100), self.keys.get(&key).copied()) {
            (0, _) => {
                self.capacity = 1 + self.below(300);
                self.shrink_to(self.capacity);
            }
            (1..=5, Some(slot)) => {
                self.policy.remove(slot);
                self.forget(slot);
            }
            (6..=15, Some(_)) => self.put(key),
            (_, Some(slot)) => self.hit(slot),
            (_, None) => self.add(key),
        }
    }

    /// Puts in a new key; if there is no room, by one of the two ways.
    fn add(&mut self, key: u32) {
        self.shrink_to(self.capacity);
        if self.keys.len() < self.capacity {
            return self.put(key);
        }
        match self.below(4) {
            0 => {
                self.shrink_to(self.capacity - 1);
                self.put(key);
            }
            _ => self.exchange(key),
        }
    }

    fn check(&self) {
        let there: HashSet<SlotId> = self.keys.values().copied().collect();
        let order = self.policy.order();
        assert_eq!(order.len(), there.len(), "each is listed once");
        assert_eq!(order.into_iter().collect::<HashSet<_>>(), there);
        let transient = self.policy.transient.map(|(slot, _)| slot);
        let queued = there.len() - usize::from(transient.is_some());
        assert_eq!(self.policy.len(), queued);
        for slot in 0..self.policy.queues.slots() as SlotId {
            let entry = self.policy.queues.get(slot);
            let is_queued = there.contains(&slot) && transient != Some(slot);
            assert_eq!(entry.is_present(), is_queued);
            if entry.is_present() {
                assert_eq!(self.policy.queues.list_of(slot), entry.level());
            }
        }
        self.policy.fronts.check(&self.policy.queues);
    }
}

#[test]
fn random_operations_keep_the_structure() {
    for seed in 0..20 {
        let mut lab = Lab::new(seed);
        for step in 0..3000 {
            lab.step();
            if step % 16 == 0 {
                lab.check();
            }
        }
        lab.shrink_to(0);
        lab.check();
        assert_eq!(lab.policy.victim(&lab.table), None);
        assert_eq!(lab.policy.evict_for(7, 7, &lab.table), None);
        lab.check();
    }
}

#[test]
fn unknown_slots_are_ignored() {
    let (mut policy, table) = (Adaptive::new(), Table::default());
    policy.remove(7);
    policy.replace(8, 9, &table);
    policy.evict(10, 1);
    assert_eq!((policy.order(), policy.victim(&table)), (vec![], None));
}

#[test]
fn the_tick_wraps_harmlessly() {
    let mut lab = Lab::new(2);
    lab.policy.tick = TICK_MASK - 20;
    for _ in 0..5000 {
        lab.step();
    }
    lab.check();
    assert!(lab.policy.tick < TICK_MASK / 2);
}

#[test]
fn an_eviction_looks_at_few_entries_whatever_the_size() {
    const ENTRIES: u32 = 20_000;
    let (mut policy, table) = (Adaptive::new(), Table::default());
    let insert = |policy: &mut Adaptive, slot: SlotId, key: u32| {
        let word = key.wrapping_mul(0x9e37_79b9) | 1;
        table.words.borrow_mut().insert(slot, word);
        table.set(slot, 0);
        policy.insert(slot, word);
    };
    (0..ENTRIES).for_each(|slot| insert(&mut policy, slot, slot));
    (0..ENTRIES).for_each(|slot| table.set(slot, 1));
    let mut all = 0;
    for key in 0..ENTRIES {
        table.looks.set(0);
        let victim = policy.victim(&table).unwrap();
        let looks = table.looks.get();
        assert!(looks <= PATIENCE + MOST_BEAT + 1, "{looks} looks at once");
        all += looks;
        policy.evict(victim, table.word(victim));
        insert(&mut policy, victim, ENTRIES + key);
    }
    assert!(all < 4 * ENTRIES as usize, "{all} looks");
}

/// Keys that come once and never again pass by beside the queues, and little is looked at for them.
#[test]
fn a_stream_of_keys_displaces_itself() {
    let mut lab = Lab::new(3);
    lab.capacity = 300;
    (0..10_000).for_each(|key| lab.add(key));
    let there: HashSet<u32> = lab.keys.keys().copied().collect();
    lab.table.looks.set(0);
    let (mut by_passed, keys) = (0, 10_000..13_000_u32); // ten turnovers
    for key in keys.clone() {
        lab.add(key);
        by_passed += usize::from(lab.policy.transient.is_some());
    }
    assert!(by_passed > keys.len() / 2, "{by_passed} stood in no queue");
    let stayed = there.iter().filter(|key| lab.keys.contains_key(key));
    let stayed = stayed.count();
    assert!(stayed > 150, "{stayed} of 300 stayed");
    let looks = lab.table.looks.get();
    assert!(looks < 2 * keys.len(), "{looks} looks at entries");
}
