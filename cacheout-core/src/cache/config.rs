//! The settings that a cache can be given, at its start or while it runs.

use std::time::Duration;

use crate::error::Error;
use crate::policy::Policy;

/// Settings of a cache, each of them optional: what is not stated stays as it is, or takes its default.
///
/// ```
/// use std::time::Duration;
/// use cacheout::{Cache, CacheConfig, Policy};
///
/// let cache: Cache<u32, u32> = Cache::builder()
///     .config(CacheConfig::new().max_size(100).policy(Policy::Fifo))
///     .build();
/// cache.configure(CacheConfig::new().ttl(Duration::from_secs(60)))?;
/// assert_eq!((cache.max_size(), cache.ttl()), (100, Some(Duration::from_secs(60))));
/// # Ok::<(), cacheout::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CacheConfig {
    pub(crate) max_size: Option<usize>,
    pub(crate) max_weight: Option<u64>,
    pub(crate) ttl: Option<Duration>,
    pub(crate) tti: Option<Duration>,
    pub(crate) policy: Option<Policy>,
    pub(crate) stats: Option<bool>,
    pub(crate) enabled: Option<bool>,
    pub(crate) wait_limit: Option<Duration>,
    pub(crate) shards: Option<usize>,
}

macro_rules! knobs {
    ($($(#[$doc:meta])* $name:ident: $type:ty,)*) => {
        impl CacheConfig {
            $(
                $(#[$doc])*
                pub fn $name(mut self, $name: $type) -> Self {
                    self.$name = Some($name);
                    self
                }
            )*

            /// These settings, and those of `over` where it states them.
            ///
            /// ```
            /// use cacheout::CacheConfig;
            /// let base = CacheConfig::new().max_size(1).stats(true);
            /// let over = CacheConfig::new().max_size(2);
            /// assert_eq!(base.overlaid(&over), CacheConfig::new().max_size(2).stats(true));
            /// ```
            pub fn overlaid(mut self, over: &CacheConfig) -> Self {
                $(self.$name = over.$name.or(self.$name);)*
                self
            }
        }

        impl<K, V, S> super::CacheBuilder<K, V, S> {
            $(
                $(#[$doc])*
                pub fn $name(mut self, $name: $type) -> Self {
                    self.config.$name = Some($name);
                    self
                }
            )*
        }
    };
}

knobs! {
    /// How many entries the cache holds at most: 256 unless stated. 0 means any number.
    max_size: usize,
    /// What the entries may weigh together, as the cache's [`weigher`](crate::CacheBuilder::weigher) weighs them. An
    /// entry that weighs more on its own is not stored. 0, the default, means any weight. `max_size` holds beside it: set
    /// that to 0 if weight alone is to count.
    max_weight: u64,
    /// How long an entry lives after it was set, unless it is given a ttl of its own. Zero, the default, means for ever.
    /// A change concerns entries that are set later.
    ttl: Duration,
    /// How long an entry lives after it was last read or set. Zero, the default, means for ever. A change concerns all
    /// entries, which count as used at that time.
    tti: Duration,
    /// Who leaves when the cache is full: [`Policy::Adaptive`] unless stated. A change keeps the present order.
    policy: Policy,
    /// Whether statistics are collected. They are not unless stated.
    stats: bool,
    /// Whether the cache answers and stores at all. It does unless stated; see
    /// [`Cache::set_enabled`](crate::Cache::set_enabled).
    enabled: bool,
    /// How long a caller waits for another caller's computation of the same key before it computes on its own: 30
    /// seconds unless stated. It matters where a computation hangs, or where a task holds one and is not polled. With zero
    /// nobody waits, and whoever misses computes.
    wait_limit: Duration,
    /// Into how many parts, each behind a lock of its own, the cache is divided: a power of two up to 4,096, fixed when the
    /// cache is built. Unless stated it is 1 for caches of up to 1,024 entries, else four for each core, rounded up to a power of two,
    /// and 256 at most. With several, an entry
    /// that is evicted to keep the bound is its part's victim, unless the cache is small or unbounded.
    shards: usize,
}

impl CacheConfig {
    /// Settings that state nothing.
    pub const fn new() -> Self {
        CacheConfig {
            max_size: None,
            max_weight: None,
            ttl: None,
            tti: None,
            policy: None,
            stats: None,
            enabled: None,
            wait_limit: None,
            shards: None,
        }
    }

    /// Checks what can be checked without the cache.
    pub(crate) fn validate(&self, has_weigher: bool) -> Result<(), Error> {
        if let Some(shards) = self.shards
            && !(shards.is_power_of_two() && shards <= 1 << 12)
        {
            return Err(Error::invalid(
                format!("shards = {shards}"),
                "use a power of two from 1 to 4096",
            ));
        }
        if let Some(max_weight) = self.max_weight.filter(|&weight| weight > 0)
            && !has_weigher
        {
            return Err(Error::invalid(
                format!("max_weight = {max_weight} without a weigher"),
                "give `CacheBuilder::weigher` a function that weighs an entry, or use `max_size`",
            ));
        }
        Ok(())
    }

    /// [`validate`](Self::validate), for a cache that is built.
    pub(super) fn suits(&self, has_weigher: bool, shards: usize) -> Result<(), Error> {
        self.validate(has_weigher)?;
        match self.shards {
            Some(asked) if asked != shards => Err(Error::invalid(
                format!("shards = {asked} for a cache of {shards}"),
                "the number of shards is fixed when the cache is built",
            )),
            _ => Ok(()),
        }
    }

    /// The number of shards that was asked for, or that suits the size.
    pub(crate) fn shard_count(&self) -> usize {
        self.shards.unwrap_or_else(|| {
            if (1..=1024).contains(&self.size()) {
                return 1;
            }
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            (4 * cores).next_power_of_two().min(256)
        })
    }

    pub(crate) fn size(&self) -> usize {
        self.max_size.unwrap_or(256)
    }

    pub(crate) fn wait(&self) -> Duration {
        self.wait_limit.unwrap_or(Duration::from_secs(30))
    }
}
