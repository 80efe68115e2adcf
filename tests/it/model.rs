//! The cache against a model that is too simple to be wrong: one list, oldest first, searched from end to end.
//!
//! Long random sequences of operations run on both; every answer, the order of the keys, and the bounds are compared
//! after each. A failure prints its seed, which makes it happen again.

use std::fmt::Debug;
use std::time::Duration;

use cacheout::{Cache, CacheConfig, LocalCache, ManualClock, Policy};

// ---------------------------------------------------------------------------------------------------- the model

type Key = u16;
type Value = u32;

#[derive(Clone, Debug)]
struct Entry {
    key: Key,
    value: Value,
    /// The end of its ttl.
    end: Option<u64>,
    /// When it was last used or set.
    used: u64,
    /// How often it was used since it was set.
    uses: u32,
}

/// All live entries, in the order that `keys` shows. 0 stands for no bound and for no expiry, as in the cache.
#[derive(Debug)]
struct Model {
    entries: Vec<Entry>,
    now: u64,
    policy: Policy,
    max_size: usize,
    max_weight: u64,
    ttl: u64,
    tti: u64,
    /// What the cache kept: nobody can foretell whom the random policy takes.
    kept: Vec<Key>,
}

fn weight(value: Value) -> u64 {
    u64::from(value % 6)
}

/// Whether the model does not know whom the policy evicts. Those that are no dice have models of their own, beside them.
fn chooses_freely(policy: Policy) -> bool {
    matches!(
        policy,
        Policy::Random | Policy::Sieve | Policy::S3Fifo | Policy::TinyLfu | Policy::Adaptive
    )
}

impl Model {
    fn deadline(&self, entry: &Entry) -> Option<u64> {
        let idle = (self.tti != 0).then(|| entry.used + self.tti);
        [entry.end, idle].into_iter().flatten().min()
    }

    fn advance(&mut self, step: u64) {
        self.now += step;
        self.purge();
    }

    fn purge(&mut self) {
        let all = std::mem::take(&mut self.entries);
        let is_live = |entry: &Entry| self.deadline(entry).is_none_or(|end| self.now < end);
        self.entries = all.into_iter().filter(is_live).collect();
    }

    fn at(&self, key: Key) -> Option<usize> {
        self.entries.iter().position(|entry| entry.key == key)
    }

    fn weight(&self) -> u64 {
        self.entries.iter().map(|entry| weight(entry.value)).sum()
    }

    fn victim(&self) -> usize {
        let entries = self.entries.iter().enumerate();
        match self.policy {
            Policy::Fifo | Policy::Lru => 0,
            Policy::Lifo | Policy::Mru => self.entries.len() - 1,
            Policy::Lfu => entries.min_by_key(|(_, entry)| entry.uses).unwrap().0,
            // whoever is chosen here is right: of those that are gone, the lightest first: so none of them was taken without need
            _ => {
                let gone = entries.filter(|(_, entry)| !self.kept.contains(&entry.key));
                let lightest = gone.min_by_key(|(_, entry)| weight(entry.value));
                lightest.expect("an entry had to leave").0
            }
        }
    }

    /// Evicts until there is room for `count` more entries that weigh `weight`; answers how many left.
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

    fn end(&self, ttl: Option<Duration>) -> Option<u64> {
        let ttl = ttl.map_or(self.ttl, |ttl| ttl.as_nanos() as u64);
        (ttl != 0).then(|| self.now + ttl)
    }

    /// Stores an entry at the young end; too heavy a one only makes the old one leave.
    fn put(&mut self, key: Key, value: Value, end: Option<u64>) -> Option<Value> {
        let old = self.take(&key);
        if self.max_weight != 0 && weight(value) > self.max_weight {
            return old;
        }
        self.make_room(1, weight(value));
        let (used, uses) = (self.now, 0);
        let entry = Entry {
            key,
            value,
            end,
            used,
            uses,
        };
        self.entries.push(entry);
        old
    }

    fn hit(&mut self, at: usize) {
        let mut entry = self.entries.remove(at);
        entry.used = self.now;
        entry.uses += 1;
        let moves = matches!(self.policy, Policy::Lru | Policy::Mru);
        let at = if moves { self.entries.len() } else { at };
        self.entries.insert(at, entry);
    }
}

/// The cache's methods, under its names.
impl Model {
    fn get(&mut self, key: &Key) -> Option<Value> {
        let at = self.at(*key)?;
        let value = self.entries[at].value;
        self.hit(at);
        Some(value)
    }

    fn view(&mut self, key: &Key, read: impl FnOnce(&Value) -> Value) -> Option<Value> {
        self.get(key).map(|value| read(&value))
    }

    fn peek(&self, key: &Key) -> Option<Value> {
        self.at(*key).map(|at| self.entries[at].value)
    }

    fn has(&self, key: &Key) -> bool {
        self.at(*key).is_some()
    }

    fn expired(&self, key: &Key) -> bool {
        !self.has(key)
    }

    fn expired_at(&self, key: &Key, time: Duration) -> bool {
        let Some(at) = self.at(*key) else { return true };
        let end = self.deadline(&self.entries[at]);
        end.is_some_and(|end| time.as_nanos() as u64 >= end)
    }

    fn get_ttl(&self, key: &Key) -> Option<Duration> {
        let end = self.deadline(&self.entries[self.at(*key)?])?;
        Some(Duration::from_nanos(end - self.now))
    }

    fn expire_times(&self) -> Vec<(Key, Duration)> {
        let time = |entry: &Entry| Some((entry.key, Duration::from_nanos(self.deadline(entry)?)));
        self.entries.iter().filter_map(time).collect()
    }

    fn set(&mut self, key: Key, value: Value) -> Option<Value> {
        let end = self.end(None);
        self.put(key, value, end)
    }

    fn set_with_ttl(&mut self, key: Key, value: Value, ttl: Duration) -> Option<Value> {
        if ttl.is_zero() {
            return self.take(&key);
        }
        let end = self.end(Some(ttl));
        self.put(key, value, end)
    }

    fn add(&mut self, key: Key, value: Value) -> bool {
        let is_new = !self.has(&key);
        if is_new {
            self.set(key, value);
        }
        is_new && self.has(&key)
    }

    fn add_with_ttl(&mut self, key: Key, value: Value, ttl: Duration) -> bool {
        let is_new = !self.has(&key);
        if is_new {
            self.set_with_ttl(key, value, ttl);
        }
        is_new && self.has(&key)
    }

    fn set_many(&mut self, entries: Vec<(Key, Value)>) {
        for (key, value) in entries {
            self.set(key, value);
        }
    }

    fn add_many(&mut self, entries: Vec<(Key, Value)>) -> usize {
        let added = |(key, value): (Key, Value)| usize::from(self.add(key, value));
        entries.into_iter().map(added).sum()
    }

    fn get_or_set_with(&mut self, key: &Key, make: impl FnOnce() -> Value) -> Value {
        self.get(key).unwrap_or_else(|| {
            let value = make();
            self.set(*key, value);
            value
        })
    }

    fn try_get_or_set_with(
        &mut self,
        key: &Key,
        make: impl FnOnce() -> Result<Value, String>,
    ) -> Result<Value, String> {
        match self.get(key) {
            Some(value) => Ok(value),
            None => {
                let value = make()?;
                self.set(*key, value);
                Ok(value)
            }
        }
    }

    fn update(
        &mut self,
        key: &Key,
        make: impl FnOnce(Option<Value>) -> Option<Value>,
    ) -> Option<Value> {
        let key = *key;
        let present = self.at(key).map(|at| self.entries[at].clone());
        let end = present.as_ref().map_or(self.end(None), |entry| entry.end);
        let value = make(present.map(|entry| entry.value));
        match value {
            Some(value) => self.put(key, value, end),
            None => self.take(&key),
        };
        value
    }

    fn touch(&mut self, key: &Key, ttl: Duration) -> bool {
        if ttl.is_zero() {
            return self.delete(key);
        }
        let (end, now) = (self.end(Some(ttl)), self.now);
        let Some(at) = self.at(*key) else {
            return false;
        };
        self.entries[at].end = end;
        self.entries[at].used = now;
        true
    }

    fn take(&mut self, key: &Key) -> Option<Value> {
        self.at(*key).map(|at| self.entries.remove(at).value)
    }

    fn delete(&mut self, key: &Key) -> bool {
        self.take(key).is_some()
    }

    fn pop_item(&mut self) -> Option<(Key, Value)> {
        if self.entries.is_empty() {
            return None;
        }
        let victim = self.victim();
        let entry = self.entries.remove(victim);
        Some((entry.key, entry.value))
    }

    fn evict(&mut self) -> usize {
        self.make_room(1, 1)
    }

    fn clear(&mut self) {
        self.entries.clear();
    }

    fn retain(&mut self, mut keep: impl FnMut(&Key, &Value) -> bool) {
        self.entries.retain(|entry| keep(&entry.key, &entry.value));
    }

    fn get_many(&mut self, select: impl Select) -> Vec<(Key, Value)> {
        let mut found = Vec::new();
        for key in select.keys(self) {
            found.extend(self.get(&key).map(|value| (key, value)));
        }
        found
    }

    fn delete_many(&mut self, select: impl Select) -> usize {
        let keys = select.keys(self);
        keys.iter().filter(|key| self.delete(key)).count()
    }

    fn keys(&self) -> Vec<Key> {
        self.entries.iter().map(|entry| entry.key).collect()
    }

    fn items(&self) -> Vec<(Key, Value)> {
        let item = |entry: &Entry| (entry.key, entry.value);
        self.entries.iter().map(item).collect()
    }
}

/// A filter, for the model.
trait Select {
    fn keys(self, model: &Model) -> Vec<Key>;
}

impl Select for Vec<Key> {
    fn keys(self, _: &Model) -> Vec<Key> {
        self
    }
}

impl<F: Fn(&Key) -> bool> Select for F {
    fn keys(self, model: &Model) -> Vec<Key> {
        model.keys().into_iter().filter(|key| self(key)).collect()
    }
}

// ---------------------------------------------------------------------------------------- changes of settings

#[derive(Clone, Copy, Debug)]
enum Change {
    MaxSize(usize),
    MaxWeight(u64),
    Policy(Policy),
    Ttl(u64),
    Tti(u64),
}

trait Configure {
    fn change(&mut self, change: Change);
}

impl Configure for Model {
    fn change(&mut self, change: Change) {
        match change {
            Change::MaxSize(size) => self.max_size = size,
            Change::MaxWeight(weight) => self.max_weight = weight,
            Change::Ttl(ttl) => self.ttl = ttl,
            Change::Policy(policy) if policy == self.policy => {}
            Change::Policy(policy) => {
                self.policy = policy;
                self.entries.iter_mut().for_each(|entry| entry.uses = 0);
            }
            Change::Tti(tti) => {
                self.tti = tti;
                self.entries
                    .iter_mut()
                    .for_each(|entry| entry.used = self.now);
            }
        }
        self.make_room(0, 0);
    }
}

impl Configure for Cache<Key, Value> {
    fn change(&mut self, change: Change) {
        let config = CacheConfig::new();
        let config = match change {
            Change::MaxSize(size) => config.max_size(size),
            Change::MaxWeight(weight) => config.max_weight(weight),
            Change::Policy(policy) => config.policy(policy),
            Change::Ttl(ttl) => config.ttl(Duration::from_nanos(ttl)),
            Change::Tti(tti) => config.tti(Duration::from_nanos(tti)),
        };
        self.configure(config).unwrap();
    }
}

// --------------------------------------------------------------------------------------------- operations

#[derive(Clone, Debug)]
enum Op {
    Get(Key),
    View(Key),
    Peek(Key),
    Has(Key),
    Expired(Key),
    ExpiredAt(Key, Duration),
    GetTtl(Key),
    ExpireTimes,
    Set(Key, Value),
    SetWithTtl(Key, Value, Duration),
    Add(Key, Value),
    AddWithTtl(Key, Value, Duration),
    SetMany(Vec<(Key, Value)>),
    AddMany(Vec<(Key, Value)>),
    GetOrSet(Key, Value),
    TryGetOrSet(Key, Value),
    Fail(Key),
    Count(Key, Value),
    CountIfThere(Key, Value),
    Touch(Key, Duration),
    Take(Key),
    Delete(Key),
    PopItem,
    Evict,
    Clear,
    Retain(u32),
    GetThese(Vec<Key>),
    GetWhere(u16),
    DeleteThese(Vec<Key>),
    DeleteWhere(u16),
    Change(Change),
    Advance(u64),
    DeleteExpired,
}

#[derive(Debug, PartialEq)]
enum Answer {
    Nothing,
    Value(Option<Value>),
    Result(Result<Value, String>),
    Flag(bool),
    Count(usize),
    Item(Option<(Key, Value)>),
    Items(Vec<(Key, Value)>),
    Time(Option<Duration>),
    Times(Vec<(Key, Duration)>),
}

impl From<()> for Answer {
    fn from((): ()) -> Self {
        Answer::Nothing
    }
}

macro_rules! answers {
    ($($name:ident: $type:ty,)*) => {
        $(impl From<$type> for Answer {
            fn from(answer: $type) -> Self {
                Answer::$name(answer)
            }
        })*
    };
}

answers! {
    Value: Option<Value>,
    Result: Result<Value, String>,
    Flag: bool,
    Count: usize,
    Item: Option<(Key, Value)>,
    Items: Vec<(Key, Value)>,
    Time: Option<Duration>,
    Times: Vec<(Key, Duration)>,
}

/// Does one operation on a cache or on the model: their methods have the same names.
macro_rules! apply {
    ($store:expr, $op:expr) => {
        match $op.clone() {
            Op::Get(key) => $store.get(&key).into(),
            Op::View(key) => $store.view(&key, |value| value + 1).into(),
            Op::Peek(key) => $store.peek(&key).into(),
            Op::Has(key) => $store.has(&key).into(),
            Op::Expired(key) => $store.expired(&key).into(),
            Op::ExpiredAt(key, time) => $store.expired_at(&key, time).into(),
            Op::GetTtl(key) => $store.get_ttl(&key).into(),
            Op::ExpireTimes => $store.expire_times().into(),
            Op::Set(key, value) => $store.set(key, value).into(),
            Op::SetWithTtl(key, value, ttl) => $store.set_with_ttl(key, value, ttl).into(),
            Op::Add(key, value) => $store.add(key, value).into(),
            Op::AddWithTtl(key, value, ttl) => $store.add_with_ttl(key, value, ttl).into(),
            Op::SetMany(entries) => $store.set_many(entries).into(),
            Op::AddMany(entries) => $store.add_many(entries).into(),
            Op::GetOrSet(key, value) => Some($store.get_or_set_with(&key, || value)).into(),
            Op::TryGetOrSet(key, value) => $store.try_get_or_set_with(&key, || Ok(value)).into(),
            Op::Fail(key) => $store
                .try_get_or_set_with(&key, || Err("no".to_owned()))
                .into(),
            Op::Count(key, step) => $store
                .update(&key, |old| Some(old.unwrap_or(0) + step))
                .into(),
            Op::CountIfThere(key, step) => {
                let count = |old: Option<Value>| old.map(|old| old + step);
                $store
                    .update(&key, |old| count(old).filter(|new| new % 4 != 0))
                    .into()
            }
            Op::Touch(key, ttl) => $store.touch(&key, ttl).into(),
            Op::Take(key) => $store.take(&key).into(),
            Op::Delete(key) => $store.delete(&key).into(),
            Op::PopItem => $store.pop_item().into(),
            Op::Evict => $store.evict().into(),
            Op::Clear => $store.clear().into(),
            Op::Retain(rest) => $store.retain(|_, value| value % 3 != rest).into(),
            Op::GetThese(keys) => $store.get_many(keys).into(),
            Op::GetWhere(rest) => $store.get_many(|key: &Key| key % 3 == rest).into(),
            Op::DeleteThese(keys) => $store.delete_many(keys).into(),
            Op::DeleteWhere(rest) => $store.delete_many(|key: &Key| key % 3 == rest).into(),
            Op::Change(change) => $store.change(change).into(),
            Op::Advance(_) | Op::DeleteExpired => Answer::Nothing, // done by the caller
        }
    };
}

/// As [`apply!`], for a cache that knows these only.
macro_rules! apply_few {
    ($store:expr, $op:expr) => {
        match $op {
            Op::Get(key) => $store.get(&key).into(),
            Op::Peek(key) => $store.peek(&key).into(),
            Op::Set(key, value) => $store.set(key, value).into(),
            Op::GetOrSet(key, value) => Some($store.get_or_set_with(&key, || value)).into(),
            Op::Delete(key) => $store.delete(&key).into(),
            Op::Clear => $store.clear().into(),
            _ => unreachable!("not among those that are drawn"),
        }
    };
}

// --------------------------------------------------------------------------------------------- random sequences

/// `Xorshift64*` (Vigna, 2016).
pub struct Xorshift(u64);

impl Xorshift {
    pub fn new(seed: u64) -> Self {
        Xorshift((seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }
}

/// What a sequence is made of.
#[derive(Clone, Copy, Debug)]
struct Plan {
    seed: u64,
    shards: usize,
    ops: usize,
    keys: u64,
    sizes: &'static [usize],
    weights: &'static [u64],
    /// How long entries live, compared with what happens meanwhile.
    patience: u64,
    /// How often everything is compared; the answers always are.
    every: usize,
}

struct Run {
    random: Xorshift,
    plan: Plan,
    clock: ManualClock,
    cache: Cache<Key, Value>,
    model: Model,
}

const TTLS: [u64; 6] = [0, 0, 0, 3, 8, 20];

impl Run {
    fn new(plan: Plan) -> Self {
        let mut random = Xorshift::new(plan.seed);
        let clock = ManualClock::new();
        let model = Model {
            entries: Vec::new(),
            now: 0,
            policy: Policy::ALL[plan.seed as usize % Policy::ALL.len()],
            max_size: random.pick(plan.sizes),
            max_weight: random.pick(plan.weights),
            ttl: random.pick(&TTLS) * plan.patience,
            tti: random.pick(&TTLS) * plan.patience,
            kept: Vec::new(),
        };
        let cache = Cache::builder()
            .shards(plan.shards)
            .policy(model.policy)
            .max_size(model.max_size)
            .max_weight(model.max_weight)
            .weigher(|_, &value| weight(value))
            .ttl(Duration::from_nanos(model.ttl))
            .tti(Duration::from_nanos(model.tti))
            .clock(clock.clone())
            .build();
        Run {
            random,
            plan,
            clock,
            cache,
            model,
        }
    }

    fn key(&mut self) -> Key {
        // a few keys are used much more often than the others
        let bound = 1 + self.random.below(self.plan.keys);
        self.random.below(bound) as Key
    }

    fn value(&mut self) -> Value {
        self.random.below(1000) as Value
    }

    fn ttl(&mut self) -> Duration {
        Duration::from_nanos(self.random.below(12) * self.plan.patience)
    }

    fn some_keys(&mut self) -> Vec<Key> {
        (0..self.random.below(5)).map(|_| self.key()).collect()
    }

    fn some_entries(&mut self) -> Vec<(Key, Value)> {
        // one by one, or it is not known whom the random policy took for which of them
        let most = if chooses_freely(self.model.policy) {
            2
        } else {
            6
        };
        let count = self.random.below(most);
        (0..count).map(|_| (self.key(), self.value())).collect()
    }

    fn op(&mut self) -> Op {
        let key = self.key();
        match self.random.below(100) {
            0..16 => Op::Get(key),
            16..18 => Op::View(key),
            18..20 => Op::Peek(key),
            20..22 => Op::Has(key),
            22 => Op::Expired(key),
            23 => Op::ExpiredAt(key, Duration::from_nanos(self.model.now) + self.ttl()),
            24..26 => Op::GetTtl(key),
            26 => Op::ExpireTimes,
            27..45 => Op::Set(key, self.value()),
            45..50 => Op::SetWithTtl(key, self.value(), self.ttl()),
            50..53 => Op::Add(key, self.value()),
            53..55 => Op::AddWithTtl(key, self.value(), self.ttl()),
            55 => Op::SetMany(self.some_entries()),
            56 => Op::AddMany(self.some_entries()),
            57..65 => Op::GetOrSet(key, self.value()),
            65..67 => Op::TryGetOrSet(key, self.value()),
            67 => Op::Fail(key),
            68..70 => Op::Count(key, self.value()),
            70 => Op::CountIfThere(key, self.value()),
            71..74 => Op::Touch(key, self.ttl()),
            74 => Op::Take(key),
            75 => Op::Delete(key),
            76..78 => Op::PopItem,
            78 => Op::Evict,
            79 if self.random.below(self.plan.keys) < 24 => self.rare(),
            79 => Op::Get(key),
            80..82 => Op::GetThese(self.some_keys()),
            82 => Op::GetWhere(self.random.below(3) as u16),
            83 => Op::DeleteThese(self.some_keys()),
            84..87 => Op::Change(self.change()),
            87..99 => Op::Advance(self.random.below(4)),
            _ => Op::DeleteExpired,
        }
    }

    fn rare(&mut self) -> Op {
        match self.random.below(4) {
            0 => Op::Clear,
            1 => Op::Retain(self.random.below(3) as u32),
            2 => Op::DeleteWhere(self.random.below(3) as u16),
            _ => Op::Advance(50 * self.plan.patience),
        }
    }

    fn change(&mut self) -> Change {
        match self.random.below(5) {
            0 => Change::MaxSize(self.random.pick(self.plan.sizes)),
            1 => Change::MaxWeight(self.random.pick(self.plan.weights)),
            2 => Change::Policy(self.random.pick(&Policy::ALL)),
            3 => Change::Ttl(self.random.pick(&TTLS) * self.plan.patience),
            _ => Change::Tti(self.random.pick(&TTLS) * self.plan.patience),
        }
    }

    fn step(&mut self, number: usize) {
        let op = self.op();
        let answer: Answer = apply!(self.cache, op);
        if chooses_freely(self.model.policy) {
            self.model.kept = self.cache.keys();
        }
        let expected: Answer = apply!(self.model, op);
        assert_eq!(answer, expected, "{op:?}");
        match op {
            Op::Advance(step) => {
                self.clock.advance(Duration::from_nanos(step));
                self.model.advance(step);
            }
            Op::DeleteExpired => {
                self.cache.delete_expired();
                assert_eq!(self.cache.len(), self.model.entries.len());
                assert_eq!(self.cache.weight(), self.model.weight());
            }
            _ => {}
        }
        if number.is_multiple_of(self.plan.every) {
            self.compare(&op);
        }
    }

    fn compare(&self, op: &dyn Debug) {
        let (cache, model) = (&self.cache, &self.model);
        assert_eq!(cache.items(), model.items(), "after {op:?}");
        assert!(cache.len() >= model.entries.len(), "after {op:?}");
        assert!(cache.weight() >= model.weight(), "after {op:?}");
        assert!(
            model.max_size == 0 || cache.len() <= model.max_size,
            "after {op:?}"
        );
        assert!(
            model.max_weight == 0 || cache.weight() <= model.max_weight,
            "after {op:?}"
        );
    }
}

/// Tells how to make a failure happen again.
struct OnPanic(Plan, usize);

impl Drop for OnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("operation {} of {:?}", self.1, self.0);
        }
    }
}

fn run(plan: Plan) {
    let mut run = Run::new(plan);
    let mut place = OnPanic(plan, 0);
    for number in 0..plan.ops {
        place.1 = number;
        run.step(number);
    }
    run.compare(&"the last operation");
}

fn small(seed: u64, shards: usize) -> Plan {
    Plan {
        seed,
        shards,
        ops: 400,
        keys: 24,
        sizes: &[0, 1, 2, 5, 9, 16],
        weights: &[0, 0, 0, 4, 20, 50],
        patience: 1,
        every: 1,
    }
}

#[test]
fn one_shard_does_what_the_model_does() {
    (0..300).for_each(|seed| run(small(seed, 1)));
}

#[test]
fn several_shards_of_a_small_cache_do_what_the_model_does() {
    (1_000..1_300).for_each(|seed| run(small(seed, 4)));
}

#[test]
fn one_shard_is_exact_at_any_size() {
    for seed in 2_000..2_006 {
        run(Plan {
            ops: 6_000,
            keys: 3_000,
            sizes: &[0, 500, 1_200],
            weights: &[0, 2_500],
            patience: 50,
            every: 500,
            ..small(seed, 1)
        });
    }
}

#[test]
fn a_cache_for_one_thread_does_what_the_model_does() {
    for seed in 3_000..3_100 {
        let Run {
            mut model,
            mut random,
            ..
        } = Run::new(small(seed, 1));
        if chooses_freely(model.policy) {
            continue; // it does not show whom it took
        }
        (model.ttl, model.tti, model.max_weight) = (0, 0, 0);
        let builder = LocalCache::builder().max_size(model.max_size);
        let cache: LocalCache<Key, Value> = builder.policy(model.policy).build();
        for number in 0..400 {
            let (key, value) = (random.below(24) as Key, number);
            let op = match random.below(20) {
                0..6 => Op::Get(key),
                6..8 => Op::Peek(key),
                8..13 => Op::Set(key, value),
                13..18 => Op::GetOrSet(key, value),
                18 => Op::Delete(key),
                _ if number % 50 == 0 => Op::Clear,
                _ => continue,
            };
            let answers: [Answer; 2] = [apply_few!(cache, op), apply_few!(model, op)];
            assert_eq!(
                answers[0], answers[1],
                "seed {seed}, operation {number}: {op:?}"
            );
            assert_eq!(cache.len(), model.entries.len(), "seed {seed}: {op:?}");
        }
    }
}

// ----------------------------------------------------------------------------------------------- random eviction

/// Pearson's test of the hypothesis that all counts have the same expectation.
fn chi_square(counts: &[u32]) -> f64 {
    let total: u32 = counts.iter().sum();
    let expected = f64::from(total) / counts.len() as f64;
    let term = |&count: &u32| (f64::from(count) - expected).powi(2) / expected;
    counts.iter().map(term).sum()
}

/// Exceeded once in 30 million times where the hypothesis holds: the quantile of the distribution for 15 degrees.
const BOUND: f64 = 65.0;

#[test]
fn random_eviction_takes_each_entry_with_the_same_probability() {
    for shards in [1, 4] {
        let cache = Cache::builder()
            .max_size(16)
            .policy(Policy::Random)
            .shards(shards)
            .build();
        let (mut by_key, mut by_place) = ([0; 16], [0; 16]);
        for key in 0..16 {
            cache.set(key, ());
        }
        for _ in 0..6_000 {
            // who leaves comes back as the youngest: so keys and places of victims are both told apart
            let keys = cache.keys();
            let (victim, ()) = cache.pop_item().unwrap();
            by_key[victim] += 1;
            by_place[keys.iter().position(|&key| key == victim).unwrap()] += 1;
            cache.set(victim, ());
        }
        assert!(chi_square(&by_key) < BOUND, "{shards} shards: {by_key:?}");
        assert!(
            chi_square(&by_place) < BOUND,
            "{shards} shards: {by_place:?}"
        );
    }
}
