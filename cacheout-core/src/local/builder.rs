//! What a cache for one thread is to be like.

use std::cell::{Cell, RefCell};
use std::hash::Hash;
use std::rc::Rc;
use std::time::Duration;

use super::{Inner, LocalCache};
use crate::clock::{self, Time};
use crate::hash::RandomState;
use crate::policy::Policy;
use crate::store::{Reads, Shard};

/// Makes a [`LocalCache`].
///
/// ```
/// use std::time::Duration;
/// use cacheout::{LocalCache, Policy};
///
/// let cache: LocalCache<u8, u8> = LocalCache::builder()
///     .max_size(10)
///     .ttl(Duration::from_secs(60))
///     .policy(Policy::Fifo)
///     .build();
/// assert!(cache.is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct LocalCacheBuilder {
    pub(super) max_size: usize,
    pub(super) ttl: Duration,
    pub(super) policy: Policy,
}

impl LocalCacheBuilder {
    /// How many entries the cache holds at most: 256 unless stated. 0 means any number.
    pub fn max_size(mut self, max_size: usize) -> Self {
        self.max_size = max_size;
        self
    }

    /// How long an entry lives after it was set. Zero, the default, means for ever.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = ttl;
        self
    }

    /// Who leaves when the cache is full: [`Policy::Adaptive`] unless stated.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Makes the cache.
    pub fn build<K: Hash + Eq, V: Clone>(self) -> LocalCache<K, V> {
        let max_size = match self.max_size {
            0 => usize::MAX,
            size => size,
        };
        let shard = Shard::alone(self.policy, max_size);
        let inner = Inner {
            hasher: RandomState::default(),
            shard: RefCell::new(shard),
            reads: Reads::new(self.policy),
            max_size,
            ttl: clock::nanos(self.ttl),
            time: Time::System,
            policy: self.policy,
            hits: Cell::new(0),
            misses: Cell::new(0),
            evictions: Cell::new(0),
            expiries: Cell::new(0),
        };
        let inner = Rc::new(inner);
        LocalCache { inner }
    }
}
