//! The other thread inserts new keys into a full cache, as fast as it can: every time one entry leaves.

use super::{HOT, Load};
use crate::measure::{Settings, rounds};
use crate::peers::{self, Contestant, REFERENCE};
use crate::report::Table;
use crate::zipf;

const CAPACITY: usize = 100_000;

pub fn run(settings: Settings) {
    let start = HOT + 2 * CAPACITY;
    let load = Load::new(start, 3 * settings.operations);
    let cold = zipf::keys(HOT..start);
    let mut contestants = peers::bounded();
    contestants.push(peers::nothing());
    let samples = rounds(settings.fewer_rounds(3), &contestants, |contestant| {
        measure(contestant, &load, &cold)
    });
    let table = Table {
        title: "Latency of a hit while another thread inserts into the full cache of 100,000"
            .to_owned(),
        columns: super::columns(),
        reference: REFERENCE,
        rows: crate::jobs::rows(&contestants, samples),
    };
    table.print();
}

fn measure(contestant: &Contestant, load: &Load, cold: &[u64]) -> Vec<f64> {
    let peer = (contestant.build)(CAPACITY);
    peer.set_all(cold);
    peer.set_all(&load.hot);
    peer.settle();
    load.measure(&*peer)
}
