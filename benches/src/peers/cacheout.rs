//! This crate.

use cacheout::Cache;

use super::{Peer, TTL};

pub fn plain(capacity: usize) -> Box<dyn Peer> {
    Box::new(Cache::<u64, u64>::new(capacity))
}

pub fn with_ttl(capacity: usize) -> Box<dyn Peer> {
    let builder = Cache::<u64, u64>::builder().max_size(capacity);
    Box::new(builder.ttl(TTL).build())
}

impl Peer for Cache<u64, u64> {
    #[inline]
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
