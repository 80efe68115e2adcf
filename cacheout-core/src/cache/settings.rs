//! Settings and figures of a cache, and changing them while it is in use.

use std::hash::{BuildHasher, Hash};
use std::time::Duration;

use super::{Cache, CacheConfig};
use crate::clock::{self, NEVER, Nanos, Now};
use crate::error::Error;
use crate::listener::Removals;
use crate::policy::Policy;
use crate::stats::{Event, Stats};
use crate::store::OFF;
use crate::sync::atomic::Ordering::Relaxed;

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

    /// What the entries weigh together; 0 without a [`weigher`](crate::CacheBuilder::weigher).
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
        let inner = &*self.inner;
        Stats::new(&inner.counters, &inner.store.bounds, &inner.store.reads)
    }

    /// Whether the cache answers and stores.
    pub fn is_enabled(&self) -> bool {
        !self.inner.store.reads.is(OFF)
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
        self.inner.store.reads.set(OFF, !enabled);
    }

    /// When an entry expires that is set now, with a ttl of its own or the cache's.
    pub(super) fn end(&self, ttl: Option<Duration>, now: &Now) -> Nanos {
        match ttl.map_or_else(|| self.inner.ttl.load(Relaxed), clock::nanos) {
            0 => NEVER,
            ttl => clock::deadline(now.get(), ttl),
        }
    }

    /// For one operation to note what leaves.
    #[inline]
    pub(super) fn removals(&self) -> Removals<K, V> {
        Removals::new(self.inner.listeners.on_delete.is_some())
    }

    /// Counts what left and tells of it; no lock is held.
    #[inline(always)]
    pub(super) fn tell_removals(&self, removals: Removals<K, V>) {
        if removals.is_told() || self.inner.counters.is_active() {
            self.tell_some_removals(removals);
        }
    }

    /// Counts an entry that was evicted, if one was, where nobody is to be told.
    #[inline]
    pub(super) fn count_evicted(&self, has_evicted: bool) {
        if has_evicted && self.inner.counters.is_active() {
            self.inner.counters.add(Event::Eviction, 1);
        }
    }

    #[inline(never)]
    fn tell_some_removals(&self, removals: Removals<K, V>) {
        let counters = &self.inner.counters;
        if removals.evicted > 0 {
            counters.add(Event::Eviction, removals.evicted);
        }
        if removals.expired > 0 {
            counters.add(Event::Expiry, removals.expired);
        }
        if let Some(on_delete) = &self.inner.listeners.on_delete {
            for removed in removals {
                on_delete(&removed.key, &removed.value, removed.cause);
            }
        }
    }
}

/// Reconfiguration.
impl<K, V, S> Cache<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
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
        let mut removals = self.removals();
        {
            // one configuration at a time; what is dropped for it is dropped afterwards
            let mut policy = inner.policy.lock();
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
        config.suits(self.inner.weigher.is_some(), self.shards())
    }

    pub(super) fn apply(
        &self,
        config: &CacheConfig,
        policy: &mut Policy,
        now: &Now,
        removals: &mut Removals<K, V>,
    ) {
        let inner = &*self.inner;
        if let Some(new) = config.policy.filter(|new| new != policy) {
            inner.store.set_policy(new, removals);
            *policy = new;
        }
        if let Some(ttl) = config.ttl {
            inner.ttl.store(clock::nanos(ttl), Relaxed);
        }
        if let Some(tti) = config.tti {
            let tti = clock::nanos(tti);
            inner.store.remove_expired(now, removals); // what is gone stays gone
            let limit = (tti != 0).then_some(tti);
            inner.store.set_idle_limit(limit, now, removals);
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
}

pub(super) fn some_duration(nanos: Nanos) -> Option<Duration> {
    (nanos != 0).then(|| Duration::from_nanos(nanos))
}
