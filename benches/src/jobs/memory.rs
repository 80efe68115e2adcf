//! Bytes for an entry.

use crate::alloc;
use crate::measure::{Settings, rounds};
use crate::peers::{self, CACHED_WITH_TTL, Contestant, REFERENCE};
use crate::report::{Column, Table};
use crate::zipf;

const ENTRIES: usize = 1_000_000;

pub fn plain(settings: Settings) {
    run(settings, "", &peers::plain(), REFERENCE);
}

pub fn with_ttl(settings: Settings) {
    run(
        settings,
        ", with a ttl",
        &peers::with_ttl(),
        CACHED_WITH_TTL,
    );
}

fn run(settings: Settings, with: &str, contestants: &[Contestant], reference: &'static str) {
    let keys = zipf::keys(0..ENTRIES);
    let once = Settings {
        rounds: 1,
        ..settings
    };
    let samples = rounds(once, contestants, |contestant| measure(contestant, &keys));
    let table = Table {
        title: format!("Memory: u64 → u64, 1,000,000 set in a cache of that capacity{with}"),
        columns: vec![
            Column::Plain("bytes an entry", 1),
            Column::Plain("entries", 0),
        ],
        reference,
        rows: super::rows(contestants, samples),
    };
    table.print();
}

/// Bytes that are live after the fill, for each entry that is there (or was set, where the peer does not say).
fn measure(contestant: &Contestant, keys: &[u64]) -> Vec<f64> {
    let before = alloc::live_bytes();
    let peer = (contestant.build)(ENTRIES);
    peer.set_all(keys);
    peer.settle();
    let bytes = (alloc::live_bytes() - before) as f64;
    let entries = peer.len();
    let mut measured = vec![bytes / entries.unwrap_or(ENTRIES) as f64];
    measured.extend(entries.map(|entries| entries as f64));
    measured
}
