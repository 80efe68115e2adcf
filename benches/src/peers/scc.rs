//! scc: an LRU of 32 in each bucket. Its capacity is rounded up to a power of two. It starts with all of it: while it
//! grows it evicts, full or not.

use std::sync::Arc;

use scc::HashCache;
use scc::hash_cache::Entry;

use super::{Peer, Texts};

pub fn plain(capacity: usize) -> Box<dyn Peer> {
    Box::new(HashCache::<u64, u64>::with_capacity(capacity, capacity))
}

pub fn texts(capacity: usize) -> Box<dyn Texts> {
    let cache = HashCache::<String, Arc<str>>::with_capacity(capacity, capacity);
    Box::new(cache)
}

/// Reads by `read_sync`: its policy does not notice.
struct Peeking(HashCache<u64, u64>);

pub fn peeking(capacity: usize) -> Box<dyn Peer> {
    Box::new(Peeking(HashCache::with_capacity(capacity, capacity)))
}

impl Peer for Peeking {
    #[inline(always)]
    fn get(&self, key: u64) -> Option<u64> {
        self.0.read_sync(&key, |_, &value| value)
    }

    #[inline]
    fn set(&self, key: u64) {
        self.0.set(key);
    }

    fn len(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

impl Peer for HashCache<u64, u64> {
    /// By `get_sync`, which is a use for its policy; `read_sync` is not.
    #[inline(always)]
    fn get(&self, key: u64) -> Option<u64> {
        self.get_sync(&key).map(|entry| *entry.get())
    }

    #[inline]
    fn set(&self, key: u64) {
        let _ = self.put_sync(key, key);
    }

    #[inline]
    fn get_or_set(&self, key: u64) -> bool {
        match self.entry_sync(key) {
            Entry::Occupied(_) => true,
            Entry::Vacant(entry) => {
                entry.put_entry(key);
                false
            }
        }
    }

    fn len(&self) -> Option<usize> {
        Some(HashCache::len(self))
    }
}

impl Texts for HashCache<String, Arc<str>> {
    #[inline(always)]
    fn get(&self, key: &str) -> Option<Arc<str>> {
        self.get_sync(key).map(|entry| entry.get().clone())
    }

    fn set(&self, key: &str) {
        let _ = self.put_sync(key.to_owned(), key.into());
    }
}
