//! A million entries expire at one moment; the other thread inserts, which for some removes what has expired.

use std::time::{Duration, Instant};

use super::{HOT, Load};
use crate::measure::{Settings, rounds};
use crate::peers::{self, Expiring, REFERENCE};
use crate::report::Table;
use crate::zipf;

const EXPIRING: usize = 1_000_000;

pub fn run(settings: Settings) {
    let start = HOT + EXPIRING;
    let inserts = 2 * settings.operations;
    let load = Load::new(start, inserts);
    let short_lived = zipf::keys(HOT..start);
    let contestants = peers::expiring();
    let samples = rounds(settings.fewer_rounds(3), &contestants, |contestant| {
        // room for all: nothing is evicted
        let peer = (contestant.build)(2 * (start + inserts));
        fill(&*peer, &load.hot, &short_lived);
        load.measure(&*peer)
    });
    let table = Table {
        title: "Latency of a hit after 1,000,000 other entries expired at one moment, while \
                another thread inserts"
            .to_owned(),
        columns: super::columns(),
        reference: REFERENCE,
        rows: crate::jobs::rows(&contestants, samples),
    };
    table.print();
}

/// Sets all, and comes back just when the short-lived expire.
fn fill(peer: &dyn Expiring, hot: &[u64], short_lived: &[u64]) {
    let mut life = Duration::from_secs(1);
    loop {
        let expiry = Instant::now() + life;
        for &key in short_lived {
            peer.set_until(key, expiry);
        }
        peer.set_all(hot);
        peer.settle();
        let left = expiry.saturating_duration_since(Instant::now());
        if !left.is_zero() {
            std::thread::sleep(left);
            return;
        }
        // it took longer than they live
        life *= 2;
    }
}
