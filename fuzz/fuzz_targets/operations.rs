//! Any operations on a cache and on a model that is too simple to be wrong: one list, oldest first.
#![no_main]

mod crowd;

use std::time::Duration;

use arbitrary::Arbitrary;
use cacheout::{Cache, CacheConfig, ManualClock, Policy};
use crowd::Crowd;
use libfuzzer_sys::fuzz_target;

// ------------------------------------------------------------------------------------------------------- operations

#[derive(Arbitrary, Debug)]
struct Plan {
    policy: u8,
    shards: u8,
    max_size: u8,
    max_weight: u8,
    ttl: u8,
    tti: u8,
    stats: bool,
    /// How many hashes there are.
    hashes: u8,
    ops: Vec<Op>,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Op {
    Get(Key),
    View(Key),
    Peek(Key),
    Has(Key),
    GetTtl(Key),
    Set(Key, u16),
    SetWithTtl(Key, u16, u8),
    Add(Key, u16),
    GetOrSet(Key, u16),
    Update(Key, u16),
    Touch(Key, u8),
    Take(Key),
    Delete(Key),
    PopItem,
    Evict,
    Clear,
    Retain(u8),
    DeleteWhere(u8),
    GetWhere(u8),
    Advance(u8),
    DeleteExpired,
    MaxSize(u8),
    MaxWeight(u8),
    Policy(u8),
    Ttl(u8),
    Tti(u8),
    Stats(bool),
    Enabled,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Key(u8);

impl Key {
    fn get(self) -> u8 {
        self.0 % 40
    }
}

fn policy(number: u8) -> Policy {
    Policy::ALL[usize::from(number) % Policy::ALL.len()]
}

fn time(units: u8) -> Duration {
    Duration::from_nanos(u64::from(units % 16))
}

/// On the heap, so that the sanitizer sees what is read after it was dropped.
type Value = Box<u32>;

fn weight(value: &Value) -> u64 {
    u64::from(**value % 6)
}

// ------------------------------------------------------------------------------------------------------------ model

#[derive(Clone, Debug)]
struct Entry {
    key: u8,
    value: Value,
    end: Option<u64>,
    used: u64,
    uses: u32,
}

/// All live entries. 0 stands for no bound and for no expiry.
#[derive(Debug)]
struct Model {
    entries: Vec<Entry>,
    now: u64,
    policy: Policy,
    max_size: usize,
    max_weight: u64,
    ttl: u64,
    tti: u64,
    /// What the cache kept, where its policy chooses freely.
    kept: Vec<u8>,
}

impl Model {
    fn deadline(&self, entry: &Entry) -> Option<u64> {
        let idle = (self.tti != 0).then(|| entry.used + self.tti);
        [entry.end, idle].into_iter().flatten().min()
    }

    fn purge(&mut self) {
        let all = std::mem::take(&mut self.entries);
        let is_live = |entry: &Entry| self.deadline(entry).is_none_or(|end| self.now < end);
        self.entries = all.into_iter().filter(is_live).collect();
    }

    fn at(&self, key: u8) -> Option<usize> {
        self.entries.iter().position(|entry| entry.key == key)
    }

    fn peek(&self, key: u8) -> Option<Value> {
        self.at(key).map(|at| self.entries[at].value.clone())
    }

    fn weight(&self) -> u64 {
        self.entries.iter().map(|entry| weight(&entry.value)).sum()
    }

    fn victim(&self) -> usize {
        let entries = self.entries.iter().enumerate();
        match self.policy {
            Policy::Fifo | Policy::Lru => 0,
            Policy::Lifo | Policy::Mru => self.entries.len() - 1,
            Policy::Lfu => entries.min_by_key(|(_, entry)| entry.uses).unwrap().0,
            _ => {
                let gone = entries.filter(|(_, entry)| !self.kept.contains(&entry.key));
                let lightest = gone.min_by_key(|(_, entry)| weight(&entry.value));
                lightest.expect("an entry had to leave").0
            }
        }
    }

    fn make_room(&mut self, count: usize, weight: u64) -> usize {
        let before = self.entries.len();
        while !self.entries.is_empty() && self.exceeds(count, weight) {
            let victim = self.victim();
            self.entries.remove(victim);
        }
        before - self.entries.len()
    }

    fn exceeds(&self, count: usize, weight: u64) -> bool {
        let too_many = self.max_size != 0 && self.entries.len() + count > self.max_size;
        let too_heavy = self.max_weight != 0 && self.weight() + weight > self.max_weight;
        too_many || too_heavy
    }

    fn end(&self, ttl: u64) -> Option<u64> {
        (ttl != 0).then(|| self.now + ttl)
    }

    fn put(&mut self, key: u8, value: Value, end: Option<u64>) -> Option<Value> {
        let old = self.take(key);
        if self.max_weight != 0 && weight(&value) > self.max_weight {
            return old;
        }
        self.make_room(1, weight(&value));
        self.entries.push(Entry {
            key,
            value,
            end,
            used: self.now,
            uses: 0,
        });
        old
    }

    fn get(&mut self, key: u8) -> Option<Value> {
        let at = self.at(key)?;
        let mut entry = self.entries.remove(at);
        entry.used = self.now;
        entry.uses += 1;
        let value = entry.value.clone();
        let moves = matches!(self.policy, Policy::Lru | Policy::Mru);
        let at = if moves { self.entries.len() } else { at };
        self.entries.insert(at, entry);
        Some(value)
    }

    fn take(&mut self, key: u8) -> Option<Value> {
        self.at(key).map(|at| self.entries.remove(at).value)
    }

    fn keys(&self) -> Vec<u8> {
        self.entries.iter().map(|entry| entry.key).collect()
    }
}

// --------------------------------------------------------------------------------------------------------- comparison

struct Run {
    cache: Cache<u8, Value, Crowd>,
    clock: ManualClock,
    model: Model,
}

impl Run {
    fn new(plan: &Plan) -> Self {
        let clock = ManualClock::new();
        let model = Model {
            entries: Vec::new(),
            now: 0,
            policy: policy(plan.policy),
            max_size: usize::from(plan.max_size % 32),
            max_weight: u64::from(plan.max_weight % 64),
            ttl: u64::from(plan.ttl % 16),
            tti: u64::from(plan.tti % 16),
            kept: Vec::new(),
        };
        let cache = Cache::builder()
            .shards(1 << (plan.shards % 4))
            .policy(model.policy)
            .max_size(model.max_size)
            .max_weight(model.max_weight)
            .weigher(|_, value| weight(value))
            .ttl(Duration::from_nanos(model.ttl))
            .tti(Duration::from_nanos(model.tti))
            .stats(plan.stats)
            .clock(clock.clone())
            .hasher(Crowd::of(plan.hashes))
            .build();
        Run {
            cache,
            clock,
            model,
        }
    }

    /// Takes over what the cache chose to keep, where nobody can foretell that.
    fn look(&mut self) {
        if matches!(
            self.model.policy,
            Policy::Random | Policy::Sieve | Policy::S3Fifo | Policy::TinyLfu | Policy::Adaptive
        ) {
            self.model.kept = self.cache.keys();
        }
    }

    fn step(&mut self, op: Op) {
        match op {
            Op::Get(key) => {
                assert_eq!(self.cache.get(&key.get()), self.model.get(key.get()));
            }
            Op::View(key) => {
                let seen = self.cache.view(&key.get(), Value::clone);
                assert_eq!(seen, self.model.get(key.get()));
            }
            Op::Peek(key) => {
                assert_eq!(self.cache.peek(&key.get()), self.model.peek(key.get()));
            }
            Op::Has(key) => {
                let has = self.model.at(key.get()).is_some();
                assert_eq!(self.cache.has(&key.get()), has);
            }
            Op::GetTtl(key) => {
                let entry = self.model.at(key.get()).map(|at| &self.model.entries[at]);
                let end = entry.and_then(|entry| self.model.deadline(entry));
                let left = end.map(|end| Duration::from_nanos(end - self.model.now));
                assert_eq!(self.cache.get_ttl(&key.get()), left);
            }
            Op::Set(key, value) => {
                let value = Box::new(u32::from(value));
                let old = self.cache.set(key.get(), value.clone());
                self.look();
                let end = self.model.end(self.model.ttl);
                assert_eq!(old, self.model.put(key.get(), value, end));
            }
            Op::SetWithTtl(key, value, ttl) => {
                let value = Box::new(u32::from(value));
                let old = self.cache.set_with_ttl(key.get(), value.clone(), time(ttl));
                self.look();
                let expected = match time(ttl).as_nanos() as u64 {
                    0 => self.model.take(key.get()),
                    ttl => {
                        let end = self.model.end(ttl);
                        self.model.put(key.get(), value, end)
                    }
                };
                assert_eq!(old, expected);
            }
            Op::Add(key, value) => {
                let value = Box::new(u32::from(value));
                let is_added = self.cache.add(key.get(), value.clone());
                self.look();
                let is_new = self.model.at(key.get()).is_none();
                if is_new {
                    let end = self.model.end(self.model.ttl);
                    self.model.put(key.get(), value, end);
                }
                assert_eq!(is_added, is_new && self.model.at(key.get()).is_some());
            }
            Op::GetOrSet(key, value) => {
                let value = Box::new(u32::from(value));
                let answer = self.cache.get_or_set_with(&key.get(), || value.clone());
                self.look();
                let expected = self.model.get(key.get()).unwrap_or_else(|| {
                    let end = self.model.end(self.model.ttl);
                    self.model.put(key.get(), value.clone(), end);
                    value
                });
                assert_eq!(answer, expected);
            }
            Op::Update(key, step) => {
                let change = |old: Option<Value>| {
                    let new = old.map_or(0, |old| *old) + u32::from(step);
                    (new % 7 != 0).then(|| Box::new(new))
                };
                let answer = self.cache.update(&key.get(), change);
                self.look();
                let present = self.model.at(key.get());
                let present = present.map(|at| self.model.entries[at].clone());
                let usual = self.model.end(self.model.ttl);
                let end = present.as_ref().map_or(usual, |entry| entry.end);
                let made = change(present.map(|entry| entry.value));
                match made.clone() {
                    Some(value) => self.model.put(key.get(), value, end),
                    None => self.model.take(key.get()),
                };
                assert_eq!(answer, made);
            }
            Op::Touch(key, ttl) => {
                let is_there = self.cache.touch(&key.get(), time(ttl));
                assert_eq!(is_there, self.model.at(key.get()).is_some());
                match (self.model.at(key.get()), time(ttl).as_nanos() as u64) {
                    (Some(at), 0) => drop(self.model.entries.remove(at)),
                    (Some(at), ttl) => {
                        let (end, now) = (self.model.end(ttl), self.model.now);
                        let entry = &mut self.model.entries[at];
                        (entry.end, entry.used) = (end, now);
                    }
                    (None, _) => {}
                }
            }
            Op::Take(key) => {
                assert_eq!(self.cache.take(&key.get()), self.model.take(key.get()));
            }
            Op::Delete(key) => {
                let was_there = self.model.take(key.get()).is_some();
                assert_eq!(self.cache.delete(&key.get()), was_there);
            }
            Op::PopItem => {
                let popped = self.cache.pop_item();
                self.look();
                let is_empty = self.model.entries.is_empty();
                let expected = (!is_empty).then(|| {
                    let victim = self.model.victim();
                    let entry = self.model.entries.remove(victim);
                    (entry.key, entry.value)
                });
                assert_eq!(popped, expected);
            }
            Op::Evict => {
                let count = self.cache.evict();
                self.look();
                assert_eq!(count, self.model.make_room(1, 1));
            }
            Op::Clear => {
                self.cache.clear();
                self.model.entries.clear();
            }
            Op::Retain(rest) => {
                self.cache.retain(|key, _| key % 3 != rest % 3);
                self.model.entries.retain(|entry| entry.key % 3 != rest % 3);
            }
            Op::DeleteWhere(rest) => {
                let count = self.cache.delete_many(|key: &u8| key % 3 == rest % 3);
                let before = self.model.entries.len();
                self.model.entries.retain(|entry| entry.key % 3 != rest % 3);
                assert_eq!(count, before - self.model.entries.len());
            }
            Op::GetWhere(rest) => {
                let found = self.cache.get_many(|key: &u8| key % 3 == rest % 3);
                let mut expected = Vec::new();
                for key in self.model.keys() {
                    if key % 3 == rest % 3 {
                        expected.extend(self.model.get(key).map(|value| (key, value)));
                    }
                }
                assert_eq!(found, expected);
            }
            Op::Advance(step) => {
                self.clock.advance(time(step));
                self.model.now += time(step).as_nanos() as u64;
                self.model.purge();
            }
            Op::DeleteExpired => {
                self.cache.delete_expired();
                assert_eq!(self.cache.len(), self.model.entries.len());
                assert_eq!(self.cache.weight(), self.model.weight());
            }
            Op::MaxSize(size) => {
                self.model.max_size = usize::from(size % 32);
                self.configure(CacheConfig::new().max_size(self.model.max_size));
            }
            Op::MaxWeight(weight) => {
                self.model.max_weight = u64::from(weight % 64);
                self.configure(CacheConfig::new().max_weight(self.model.max_weight));
            }
            Op::Policy(number) => {
                let new = policy(number);
                if new != self.model.policy {
                    self.model.policy = new;
                    let entries = self.model.entries.iter_mut();
                    entries.for_each(|entry| entry.uses = 0);
                }
                self.configure(CacheConfig::new().policy(new));
            }
            Op::Ttl(ttl) => {
                self.model.ttl = u64::from(ttl % 16);
                self.configure(CacheConfig::new().ttl(Duration::from_nanos(self.model.ttl)));
            }
            Op::Tti(tti) => {
                self.model.tti = u64::from(tti % 16);
                let (now, entries) = (self.model.now, self.model.entries.iter_mut());
                entries.for_each(|entry| entry.used = now);
                self.configure(CacheConfig::new().tti(Duration::from_nanos(self.model.tti)));
            }
            Op::Stats(stats) => self.configure(CacheConfig::new().stats(stats)),
            Op::Enabled => {
                self.cache.set_enabled(false);
                let key = self.model.keys().first().copied().unwrap_or(0);
                assert_eq!((self.cache.get(&key), self.cache.has(&key)), (None, false));
                self.cache.set_enabled(true);
            }
        }
    }

    fn configure(&mut self, config: CacheConfig) {
        self.cache.configure(config).unwrap();
        self.look();
        self.model.make_room(0, 0);
    }

    fn compare(&self) {
        let (cache, model) = (&self.cache, &self.model);
        let items = model.entries.iter();
        let items: Vec<_> = items
            .map(|entry| (entry.key, entry.value.clone()))
            .collect();
        assert_eq!(cache.items(), items);
        assert!(cache.len() >= items.len());
        assert!(model.max_size == 0 || cache.len() <= model.max_size);
        assert!(model.max_weight == 0 || cache.weight() <= model.max_weight);
    }
}

fuzz_target!(|plan: Plan| {
    let mut run = Run::new(&plan);
    for &op in plan.ops.iter().take(300) {
        run.step(op);
        run.compare();
    }
});
