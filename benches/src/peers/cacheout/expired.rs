//! This crate, holding entries that have expired.

use std::time::Duration;

use cacheout::{Cache, ManualClock};

use crate::peers::{Peer, TTL};

/// So many of ten entries have a ttl that is over as soon as what was put off is done; the others have an hour.
struct PartlyExpired {
    cache: Cache<u64, u64>,
    clock: ManualClock,
    tenths: u64,
}

const SHORT: Duration = Duration::from_secs(1);

pub fn build(capacity: usize, tenths: u64) -> Box<dyn Peer> {
    let clock = ManualClock::new();
    let builder = Cache::<u64, u64>::builder().max_size(capacity).ttl(TTL);
    let cache = builder.clock(clock.clone()).build();
    Box::new(PartlyExpired {
        cache,
        clock,
        tenths,
    })
}

/// Whether a key is among so many of ten.
pub fn is_among_tenths(key: u64, tenths: u64) -> bool {
    key % 10 < tenths
}

impl Peer for PartlyExpired {
    #[inline]
    fn get(&self, key: u64) -> Option<u64> {
        self.cache.get(&key)
    }

    fn set(&self, key: u64) {
        if is_among_tenths(key, self.tenths) {
            self.cache.set_with_ttl(key, key, SHORT);
        } else {
            self.cache.set(key, key);
        }
    }

    fn len(&self) -> Option<usize> {
        Some(self.cache.len())
    }

    fn settle(&self) {
        self.clock.advance(2 * SHORT);
    }
}
