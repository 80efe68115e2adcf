//! `Cache`: the handle. It finds the shard, calls it, and tells the listeners after the lock is gone.

mod begin;
mod builder;
mod bulk;
mod carry;
mod config;
mod iter;
mod lead;
mod load;
mod made;
mod read;
mod settings;
mod update;
mod write;

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

#[doc(hidden)]
pub use begin::Begun;
pub use builder::CacheBuilder;
pub use config::CacheConfig;
pub use iter::Iter;
pub(crate) use made::Sharing;
#[doc(hidden)]
pub use made::{Keep, Made, Shared, Unshared};

use crate::clock::{self, Nanos, Time};
use crate::hash::RandomState;
use crate::listener::{Listeners, Removals};
use crate::policy::Policy;
use crate::stats::Counters;
use crate::store::{COUNTING, Inserted, OFF, SPECIAL, Store};
use crate::sync::Lock;
use crate::sync::atomic::AtomicU64;

/// A bounded, thread-safe cache with expiry and an eviction policy.
///
/// A clone is another handle on the same cache. All methods take `&self`; values are cloned out, so let large ones be
/// `Arc`s, or read them in place with [`view`](Cache::view). Keys are asked for in any borrowed form ([`Lookup`](crate::Lookup)).
///
/// By default a cache holds 256 entries, lets go of those that are least worth keeping ([`Policy::Adaptive`]), and nothing
/// expires.
///
/// A read of one key takes O(1), and no lock but under [`Policy::Lru`], [`Policy::Mru`], where entries expire by idleness, where what it
/// finds has expired, or where Linux refuses `membarrier`; reads
/// of many, of deadlines and of all entries lock one shard at a time. A write takes O(1), or O(log n) where the LFU policy (on
/// average over many) or many different ttls are kept in order. It locks one shard, or all while it makes room where that is not
/// to be found in one: in a full cache that is bounded by weight alone or by 1,024 entries or fewer, or for a heavy entry. Under that lock run the `Hash`, `Eq` and `Clone` of keys and values, which may not use the same cache; closures, callbacks and
/// destructors run outside all locks, and may.
///
/// What is removed is dropped when no other thread can be reading it: when the operation that removed it ends, if that
/// was a deletion, and nobody is; else, or if it was displaced by another entry, with later writes to the same shard: one
/// in sixteen of its entries, and 256 at most, may live on like that.
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

#[repr(C)] // what a read needs stands together
struct Inner<K, V, S> {
    store: Store<K, V>,
    hasher: S,
    time: Time,
    ttl: AtomicU64,
    tti: AtomicU64,
    wait_limit: AtomicU64,
    /// Whether there is a weigher, or a listener that is told of what comes and goes.
    watches_writes: bool,
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
            store.set_idle_limit(Some(tti), &time.start(), &mut Removals::new(false));
        }
        let is_special = !matches!(fallback, Fallback::None)
            || !matches!(time, Time::System)
            || listeners.on_get.is_some();
        let watches_writes =
            weigher.is_some() || listeners.on_set.is_some() || listeners.on_delete.is_some();
        let counts = config.stats.unwrap_or(false);
        store.reads.set(SPECIAL, is_special);
        store.reads.set(COUNTING, counts);
        store.reads.set(OFF, !config.enabled.unwrap_or(true));
        Inner {
            store,
            hasher,
            time,
            ttl: AtomicU64::new(clock::nanos(config.ttl.unwrap_or_default())),
            tti: AtomicU64::new(tti),
            wait_limit: AtomicU64::new(clock::nanos(config.wait())),
            watches_writes,
            policy: Lock::new(policy),
            counters: Counters::new(counts),
            listeners,
            weigher,
            fallback,
        }
    }
}

/// What storing did, to be told when no lock is held and nobody waits any more.
struct Stored<K, V, W> {
    inserted: Inserted<V>,
    /// Those who joined the computation.
    waiting: W,
    removals: Removals<K, V>,
    /// The new entry, for the listener.
    copy: Option<(K, V)>,
}

/// When a value expires that is being stored.
#[derive(Clone, Copy)]
struct End {
    time: Nanos,
    /// Whether the end of the live value that it replaces stays, instead.
    keeps: bool,
}

impl End {
    fn at(time: Nanos) -> Self {
        End { time, keeps: false }
    }
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
    /// A cache of at most 256 entries, under the adaptive policy, without expiry.
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
