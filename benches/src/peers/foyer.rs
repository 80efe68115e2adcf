//! foyer-memory: an LRU in 8 shards unless told otherwise; a hit is a counted reference. Its own get-or-insert is
//! asynchronous, so it makes two calls.

use std::sync::Arc;

use foyer_memory::{Cache, CacheBuilder};

use super::{Peer, Texts};

pub fn plain(capacity: usize) -> Box<dyn Peer> {
    let cache: Cache<u64, u64> = CacheBuilder::new(capacity).build();
    Box::new(cache)
}

pub fn texts(capacity: usize) -> Box<dyn Texts> {
    let cache: Cache<String, Arc<str>> = CacheBuilder::new(capacity).build();
    Box::new(cache)
}

impl Peer for Cache<u64, u64> {
    #[inline(always)]
    fn get(&self, key: u64) -> Option<u64> {
        Cache::get(self, &key).map(|entry| *entry.value())
    }

    #[inline]
    fn set(&self, key: u64) {
        self.insert(key, key);
    }

    fn len(&self) -> Option<usize> {
        Some(self.entries())
    }
}

impl Texts for Cache<String, Arc<str>> {
    #[inline(always)]
    fn get(&self, key: &str) -> Option<Arc<str>> {
        Cache::get(self, key).map(|entry| entry.value().clone())
    }

    fn set(&self, key: &str) {
        self.insert(key.to_owned(), key.into());
    }
}
