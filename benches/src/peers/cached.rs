//! cached: its sharded LRU stores, which `#[concurrent_cached]` uses and which stand on their own.

use std::sync::Arc;

use cached::{ShardedLruCache, ShardedLruTtlCache};

use super::{Peer, TTL, Texts};

pub fn plain(capacity: usize) -> Box<dyn Peer> {
    Box::new(ShardedLruCache::<u64, u64>::new(capacity))
}

pub fn with_ttl(capacity: usize) -> Box<dyn Peer> {
    Box::new(ShardedLruTtlCache::<u64, u64>::new(capacity, TTL))
}

pub fn texts(capacity: usize) -> Box<dyn Texts> {
    Box::new(ShardedLruCache::<String, Arc<str>>::new(capacity))
}

macro_rules! store {
    ($store:ident) => {
        impl Peer for $store<u64, u64> {
            #[inline(always)]
            fn get(&self, key: u64) -> Option<u64> {
                $store::get(self, &key)
            }

            #[inline]
            fn set(&self, key: u64) {
                $store::set(self, key, key);
            }

            #[inline]
            fn get_or_set(&self, key: u64) -> bool {
                let mut is_hit = true;
                self.get_or_set_with(key, || {
                    is_hit = false;
                    key
                });
                is_hit
            }

            fn len(&self) -> Option<usize> {
                Some($store::len(self))
            }
        }
    };
}

store!(ShardedLruCache);
store!(ShardedLruTtlCache);

impl Texts for ShardedLruCache<String, Arc<str>> {
    #[inline(always)]
    fn get(&self, key: &str) -> Option<Arc<str>> {
        ShardedLruCache::get(self, key)
    }

    fn set(&self, key: &str) {
        ShardedLruCache::set(self, key.to_owned(), key.into());
    }
}
