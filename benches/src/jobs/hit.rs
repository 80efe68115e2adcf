//! Reading what is there.

use std::time::Duration;

use crate::alloc;
use crate::measure::{Settings, nanos_each, rounds};
use crate::peers::{self, CACHED_WITH_TTL, Contestant, REFERENCE};
use crate::report::{Column, Table};
use crate::zipf::{self, Zipf};

/// What is read, and by whom.
struct Hit {
    title: &'static str,
    entries: usize,
    /// Of the Zipf distribution that keys are drawn by; 0 draws all alike.
    exponent: f64,
    threads: &'static [(usize, &'static str)],
    contestants: Vec<Contestant>,
    reference: &'static str,
}

const ONE_AND_TWO: &[(usize, &str)] = &[(1, "1 thread, ns"), (2, "2 threads, ns")];

pub fn plain(settings: Settings) {
    let hit = Hit {
        title: "Hit: 10,000 entries, Zipf 0.99",
        entries: 10_000,
        exponent: 0.99,
        threads: ONE_AND_TWO,
        contestants: peers::plain(),
        reference: REFERENCE,
    };
    hit.run(settings);
}

pub fn with_ttl(settings: Settings) {
    let hit = Hit {
        title: "Hit, every entry with a ttl of an hour: 10,000 entries, Zipf 0.99",
        entries: 10_000,
        exponent: 0.99,
        threads: ONE_AND_TWO,
        contestants: peers::with_ttl(),
        reference: CACHED_WITH_TTL,
    };
    hit.run(settings);
}

pub fn eight_threads(settings: Settings) {
    let hit = Hit {
        title: "Hit, 8 threads: 10,000 entries, Zipf 0.99",
        entries: 10_000,
        exponent: 0.99,
        threads: &[(8, "8 threads, ns")],
        contestants: peers::plain(),
        reference: REFERENCE,
    };
    let settings = settings.fewer_rounds(2);
    // eight threads on fewer cores wait for each other: that is what is measured
    hit.run(Settings {
        patience: Duration::ZERO,
        ..settings
    });
}

pub fn million(settings: Settings) {
    let settings = settings.fewer_rounds(3);
    let hit = |title, exponent| Hit {
        title,
        entries: 1_000_000,
        exponent,
        threads: ONE_AND_TWO,
        contestants: peers::plain(),
        reference: REFERENCE,
    };
    hit("Hit: 1,000,000 entries, Zipf 0.99", 0.99).run(settings);
    hit("Hit: 1,000,000 entries, uniform", 0.0).run(settings);
}

impl Hit {
    fn run(self, settings: Settings) {
        let most = self.threads.iter().map(|threads| threads.0).max();
        let zipf = Zipf::new(self.entries, self.exponent);
        let asked = zipf.sample_each(most.unwrap_or(1), settings.operations);
        let present = zipf::keys(0..self.entries);
        let samples = rounds(settings, &self.contestants, |contestant| {
            self.measure(contestant, &present, &asked)
        });
        let mut columns: Vec<_> = self.threads.iter().map(|t| Column::Time(t.1)).collect();
        columns.push(Column::Plain("allocations", 2));
        let table = Table {
            title: self.title.to_owned(),
            columns,
            reference: self.reference,
            rows: super::rows(&self.contestants, samples),
        };
        table.print();
    }

    fn measure(&self, contestant: &Contestant, present: &[u64], asked: &[Vec<u64>]) -> Vec<f64> {
        // Twice the room, so that nobody evicts because a shard of its own is full.
        let peer = (contestant.build)(2 * self.entries);
        peer.set_all(present);
        peer.settle();
        let missed = present.len() - peer.count(present);
        assert!(
            1000 * missed < present.len(),
            "{} missed {missed}",
            contestant.name
        );
        // the last part is asked for last: nothing of the first is nearer than it should be, where entries are many
        peer.get_all(&asked[asked.len() - 1]);
        let time = |&(threads, _)| {
            nanos_each(threads, asked[0].len(), &|thread| {
                peer.get_all(&asked[thread]);
            })
        };
        let mut measured: Vec<f64> = self.threads.iter().map(time).collect();
        measured.push(alloc::allocations_each(asked[0].len(), || {
            peer.get_all(&asked[0]);
        }));
        measured
    }
}
