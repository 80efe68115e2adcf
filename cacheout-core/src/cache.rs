//! `Cache`: the handle. It finds the shard, calls it, and tells the listeners after the lock is gone.

mod builder;
mod bulk;
mod config;
mod iter;
mod load;

use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;
use std::time::Duration;

pub use builder::CacheBuilder;
pub use config::CacheConfig;
pub use iter::Iter;
pub(crate) use load::Sharing;
#[doc(hidden)]
pub use load::{Begun, Keep, Made, Shared, Unshared};

use crate::clock::{self, NEVER, Nanos, Now, Time};
use crate::error::Error;
use crate::hash::{KeyHash, RandomState};
use crate::listener::{Listeners, RemovalCause, Removals, Removed};
use crate::load::Landing;
use crate::lookup::Lookup;
use crate::policy::Policy;
use crate::stats::{Counters, Event, Stats};
use crate::store::{Condition, Fresh, Inserted, KeySource, Node, Store};
use crate::sync::Lock;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// A bounded, thread-safe cache with expiry and an eviction policy.
///
/// A clone is another handle on the same cache. All methods take `&self`; values are cloned out, so let large ones be
/// `Arc`s, or read them in place with [`view`](Cache::view). Keys are asked for in any borrowed form ([`Lookup`]).
///
/// By default a cache holds 256 entries, evicts the least recently used, and nothing expires. Each operation takes
/// O(1), or O(log n) where deadlines or the LFU policy are kept in order, and locks one shard while it does. Under that
/// lock run the `Hash`, `Eq` and `Clone` of keys and values, which may not use the same cache; closures and callbacks
/// run outside all locks, and may.
///
/// ```
/// use std::time::Duration;
/// use cacheout::Cache;
///
/// let cache = Cache::builder().max_size(1_000).ttl(Duration::from_secs(300)).build();
/// cache.set("answer".to_owned(), 42);
/// assert_eq!(cache.get("answer"), Some(42));
/// assert_eq!(cache.get_or_set_with("other", || 6 * 9), 54);
/// assert_eq!(cache.delete_many("a*"), 1);
/// assert_eq!(cache.keys(), ["other"]);
/// ```
pub struct Cache<K, V, S = RandomState> {
    inner: Arc<Inner<K, V, S>>,
}

type Weigher<K, V> = Box<dyn Fn(&K, &V) -> u64 + Send + Sync>;

/// What `get` answers where there is no entry.
enum Fallback<K, V> {
    None,
    Value(Box<dyn Fn() -> V + Send + Sync>),
    With(Box<dyn Fn(&K) -> V + Send + Sync>),
}

struct Inner<K, V, S> {
    hasher: S,
    store: Store<K, V>,
    time: Time,
    enabled: AtomicBool,
    ttl: AtomicU64,
    tti: AtomicU64,
    wait_limit: AtomicU64,
    policy: Lock<Policy>,
    counters: Counters,
    listeners: Listeners<K, V>,
    weigher: Option<Weigher<K, V>>,
    fallback: Fallback<K, V>,
}

impl<K, V, S> Inner<K, V, S> {
    fn new(
        config: &CacheConfig,
        hasher: S,
        time: Time,
        listeners: Listeners<K, V>,
        weigher: Option<Weigher<K, V>>,
        fallback: Fallback<K, V>,
    ) -> Self {
        let policy = config.policy.unwrap_or_default();
        let max_weight = config.max_weight.unwrap_or(0);
        let store = Store::new(config.shard_count(), policy, config.size(), max_weight);
        let tti = clock::nanos(config.tti.unwrap_or_default());
        if tti != 0 {
            store.set_idle_limit(Some(tti), &time.start());
        }
        Inner {
            hasher,
            store,
            time,
            enabled: AtomicBool::new(config.enabled.unwrap_or(true)),
            ttl: AtomicU64::new(clock::nanos(config.ttl.unwrap_or_default())),
            tti: AtomicU64::new(tti),
            wait_limit: AtomicU64::new(clock::nanos(config.wait())),
            policy: Lock::new(policy),
            counters: Counters::new(config.stats.unwrap_or(false)),
            listeners,
            weigher,
            fallback,
        }
    }
}

/// What storing did, to be told when no lock is held and nobody waits any more.
struct Stored<K, V> {
    inserted: Inserted<V>,
    /// Where those wait who joined the computation.
    landing: Option<Arc<Landing<V>>>,
    removals: Removals<K, V>,
    /// The new entry, for the listener.
    copy: Option<(K, V)>,
}

impl<K, V, S> From<Inner<K, V, S>> for Cache<K, V, S> {
    fn from(inner: Inner<K, V, S>) -> Self {
        let inner = Arc::new(inner);
        Cache { inner }
    }
}

impl<K, V> Cache<K, V>
where
    K: Hash + Eq + Clone,
    V: Clone,
{
    /// A cache of at most `max_size` entries (0: any number), the rest as by default.
    ///
    /// ```
    /// let cache = cacheout::Cache::new(10);
    /// assert_eq!(cache.set("a", 1), None);
    /// assert_eq!(cache.set("a", 2), Some(1));
    /// ```
    #[doc(alias = "with_capacity")]
    pub fn new(max_size: usize) -> Self {
        Self::builder().max_size(max_size).build()
    }
}

impl<K, V> Cache<K, V> {
    /// Starts to build a cache.
    pub fn builder() -> CacheBuilder<K, V> {
        CacheBuilder::new()
    }
}

/// Settings and figures.
impl<K, V, S> Cache<K, V, S> {
    /// The number of entries; it may count some that have expired and were not removed yet. O(1).
    pub fn len(&self) -> usize {
        self.inner.store.bounds.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the next new entry takes the place of another. Never so for an unbounded cache.
    pub fn is_full(&self) -> bool {
        self.inner.store.bounds.is_full()
    }

    /// How many entries there may be; 0 stands for any number.
    #[doc(alias = "capacity")]
    pub fn max_size(&self) -> usize {
        self.inner.store.bounds.max_size()
    }

    /// What the entries may weigh together; 0 stands for any weight.
    pub fn max_weight(&self) -> u64 {
        self.inner.store.bounds.max_weight()
    }

    /// What the entries weigh together; 0 without a [`weigher`](CacheBuilder::weigher).
    pub fn weight(&self) -> u64 {
        self.inner.store.bounds.weight()
    }

    /// How long an entry lives that is given no ttl of its own.
    pub fn ttl(&self) -> Option<Duration> {
        some_duration(self.inner.ttl.load(Relaxed))
    }

    /// How long an entry lives without being used.
    pub fn tti(&self) -> Option<Duration> {
        some_duration(self.inner.tti.load(Relaxed))
    }

    /// The present eviction policy.
    pub fn policy(&self) -> Policy {
        *self.inner.policy.lock()
    }

    /// The number of parts with a lock of their own.
    pub fn shards(&self) -> usize {
        self.inner.store.shards()
    }

    /// The statistics: figures and switches.
    pub fn stats(&self) -> Stats<'_> {
        Stats::new(&self.inner.counters, self.len())
    }

    /// Whether the cache answers and stores.
    pub fn is_enabled(&self) -> bool {
        self.inner.enabled.load(Relaxed)
    }

    /// Switches the cache off or on, for a test or an emergency.
    ///
    /// Switched off, no read by key finds anything, nothing is stored, and `get_or_set_with` and memoized functions
    /// compute each time. What was stored before stays, but for what is set or deleted meanwhile, so that nothing
    /// outdated is answered later.
    ///
    /// ```
    /// let cache = cacheout::Cache::new(10);
    /// cache.set("a", 1);
    /// cache.set("b", 1);
    /// cache.set_enabled(false);
    /// assert_eq!(cache.get(&"a"), None);
    /// cache.set("b", 2);
    /// cache.set_enabled(true);
    /// assert_eq!((cache.get(&"a"), cache.get(&"b")), (Some(1), None));
    /// ```
    pub fn set_enabled(&self, enabled: bool) {
        self.inner.enabled.store(enabled, Relaxed);
    }

    /// Changes settings while the cache is in use: all that `config` states, or, on an error, none.
    ///
    /// A smaller bound holds when this returns: what is too much is evicted. A new ttl concerns later entries only. A
    /// new policy takes the entries over in their present order, in O(n).
    ///
    /// # Errors
    /// If a setting is out of range, contradicts what the cache was built with (a weight bound without a weigher), or
    /// cannot change any more (`shards`).
    ///
    /// ```
    /// use cacheout::{Cache, CacheConfig};
    ///
    /// let cache: Cache<u8, u8> = Cache::new(10);
    /// let error = cache.configure(CacheConfig::new().max_size(5).max_weight(9)).unwrap_err();
    /// assert!(error.is_invalid() && error.to_string().contains("weigher"));
    /// assert_eq!(cache.max_size(), 10);
    /// ```
    pub fn configure(&self, config: CacheConfig) -> Result<(), Error> {
        self.check(&config)?;
        let inner = &*self.inner;
        let now = inner.time.start();
        let mut removals = Removals::new();
        {
            let mut policy = inner.policy.lock(); // one configuration at a time
            self.apply(&config, &mut policy, &now, &mut removals);
        }
        self.tell_removals(removals);
        Ok(())
    }

    /// [`configure`](Self::configure) with what suits this cache, of settings that were made for several.
    pub(crate) fn apply_valid(&self, config: &CacheConfig) {
        let suitable = CacheConfig {
            shards: None,
            ..config.clone()
        };
        let _ = self.configure(suitable);
    }

    /// Whether [`configure`](Self::configure) would go well.
    pub(crate) fn check(&self, config: &CacheConfig) -> Result<(), Error> {
        config.validate(self.inner.weigher.is_some())?;
        match config.shards {
            Some(shards) if shards != self.shards() => Err(Error::invalid(
                format!("shards = {shards} for a cache of {}", self.shards()),
                "the number of shards is fixed when the cache is built",
            )),
            _ => Ok(()),
        }
    }

    fn apply(
        &self,
        config: &CacheConfig,
        policy: &mut Policy,
        now: &Now,
        removals: &mut Removals<K, V>,
    ) {
        let inner = &*self.inner;
        if let Some(new) = config.policy {
            inner.store.set_policy(new);
            *policy = new;
        }
        if let Some(ttl) = config.ttl {
            inner.ttl.store(clock::nanos(ttl), Relaxed);
        }
        if let Some(tti) = config.tti {
            let tti = clock::nanos(tti);
            inner.store.remove_expired(now, removals); // what is gone stays gone
            inner.store.set_idle_limit((tti != 0).then_some(tti), now);
            inner.tti.store(tti, Relaxed);
        }
        if let Some(limit) = config.wait_limit {
            inner.wait_limit.store(clock::nanos(limit), Relaxed);
        }
        if let Some(enabled) = config.enabled {
            self.set_enabled(enabled);
        }
        match config.stats {
            Some(true) if !self.stats().is_enabled() => self.stats().enable(),
            Some(false) => self.stats().disable(),
            _ => {}
        }
        if config.max_size.is_some() || config.max_weight.is_some() {
            let max_size = config.max_size.unwrap_or(self.max_size());
            let max_weight = config.max_weight.unwrap_or(self.max_weight());
            inner.store.set_bounds(max_size, max_weight, now, removals);
        }
    }

    /// Counts what left and tells of it; no lock is held.
    fn tell_removals(&self, removals: Removals<K, V>) {
        for removed in removals {
            match removed.cause {
                RemovalCause::Full => self.inner.counters.count(Event::Eviction),
                RemovalCause::Expired => self.inner.counters.count(Event::Expiry),
                _ => {}
            }
            self.tell_removed(&removed);
        }
    }

    fn tell_removed(&self, removed: &Removed<K, V>) {
        if let Some(on_delete) = &self.inner.listeners.on_delete {
            on_delete(&removed.key, &removed.value, removed.cause);
        }
    }

    /// When an entry expires that is set now, with a ttl of its own or the cache's.
    fn end(&self, ttl: Option<Duration>, now: &Now) -> Nanos {
        match ttl.map_or_else(|| self.inner.ttl.load(Relaxed), clock::nanos) {
            0 => NEVER,
            ttl => clock::deadline(now.get(), ttl),
        }
    }
}

fn some_duration(nanos: Nanos) -> Option<Duration> {
    (nanos != 0).then(|| Duration::from_nanos(nanos))
}

/// One entry at a time.
impl<K, V, S> Cache<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    #[inline]
    pub(crate) fn hash<Q: ?Sized + Lookup<K>>(&self, key: &Q) -> KeyHash {
        KeyHash::of(&self.inner.hasher, |state| key.hash_key(state))
    }

    /// A copy of the value of `key`, if there is a live entry: a use, and a hit or a miss. Where there is none, what the
    /// cache was built to answer instead ([`default_value`](CacheBuilder::default_value),
    /// [`default_with`](CacheBuilder::default_with)).
    ///
    /// ```
    /// let cache = cacheout::Cache::new(2);
    /// cache.set("a".to_owned(), 1);
    /// assert_eq!((cache.get("a"), cache.get("b")), (Some(1), None));
    /// ```
    #[inline]
    pub fn get<Q: ?Sized + Lookup<K>>(&self, key: &Q) -> Option<V> {
        match &self.inner.fallback {
            Fallback::None => self.read_counted(key),
            Fallback::Value(value) => self.read_counted(key).or_else(|| Some(value())),
            Fallback::With(make) => Some(match self.begin(key) {
                Ok(value) => value,
                Err(begun) => self.load_value(begun, || make(&key.to_key())),
            }),
        }
    }

    /// Reads a value, counts that, and tells of it.
    #[inline]
    fn read_counted<Q: ?Sized + Lookup<K>>(&self, key: &Q) -> Option<V> {
        let found = self.read(self.hash(key), key, true, V::clone);
        self.tell_read(key, found.as_ref());
        found
    }

    /// Counts what a read found, and tells of it; no lock is held.
    #[inline]
    fn tell_read<Q: ?Sized + Lookup<K>>(&self, key: &Q, found: Option<&V>) {
        if self.inner.counters.is_active() {
            self.inner.counters.count(match found {
                Some(_) => Event::Hit,
                None => Event::Miss,
            });
        }
        if let Some(on_get) = &self.inner.listeners.on_get {
            on_get(&key.to_key(), found);
        }
    }

    /// Finds the live entry of `key` and calls `read` under the shard's lock. What has expired is removed.
    #[inline]
    fn read<Q, R>(
        &self,
        hash: KeyHash,
        key: &Q,
        is_use: bool,
        read: impl FnOnce(&V) -> R,
    ) -> Option<R>
    where
        Q: ?Sized + Lookup<K>,
    {
        if !self.is_enabled() {
            return None;
        }
        let store = &self.inner.store;
        let now = self.inner.time.start();
        let mut shard = store.shard_to_read(hash);
        let slot = shard.find(hash.word(), |other| key.equals(other))?;
        if shard.is_expired(slot, &now) {
            let node = store.take_out(&mut shard, slot);
            drop(shard);
            self.expire(node);
            return None;
        }
        let node = match is_use {
            true => shard.hit(slot, || store.use_stamp(), &now),
            false => shard.node(slot),
        };
        Some(read(&node.value))
    }

    #[cold]
    fn expire(&self, node: Node<K, V>) {
        self.inner.counters.count(Event::Expiry);
        self.tell_removed(&node.removed(RemovalCause::Expired));
    }

    /// Reads a value in place, without cloning it: a use, and a hit or a miss, that is not told to `on_get`.
    ///
    /// `read` runs under the lock of the entry's shard: it should be short, and **it may not use this cache**, in any
    /// way, or it waits for itself for ever.
    ///
    /// ```
    /// let cache = cacheout::Cache::new(2);
    /// cache.set("a", vec![1, 2, 3]);
    /// assert_eq!(cache.view(&"a", |list| list.len()), Some(3));
    /// ```
    pub fn view<Q, R>(&self, key: &Q, read: impl FnOnce(&V) -> R) -> Option<R>
    where
        Q: ?Sized + Lookup<K>,
    {
        let found = self.read(self.hash(key), key, true, read);
        self.inner.counters.count(match found {
            Some(_) => Event::Hit,
            None => Event::Miss,
        });
        found
    }

    /// A copy of the value of `key` as [`get`](Cache::get) answers it, but no use: policy, idleness and statistics do
    /// not notice, and nothing is answered in its place.
    ///
    /// ```
    /// let cache = cacheout::Cache::builder().max_size(2).policy(cacheout::Policy::Lru).build();
    /// cache.set_many([("a", 1), ("b", 2)]);
    /// assert_eq!(cache.peek(&"a"), Some(1));
    /// cache.set("c", 3);
    /// assert_eq!(cache.peek(&"a"), None);
    /// ```
    pub fn peek<Q: ?Sized + Lookup<K>>(&self, key: &Q) -> Option<V> {
        self.read(self.hash(key), key, false, V::clone)
    }

    /// Whether there is a live entry of `key`; no use, neither hit nor miss.
    #[doc(alias = "contains_key")]
    pub fn has<Q: ?Sized + Lookup<K>>(&self, key: &Q) -> bool {
        self.read(self.hash(key), key, false, |_| ()).is_some()
    }

    /// [`peek`](Cache::peek), even where the cache is switched off.
    fn inspect(&self, key: &K) -> Option<V> {
        let hash = self.hash(key);
        let now = self.inner.time.start();
        let shard = self.inner.store.shard(hash);
        let slot = shard.find(hash.word(), |other| other == key)?;
        (!shard.is_expired(slot, &now)).then(|| shard.node(slot).value.clone())
    }

    /// Stores a value, for the cache's ttl, and answers the live one that it replaces.
    ///
    /// Where the cache is full, another entry leaves first: one that has expired, or else the policy's victim.
    #[doc(alias = "insert")]
    #[doc(alias = "put")]
    pub fn set(&self, key: K, value: V) -> Option<V> {
        self.set_or_add(key, value, None, Condition::Always).1
    }

    /// Stores a value that lives for `ttl`, whatever the cache's is. With a ttl of zero nothing is stored, and what was
    /// there is removed.
    ///
    /// ```
    /// use std::time::Duration;
    /// let cache = cacheout::Cache::new(2);
    /// cache.set_with_ttl("session", 7, Duration::from_secs(60));
    /// assert!(cache.get_ttl(&"session").unwrap() > Duration::from_secs(59));
    /// cache.set_with_ttl("session", 7, Duration::ZERO);
    /// assert!(!cache.has(&"session"));
    /// ```
    pub fn set_with_ttl(&self, key: K, value: V, ttl: Duration) -> Option<V> {
        self.set_or_add(key, value, Some(ttl), Condition::Always).1
    }

    /// Stores a value if there is no live entry of `key`; answers whether it did.
    ///
    /// ```
    /// let cache = cacheout::Cache::new(2);
    /// assert!(cache.add("key", 1));
    /// assert!(!cache.add("key", 2));
    /// assert_eq!(cache.get(&"key"), Some(1));
    /// ```
    #[doc(alias = "try_insert")]
    pub fn add(&self, key: K, value: V) -> bool {
        self.set_or_add(key, value, None, Condition::Absent).0
    }

    /// [`add`](Cache::add) with a ttl of the entry's own. One of zero stores nothing.
    pub fn add_with_ttl(&self, key: K, value: V, ttl: Duration) -> bool {
        self.set_or_add(key, value, Some(ttl), Condition::Absent).0
    }

    /// Whether the value was stored, and the one that it replaced.
    fn set_or_add(
        &self,
        key: K,
        value: V,
        ttl: Option<Duration>,
        condition: Condition,
    ) -> (bool, Option<V>) {
        let hash = self.hash(&key);
        if ttl == Some(Duration::ZERO) && condition == Condition::Absent {
            return (false, None);
        }
        let now = self.inner.time.start();
        let told = self.wants_keys().then(|| key.clone());
        let source = KeySource::Given(key);
        let end = match ttl {
            Some(Duration::ZERO) => None,
            ttl => Some(self.end(ttl, &now)),
        };
        let stored = self.store(hash, source, told, value, end, condition, &now);
        match self.tell_stored(stored) {
            Inserted::New => (true, None),
            Inserted::Replaced(old) => (true, Some(old)),
            Inserted::Displaced(old) => (false, old),
            Inserted::Refused => (false, None),
        }
    }

    /// Whether weigher or listener want to see the keys of what is stored.
    fn wants_keys(&self) -> bool {
        self.inner.weigher.is_some() || self.inner.listeners.on_set.is_some()
    }

    /// The one way into the store. `end` is none where the value is not to be stored, but makes the present one
    /// outdated; `told` is the key, if [`wants_keys`](Self::wants_keys).
    #[expect(
        clippy::too_many_arguments,
        reason = "one private door for all that stores"
    )]
    fn store(
        &self,
        hash: KeyHash,
        source: KeySource<K>,
        told: Option<K>,
        value: V,
        end: Option<Nanos>,
        condition: Condition,
        now: &Now,
    ) -> Stored<K, V> {
        let inner = &*self.inner;
        let weight = match (&inner.weigher, &told) {
            (Some(weigh), Some(key)) => weigh(key, &value),
            _ => 0,
        };
        let admitted = inner.store.bounds.admits(weight);
        let Some(end) = end.filter(|_| admitted && self.is_enabled()) else {
            let cause = match admitted {
                true => RemovalCause::Deleted,
                false => RemovalCause::Full,
            };
            return self.displace(hash, source, condition, cause, now);
        };
        let copy = match &inner.listeners.on_set {
            Some(_) => told.map(|key| (key, value.clone())),
            None => None,
        };
        let fresh = Fresh { value, end, weight };
        let mut removals = Removals::new();
        let (inserted, landing) =
            inner
                .store
                .insert(hash, source, fresh, condition, now, &mut removals);
        Stored {
            inserted,
            landing,
            removals,
            copy,
        }
    }

    /// See [`Store::displace`].
    fn displace(
        &self,
        hash: KeyHash,
        source: KeySource<K>,
        condition: Condition,
        cause: RemovalCause,
        now: &Now,
    ) -> Stored<K, V> {
        let mut removals = Removals::new();
        let store = &self.inner.store;
        let (inserted, landing) =
            store.displace(hash, source, condition, cause, now, &mut removals);
        Stored {
            inserted,
            landing,
            removals,
            copy: None,
        }
    }

    /// Tells the listeners what storing did.
    fn tell_stored(&self, stored: Stored<K, V>) -> Inserted<V> {
        self.tell_removals(stored.removals);
        if let (Some(on_set), Some((key, value))) = (&self.inner.listeners.on_set, stored.copy) {
            match &stored.inserted {
                Inserted::New => on_set(&key, &value, None),
                Inserted::Replaced(old) => on_set(&key, &value, Some(old)),
                Inserted::Displaced(_) | Inserted::Refused => {}
            }
        }
        stored.inserted
    }

    /// Makes a new value from the present one, atomically for this key, and answers it.
    ///
    /// `make` is given the present value, or none, and answers the new one, or none to delete the entry. It runs
    /// outside all locks, and runs again if the entry was written or deleted meanwhile, so it should have no side
    /// effects. A new value keeps the deadline of the one that it replaces; where there was none it lives for the
    /// cache's ttl.
    ///
    /// ```
    /// let cache: cacheout::Cache<&str, u32> = cacheout::Cache::new(10);
    /// let count = |key| cache.update(&key, |count| Some(count.unwrap_or(0) + 1));
    /// assert_eq!((count("a"), count("a"), count("b")), (Some(1), Some(2), Some(1)));
    /// cache.update(&"a", |_| None);
    /// assert!(!cache.has(&"a"));
    /// ```
    #[doc(alias = "entry")]
    #[doc(alias = "incr")]
    pub fn update<Q, F>(&self, key: &Q, mut make: F) -> Option<V>
    where
        Q: ?Sized + Lookup<K>,
        F: FnMut(Option<V>) -> Option<V>,
    {
        loop {
            if let Ok(updated) = self.try_update(key, &mut make) {
                return updated;
            }
        }
    }

    /// Deletes the entry of `key`; answers whether there was a live one.
    ///
    /// ```
    /// let cache = cacheout::Cache::new(2);
    /// cache.set("a", 1);
    /// assert!(cache.delete(&"a") && !cache.delete(&"a"));
    /// ```
    #[doc(alias = "remove")]
    #[doc(alias = "invalidate")]
    pub fn delete<Q: ?Sized + Lookup<K>>(&self, key: &Q) -> bool {
        self.take(key).is_some()
    }

    /// Deletes the entry of `key` and answers its value, if it was live.
    ///
    /// ```
    /// let cache = cacheout::Cache::new(2);
    /// cache.set("a", 1);
    /// assert_eq!((cache.take(&"a"), cache.take(&"a")), (Some(1), None));
    /// ```
    #[doc(alias = "remove")]
    pub fn take<Q: ?Sized + Lookup<K>>(&self, key: &Q) -> Option<V> {
        let removed = self.remove(self.hash(key), |other| key.equals(other))?;
        self.tell_removed(&removed);
        (removed.cause == RemovalCause::Deleted).then_some(removed.value)
    }

    /// Takes out an entry, and beats whatever is being computed for its key.
    fn remove(&self, hash: KeyHash, is_key: impl Fn(&K) -> bool) -> Option<Removed<K, V>> {
        let store = &self.inner.store;
        let now = self.inner.time.start();
        let mut shard = store.shard(hash);
        shard.flights.beat(hash.word(), &is_key);
        let slot = shard.find(hash.word(), is_key)?;
        let cause = match shard.is_expired(slot, &now) {
            true => RemovalCause::Expired,
            false => RemovalCause::Deleted,
        };
        let node = store.take_out(&mut shard, slot);
        drop(shard);
        if cause == RemovalCause::Expired {
            self.inner.counters.count(Event::Expiry);
        }
        Some(node.removed(cause))
    }

    /// Gives the live entry of `key` a new ttl, counted from now; answers whether there is one. A ttl of zero deletes
    /// it.
    #[doc(alias = "expire")]
    pub fn touch<Q: ?Sized + Lookup<K>>(&self, key: &Q, ttl: Duration) -> bool {
        if ttl.is_zero() {
            return self.delete(key);
        }
        let now = self.inner.time.start();
        let hash = self.hash(key);
        let mut shard = self.inner.store.shard(hash);
        match shard.find(hash.word(), |other| key.equals(other)) {
            Some(slot) if !shard.is_expired(slot, &now) => {
                shard.set_deadline(slot, clock::deadline(now.get(), clock::nanos(ttl)), &now);
                true
            }
            _ => false,
        }
    }

    /// What is left of the live entry's time. None if there is no such entry, or if it does not expire.
    pub fn get_ttl<Q: ?Sized + Lookup<K>>(&self, key: &Q) -> Option<Duration> {
        let now = self.inner.time.start();
        let deadline = self.deadline(key).filter(|&deadline| deadline != NEVER)?;
        let left = deadline.checked_sub(now.get())?;
        some_duration(left)
    }

    /// Whether `key` has no live entry: none at all, or one that has expired. As in the Python original, an unknown key
    /// counts as expired.
    #[doc(alias = "is_expired")]
    pub fn expired<Q: ?Sized + Lookup<K>>(&self, key: &Q) -> bool {
        let now = self.inner.time.start();
        self.deadline(key)
            .is_none_or(|deadline| now.has_come(deadline))
    }

    /// Whether `key` has no entry, or one that will have expired at `time` of the cache's clock.
    pub fn expired_at<Q: ?Sized + Lookup<K>>(&self, key: &Q, time: Duration) -> bool {
        self.deadline(key)
            .is_none_or(|deadline| clock::nanos(time) >= deadline)
    }

    /// When the entry of `key` expires, if there is one.
    fn deadline<Q: ?Sized + Lookup<K>>(&self, key: &Q) -> Option<Nanos> {
        let hash = self.hash(key);
        let shard = self.inner.store.shard(hash);
        let slot = shard.find(hash.word(), |other| key.equals(other))?;
        Some(shard.deadline(slot))
    }

    /// Takes out the entry that the policy would evict next. Expired entries, which leave before it, are not answered.
    ///
    /// ```
    /// let cache = cacheout::Cache::builder().policy(cacheout::Policy::Lifo).build();
    /// cache.set_many([("a", 1), ("b", 2)]);
    /// assert_eq!(cache.pop_item(), Some(("b", 2)));
    /// ```
    #[doc(alias = "popitem")]
    pub fn pop_item(&self) -> Option<(K, V)> {
        let mut removals = Removals::new();
        let node = self
            .inner
            .store
            .pop(&self.inner.time.start(), &mut removals);
        self.tell_removals(removals);
        let removed = node?.removed(RemovalCause::Popped);
        self.tell_removed(&removed);
        Some((removed.key, removed.value))
    }

    /// Makes room for one more entry now: removes what has expired and, if the cache is full even so, the policy's
    /// victim. Answers how many live entries were evicted.
    pub fn evict(&self) -> usize {
        let store = &self.inner.store;
        let now = self.inner.time.start();
        let mut removals = Removals::new();
        store.remove_expired(&now, &mut removals);
        let expired = removals.len();
        while store.bounds.is_full() {
            let Some(node) = store.pop(&now, &mut removals) else {
                break;
            };
            removals.push(node.removed(RemovalCause::Full));
        }
        let count = removals.len() - expired;
        self.tell_removals(removals);
        count
    }

    /// Removes all entries that have expired; answers how many. No caller needs this: what has expired is answered by
    /// no read, and leaves before a live entry is evicted.
    pub fn delete_expired(&self) -> usize {
        let mut removals = Removals::new();
        self.inner
            .store
            .remove_expired(&self.inner.time.start(), &mut removals);
        let count = removals.len();
        self.tell_removals(removals);
        count
    }

    /// Removes everything. What is being computed goes to those who wait for it, and is not stored.
    pub fn clear(&self) {
        for node in self.inner.store.clear() {
            self.tell_removed(&node.removed(RemovalCause::Cleared));
        }
    }
}

impl<K, V, S> Clone for Cache<K, V, S> {
    fn clone(&self) -> Self {
        let inner = Arc::clone(&self.inner);
        Cache { inner }
    }
}

impl<K, V> Default for Cache<K, V>
where
    K: Hash + Eq + Clone,
    V: Clone,
{
    /// A cache of at most 256 entries, the least recently used leaving first, without expiry.
    fn default() -> Self {
        Self::builder().build()
    }
}

impl<K, V, S> fmt::Debug for Cache<K, V, S> {
    /// Shows settings and size. The entries are in [`items`](Cache::items).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("len", &self.len())
            .field("max_size", &self.max_size())
            .field("policy", &self.policy())
            .field("ttl", &self.ttl())
            .finish_non_exhaustive()
    }
}
