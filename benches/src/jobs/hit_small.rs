//! Reading from a cache as small as a memoized function's, and full.

use crate::measure::{Settings, nanos_each, rounds};
use crate::peers::{self, Contestant, REFERENCE};
use crate::report::{Column, Table};
use crate::zipf::{self, Zipf};

const CAPACITY: usize = 128;

pub fn run(settings: Settings) {
    let zipf = Zipf::new(CAPACITY, 0.99);
    let part = |seed| zipf.ranks(settings.operations, seed).collect();
    let ranks: [Vec<usize>; 3] = [part(1), part(2), part(3)];
    let contestants = peers::plain();
    let samples = rounds(settings, &contestants, |contestant| {
        measure(contestant, &ranks)
    });
    let table = Table {
        title: "Hit in a full cache of 128: Zipf 0.99".to_owned(),
        columns: vec![
            Column::Time("1 thread, ns"),
            Column::Time("2 threads, ns"),
            Column::Plain("throughput of 2 threads × that of 1", 2),
            Column::Plain("entries", 0),
        ],
        reference: REFERENCE,
        rows: super::rows(&contestants, samples),
    };
    table.print();
}

fn measure(contestant: &Contestant, ranks: &[Vec<usize>; 3]) -> Vec<f64> {
    let peer = (contestant.build)(CAPACITY);
    peer.set_all(&zipf::keys(0..CAPACITY));
    peer.settle();
    // some hold less than they were built for: a shard of theirs is full before
    let mut present = zipf::keys(0..CAPACITY);
    present.retain(|&key| peer.get(key).is_some());
    let keys = |ranks: &Vec<usize>| -> Vec<u64> {
        let keys = ranks.iter().map(|rank| present[rank % present.len()]);
        keys.collect()
    };
    let asked: Vec<_> = ranks.iter().map(keys).collect();
    let operations = asked[0].len();
    let all_are_there = || {
        let found: usize = asked.iter().map(|keys| peer.count(keys)).sum();
        assert_eq!(found, 3 * operations, "{} missed", contestant.name);
    };
    all_are_there();
    let alone = nanos_each(1, operations, &|_| peer.get_all(&asked[0]));
    let together = nanos_each(2, operations, &|thread| peer.get_all(&asked[1 + thread]));
    all_are_there();
    vec![alone, together, alone / together, present.len() as f64]
}
