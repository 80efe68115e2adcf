//! This crate.

pub mod expired;

use std::sync::Arc;
use std::time::Instant;

use cacheout::{Cache, Policy};

use super::{Expiring, Peer, TTL, Texts};

pub fn plain(capacity: usize) -> Box<dyn Peer> {
    Box::new(Cache::<u64, u64>::new(capacity))
}

pub fn following(capacity: usize, policy: Policy) -> Box<dyn Peer> {
    let builder = Cache::<u64, u64>::builder().max_size(capacity);
    Box::new(builder.policy(policy).build())
}

pub fn with_policy(capacity: usize, policy: Policy) -> Box<dyn Peer> {
    let builder = Cache::<u64, u64>::builder().max_size(capacity);
    Box::new(builder.policy(policy).shards(1).build())
}

pub fn with_ttl(capacity: usize) -> Box<dyn Peer> {
    let builder = Cache::<u64, u64>::builder().max_size(capacity);
    Box::new(builder.ttl(TTL).build())
}

pub fn expiring(capacity: usize) -> Box<dyn Expiring> {
    let builder = Cache::<u64, u64>::builder().max_size(capacity);
    Box::new(builder.ttl(TTL).build())
}

pub fn texts(capacity: usize) -> Box<dyn Texts> {
    Box::new(Cache::<String, Arc<str>>::new(capacity))
}

impl Peer for Cache<u64, u64> {
    #[inline(always)]
    fn get(&self, key: u64) -> Option<u64> {
        Cache::get(self, &key)
    }

    #[inline]
    fn set(&self, key: u64) {
        Cache::set(self, key, key);
    }

    #[inline]
    fn get_or_set(&self, key: u64) -> bool {
        let mut is_hit = true;
        self.get_or_set_with(&key, || {
            is_hit = false;
            key
        });
        is_hit
    }

    fn len(&self) -> Option<usize> {
        Some(Cache::len(self))
    }
}

impl Texts for Cache<String, Arc<str>> {
    #[inline(always)]
    fn get(&self, key: &str) -> Option<Arc<str>> {
        Cache::get(self, key)
    }

    fn set(&self, key: &str) {
        Cache::set(self, key.to_owned(), key.into());
    }
}

impl Expiring for Cache<u64, u64> {
    fn set_until(&self, key: u64, expiry: Instant) {
        let ttl = expiry.saturating_duration_since(Instant::now());
        self.set_with_ttl(key, key, ttl);
    }
}
