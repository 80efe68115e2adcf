//! moka: W-TinyLFU, with its policy's work in a log of reads and writes.

use moka::sync::Cache;

use super::{Peer, TTL};

pub fn plain(capacity: usize) -> Box<dyn Peer> {
    Box::new(Cache::<u64, u64>::new(capacity as u64))
}

pub fn with_ttl(capacity: usize) -> Box<dyn Peer> {
    let builder = Cache::<u64, u64>::builder().max_capacity(capacity as u64);
    Box::new(builder.time_to_live(TTL).build())
}

impl Peer for Cache<u64, u64> {
    #[inline]
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

    fn len(&self) -> Option<usize> {
        usize::try_from(self.entry_count()).ok()
    }

    fn settle(&self) {
        self.run_pending_tasks();
    }
}
