//! moka, where every entry has a time of its own to expire.

use std::time::{Duration, Instant};

use moka::Expiry;
use moka::sync::Cache;

use crate::peers::{Expiring, Peer, TTL};

/// The value is how long the entry lives.
struct ByValue(Cache<u64, Duration>);

struct Life;

impl Expiry<u64, Duration> for Life {
    fn expire_after_create(&self, _: &u64, life: &Duration, _: Instant) -> Option<Duration> {
        Some(*life)
    }
}

pub fn build(capacity: usize) -> Box<dyn Expiring> {
    let builder = Cache::builder().max_capacity(capacity as u64);
    Box::new(ByValue(builder.expire_after(Life).build()))
}

impl Peer for ByValue {
    #[inline]
    fn get(&self, key: u64) -> Option<u64> {
        self.0.get(&key).map(|_| key)
    }

    #[inline]
    fn set(&self, key: u64) {
        self.0.insert(key, TTL);
    }

    fn len(&self) -> Option<usize> {
        usize::try_from(self.0.entry_count()).ok()
    }

    fn settle(&self) {
        self.0.run_pending_tasks();
    }
}

impl Expiring for ByValue {
    fn set_until(&self, key: u64, expiry: Instant) {
        let life = expiry.saturating_duration_since(Instant::now());
        self.0.insert(key, life);
    }
}
