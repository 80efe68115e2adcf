//! moka: W-TinyLFU, with its policy's work in a log of reads and writes.

pub mod expiring;
pub mod put_off;

use std::sync::Arc;

use moka::sync::Cache;

use super::{Peer, TTL, Texts};

pub fn plain(capacity: usize) -> Box<dyn Peer> {
    Box::new(Cache::<u64, u64>::new(capacity as u64))
}

pub fn with_ttl(capacity: usize) -> Box<dyn Peer> {
    let builder = Cache::<u64, u64>::builder().max_capacity(capacity as u64);
    Box::new(builder.time_to_live(TTL).build())
}

pub fn texts(capacity: usize) -> Box<dyn Texts> {
    Box::new(Cache::<String, Arc<str>>::new(capacity as u64))
}

impl Peer for Cache<u64, u64> {
    #[inline(always)]
    fn get(&self, key: u64) -> Option<u64> {
        Cache::get(self, &key)
    }

    #[inline]
    fn set(&self, key: u64) {
        self.insert(key, key);
    }

    #[inline]
    fn get_or_set(&self, key: u64) -> bool {
        let mut is_hit = true;
        self.get_with(key, || {
            is_hit = false;
            key
        });
        is_hit
    }

    /// Empties the logs before they are full, and after each write.
    fn get_or_set_in_order(&self, keys: &[u64]) -> usize {
        let mut hits = 0;
        for (place, &key) in keys.iter().enumerate() {
            let is_hit = self.get_or_set(key);
            hits += usize::from(is_hit);
            if !is_hit || place.is_multiple_of(32) {
                self.run_pending_tasks();
            }
        }
        hits
    }

    fn len(&self) -> Option<usize> {
        usize::try_from(self.entry_count()).ok()
    }

    fn settle(&self) {
        self.run_pending_tasks();
    }
}

impl Texts for Cache<String, Arc<str>> {
    #[inline(always)]
    fn get(&self, key: &str) -> Option<Arc<str>> {
        Cache::get(self, key)
    }

    fn set(&self, key: &str) {
        self.insert(key.to_owned(), key.into());
    }

    fn settle(&self) {
        self.run_pending_tasks();
    }
}
