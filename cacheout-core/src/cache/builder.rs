//! Building a cache.

use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;
use std::sync::Arc;

use super::{Cache, CacheConfig, Fallback, Inner, Weigher};
use crate::clock::{Clock, Time};
use crate::error::Error;
use crate::hash::RandomState;
use crate::listener::{Listeners, RemovalCause};

/// Makes a [`Cache`]: its settings, each as in [`CacheConfig`], and what cannot change later.
///
/// ```
/// use std::time::Duration;
/// use cacheout::{Cache, Policy};
///
/// let cache = Cache::builder()
///     .max_size(1_000)
///     .ttl(Duration::from_secs(60))
///     .policy(Policy::Lfu)
///     .stats(true)
///     .build();
/// cache.set("key", 1);
/// assert_eq!(cache.get(&"key"), Some(1));
/// ```
pub struct CacheBuilder<K, V, S = RandomState> {
    pub(super) config: CacheConfig,
    hasher: S,
    time: Time,
    listeners: Listeners<K, V>,
    weigher: Option<Weigher<K, V>>,
    fallback: Fallback<K, V>,
    types: PhantomData<fn(K) -> V>,
}

impl<K, V> CacheBuilder<K, V> {
    pub(super) fn new() -> Self {
        CacheBuilder {
            config: CacheConfig::new(),
            hasher: RandomState::default(),
            time: Time::System,
            listeners: Listeners::default(),
            weigher: None,
            fallback: Fallback::None,
            types: PhantomData,
        }
    }
}

impl<K, V, S> CacheBuilder<K, V, S> {
    /// Takes over whatever `config` states.
    pub fn config(mut self, config: CacheConfig) -> Self {
        self.config = self.config.overlaid(&config);
        self
    }

    /// Hashes keys with `hasher` instead of a [`RandomState`].
    ///
    /// ```
    /// let cache = cacheout::Cache::builder().hasher(std::hash::RandomState::new()).build();
    /// cache.set("key", 1);
    /// assert!(cache.has(&"key"));
    /// ```
    pub fn hasher<S2>(self, hasher: S2) -> CacheBuilder<K, V, S2> {
        CacheBuilder {
            config: self.config,
            hasher,
            time: self.time,
            listeners: self.listeners,
            weigher: self.weigher,
            fallback: self.fallback,
            types: PhantomData,
        }
    }

    /// Takes the time from `clock` instead of the system.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.time = Time::Injected(Arc::new(clock));
        self
    }

    /// What [`get`](Cache::get) answers where there is no entry. It is not stored.
    pub fn default_value(mut self, value: V) -> Self
    where
        V: Clone + Send + Sync + 'static,
    {
        self.fallback = Fallback::Value(Box::new(move || value.clone()));
        self
    }

    /// Computes what [`get`](Cache::get) answers where there is no entry. It is stored, and computed once for all who
    /// ask at the same time. It runs outside all locks and may use the cache.
    pub fn default_with(mut self, make: impl Fn(&K) -> V + Send + Sync + 'static) -> Self {
        self.fallback = Fallback::With(Box::new(make));
        self
    }

    /// Weighs an entry, in whatever unit [`max_weight`](CacheBuilder::max_weight) is meant. It is called once for each
    /// entry that is set, outside all locks.
    pub fn weigher(mut self, weigh: impl Fn(&K, &V) -> u64 + Send + Sync + 'static) -> Self {
        self.weigher = Some(Box::new(weigh));
        self
    }

    /// Is told of every read by key that counts as a hit or a miss, with the value that was found, if any: of [`get`](Cache::get), of
    /// [`get_or_set_with`](Cache::get_or_set_with) and its kin (of what was found before anything was computed), and of each
    /// entry that [`get_many`](Cache::get_many) answers. [`view`](Cache::view) is not told.
    ///
    /// Callbacks run in the calling thread, after the operation and outside all locks, in the order of what happened.
    /// They may use the cache. A panic in one of them reaches the caller; the cache stays as it is.
    pub fn on_get(mut self, call: impl Fn(&K, Option<&V>) + Send + Sync + 'static) -> Self {
        self.listeners.on_get = Some(Box::new(call));
        self
    }

    /// Is told of every value that is stored: key, new value, and the live value that it replaced, if any. See
    /// [`on_get`](Self::on_get) for how callbacks are called.
    pub fn on_set(mut self, call: impl Fn(&K, &V, Option<&V>) + Send + Sync + 'static) -> Self {
        self.listeners.on_set = Some(Box::new(call));
        self
    }

    /// Is told of every entry that leaves, and why; a value that is replaced by another of its key is told to
    /// [`on_set`](Self::on_set). See [`on_get`](Self::on_get) for how callbacks are called.
    pub fn on_delete(
        mut self,
        call: impl Fn(&K, &V, RemovalCause) + Send + Sync + 'static,
    ) -> Self {
        self.listeners.on_delete = Some(Box::new(call));
        self
    }
}

impl<K, V, S> CacheBuilder<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    /// Makes the cache.
    ///
    /// # Panics
    /// If the settings contradict each other or are out of range; [`try_build`](Self::try_build) answers an error
    /// instead.
    pub fn build(self) -> Cache<K, V, S> {
        match self.try_build() {
            Ok(cache) => cache,
            Err(error) => panic!("{error}"),
        }
    }

    /// Makes the cache, if the settings allow it.
    ///
    /// # Errors
    /// If the settings contradict each other (a weight bound without a weigher) or are out of range (0 shards). The
    /// error names the option and the remedy.
    ///
    /// ```
    /// use cacheout::Cache;
    ///
    /// let error = Cache::<u8, u8>::builder().shards(0).try_build().unwrap_err();
    /// assert_eq!(error.to_string(), "invalid shards = 0: use a power of two from 1 to 4096");
    /// ```
    pub fn try_build(self) -> Result<Cache<K, V, S>, Error> {
        self.config.validate(self.weigher.is_some())?;
        let inner = Inner::new(
            &self.config,
            self.hasher,
            self.time,
            self.listeners,
            self.weigher,
            self.fallback,
        );
        Ok(Cache::from(inner))
    }
}

impl<K, V, S> fmt::Debug for CacheBuilder<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheBuilder")
            .field("config", &self.config)
            .field("listeners", &self.listeners)
            .finish_non_exhaustive()
    }
}
