//! What is measured.

mod curve;
mod get_or_insert;
mod hit;
mod hit_small;
mod hit_text;
mod insert;
mod instructions;
mod latency;
mod memoized;
mod memory;
mod ratios;

pub use instructions::once;

use crate::measure::{Samples, Settings};
use crate::peers::{Contestant, Kind};
use crate::report::Row;

pub struct Job {
    pub name: &'static str,
    /// Whether it runs without being asked for.
    pub is_usual: bool,
    pub run: fn(Settings),
}

const fn usual(name: &'static str, run: fn(Settings)) -> Job {
    let is_usual = true;
    Job {
        name,
        is_usual,
        run,
    }
}

const fn extra(name: &'static str, run: fn(Settings)) -> Job {
    let is_usual = false;
    Job {
        name,
        is_usual,
        run,
    }
}

pub static ALL: [Job; 16] = [
    usual("hit", hit::plain),
    usual("hit-ttl", hit::with_ttl),
    usual("hit-128", hit_small::run),
    usual("hit-text", hit_text::run),
    usual("insert", insert::run),
    usual("get-or-insert", get_or_insert::by_own_method),
    usual("get-else-insert", get_or_insert::by_two_calls),
    usual("memoized", memoized::run),
    usual("memory", memory::plain),
    usual("memory-ttl", memory::with_ttl),
    extra("hit-8-threads", hit::eight_threads),
    extra("hit-million", hit::million),
    extra("curve", curve::run),
    extra("latency", latency::run),
    extra("instructions", instructions::run),
    extra("ratios", ratios::run),
];

/// The rows of a table, from what was measured of each contestant.
fn rows<P: ?Sized>(contestants: &[Contestant<P>], samples: Vec<Samples>) -> Vec<Row> {
    let rows = contestants.iter().zip(samples);
    rows.map(|(contestant, samples)| Row {
        name: contestant.name,
        is_peer: contestant.kind == Kind::Peer,
        samples,
    })
    .collect()
}
