//! Reading, and computing what is not there: the policy decides how often.

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::alloc::allocations_each;
use crate::measure::{Settings, nanos_each, rounds};
use crate::peers::{self, Contestant, Peer, REFERENCE};
use crate::report::{Column, Table};
use crate::zipf::Zipf;

const CAPACITY: usize = 100_000;
const KEYS: usize = 1_000_000;

/// Reads or computes all keys; answers how many were hits.
type Batch = fn(&dyn Peer, &[u64]) -> usize;

pub fn by_own_method(settings: Settings) {
    let title = "By the peer's own get-or-insert (two calls where it has none)";
    run(settings, title, |peer, keys| peer.get_or_set_all(keys));
}

pub fn by_two_calls(settings: Settings) {
    let title = "By `get`, then `insert`";
    run(settings, title, |peer, keys| peer.get_else_set_all(keys));
}

fn run(settings: Settings, title: &str, batch: Batch) {
    let zipf = Zipf::new(KEYS, 0.99);
    let load = Load {
        warm: zipf.sample(20 * CAPACITY, 99),
        asked: zipf.sample_each(3, settings.operations),
        batch,
    };
    let contestants = peers::bounded();
    let settings = settings.fewer_rounds(3);
    let samples = rounds(settings, &contestants, |contestant| {
        load.measure(contestant)
    });
    let table = Table {
        title: format!("{title}: capacity 100,000 of 1,000,000 keys, Zipf 0.99"),
        columns: vec![
            Column::Time("1 thread, ns"),
            Column::Time("2 threads, ns"),
            Column::Plain("allocations", 2),
            Column::Plain("hits, %", 1),
            Column::Plain("entries", 0),
        ],
        reference: REFERENCE,
        rows: super::rows(&contestants, samples),
    };
    table.print();
}

struct Load {
    /// Long enough that the policies have settled.
    warm: Vec<u64>,
    /// For the thread that runs alone, and for the two that run together.
    asked: Vec<Vec<u64>>,
    batch: Batch,
}

impl Load {
    fn measure(&self, contestant: &Contestant) -> Vec<f64> {
        let peer = (contestant.build)(CAPACITY);
        black_box((self.batch)(&*peer, &self.warm));
        let hits = AtomicUsize::new(0);
        let run = |part: usize| {
            let found = (self.batch)(&*peer, &self.asked[part]);
            hits.fetch_add(found, Ordering::Relaxed);
        };
        let operations = self.asked[0].len();
        let mut alone = 0.0;
        let allocations = allocations_each(operations, || {
            alone = nanos_each(1, operations, &|_| run(0));
        });
        let together = nanos_each(2, operations, &|thread| run(1 + thread));
        peer.settle();
        let hits = hits.into_inner() as f64 / (3 * operations) as f64;
        let mut measured = vec![alone, together, allocations, 100.0 * hits];
        measured.extend(peer.len().map(|len| len as f64));
        measured
    }
}
