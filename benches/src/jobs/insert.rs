//! Setting keys that were never there, in a cache that is full: every time one entry leaves.

use crate::alloc::allocations_each;
use crate::measure::{Settings, nanos_each, rounds};
use crate::peers::{self, Contestant, REFERENCE};
use crate::report::{Column, Table};
use crate::zipf;

const CAPACITY: usize = 10_000;

pub fn run(settings: Settings) {
    let keys = Keys::new(settings.operations);
    let mut contestants = peers::bounded();
    contestants.extend(peers::simpler());
    let samples = rounds(settings, &contestants, |contestant| {
        measure(contestant, &keys)
    });
    let table = Table {
        title: "Insert of a new key into a full cache of 10,000".to_owned(),
        columns: vec![
            Column::Time("1 thread, ns"),
            Column::Time("2 threads, ns"),
            Column::Plain("allocations", 2),
        ],
        reference: REFERENCE,
        rows: super::rows(&contestants, samples),
    };
    table.print();
}

struct Keys {
    /// Enough to fill the cache twice.
    first: Vec<u64>,
    alone: Vec<u64>,
    together: [Vec<u64>; 2],
}

impl Keys {
    fn new(operations: usize) -> Self {
        let start = 2 * CAPACITY;
        let part =
            |number| zipf::keys(start + number * operations..start + (number + 1) * operations);
        Keys {
            first: zipf::keys(0..start),
            alone: part(0),
            together: [part(1), part(2)],
        }
    }
}

fn measure(contestant: &Contestant, keys: &Keys) -> Vec<f64> {
    let peer = (contestant.build)(CAPACITY);
    peer.set_all(&keys.first);
    peer.settle();
    let mut alone = 0.0;
    let allocations = allocations_each(keys.alone.len(), || {
        alone = nanos_each(1, keys.alone.len(), &|_| peer.set_all(&keys.alone));
    });
    let together = nanos_each(2, keys.alone.len(), &|thread| {
        peer.set_all(&keys.together[thread]);
    });
    vec![alone, together, allocations]
}
