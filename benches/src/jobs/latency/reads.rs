//! Single reads, each timed.

use std::hint::black_box;
use std::time::Instant;

use hdrhistogram::Histogram;

use crate::peers::Peer;

pub struct Reads {
    hit_nanos: Histogram<u64>,
    misses: usize,
}

impl Reads {
    pub fn new() -> Self {
        // three digits that count, up to a minute
        let hit_nanos = Histogram::new_with_bounds(1, 60_000_000_000, 3);
        Reads {
            hit_nanos: hit_nanos.expect("bounds that a histogram can have"),
            misses: 0,
        }
    }

    pub fn count(&self) -> usize {
        usize::try_from(self.hit_nanos.len()).unwrap_or(usize::MAX)
    }

    /// Reads once. What was not there is set again, in time that does not count.
    pub fn read<P: Peer + ?Sized>(&mut self, peer: &P, key: u64) {
        let start = Instant::now();
        let is_hit = black_box(peer.get(black_box(key))).is_some();
        let nanos = start.elapsed().as_nanos();
        if is_hit {
            let nanos = u64::try_from(nanos).unwrap_or(u64::MAX);
            self.hit_nanos.saturating_record(nanos);
        } else {
            self.misses += 1;
            peer.set(key);
        }
    }

    /// Percentiles of the hits in nanoseconds; misses in percent.
    pub fn figures(&self) -> Vec<f64> {
        let at = |part| self.hit_nanos.value_at_quantile(part) as f64;
        let all = self.count() + self.misses;
        let misses = 100.0 * self.misses as f64 / all as f64;
        vec![at(0.5), at(0.99), at(0.999), at(1.0), misses]
    }
}
