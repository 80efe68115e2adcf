//! Hits, also among entries that have expired and were not removed yet.

use crate::measure::{Named, Settings, nanos_each};
use crate::peers::{Peer, expired};
use crate::zipf::{self, Zipf};

/// A cache some of whose entries expire at one moment, before anything is measured.
struct Contestant {
    name: &'static str,
    /// How many of ten entries have expired; only the others are read.
    expired_tenths: u64,
    build: fn(usize) -> Box<dyn Peer>,
}

impl Named for Contestant {
    fn name(&self) -> &'static str {
        self.name
    }
}

fn contestants() -> Vec<Contestant> {
    let plain = super::contestants().into_iter().map(|plain| Contestant {
        name: plain.name,
        expired_tenths: 0,
        build: plain.build,
    });
    let with_ttl = [
        Contestant {
            name: "cacheout with ttl",
            expired_tenths: 0,
            build: |capacity| expired::build(capacity, 0),
        },
        Contestant {
            name: "10 % expired",
            expired_tenths: 1,
            build: |capacity| expired::build(capacity, 1),
        },
        Contestant {
            name: "50 % expired",
            expired_tenths: 5,
            build: |capacity| expired::build(capacity, 5),
        },
    ];
    plain.chain(with_ttl).collect()
}

pub fn run(settings: Settings) {
    let title = "Hit over the number of entries: Zipf 0.99 over those that have not expired";
    let contestants = contestants();
    super::compare(
        title,
        settings,
        &contestants,
        |capacity| Load::new(capacity, settings.operations),
        |contestant, capacity, load| load.measure(contestant, capacity),
    );
}

struct Load {
    all: Vec<u64>,
    asked: Vec<Asked>,
}

/// What is asked for where so many tenths have expired.
struct Asked {
    expired_tenths: u64,
    /// Before the time is taken. Other draws than those that count, lest these come from nearer than they should.
    warm: Vec<u64>,
    timed: Vec<u64>,
}

impl Load {
    fn new(capacity: usize, operations: usize) -> Self {
        let all = zipf::keys(0..capacity);
        let asked = [0, 1, 5].map(|expired_tenths| Asked::new(&all, expired_tenths, operations));
        let asked = asked.into();
        Load { all, asked }
    }

    fn measure(&self, contestant: &Contestant, capacity: usize) -> f64 {
        // twice the room, so that nobody evicts because a shard of its own is full
        let peer = (contestant.build)(2 * capacity);
        peer.set_all(&self.all);
        peer.settle();
        let asked = self.asked.iter();
        let mut asked = asked.filter(|asked| asked.expired_tenths == contestant.expired_tenths);
        let asked = asked.next().expect("there are draws for all");
        let found = peer.count(&asked.warm);
        let missed = asked.warm.len() - found;
        assert!(1000 * missed < found, "{} missed {missed}", contestant.name);
        nanos_each(1, asked.timed.len(), &|_| {
            peer.get_all(&asked.timed);
        })
    }
}

impl Asked {
    fn new(all: &[u64], expired_tenths: u64, operations: usize) -> Self {
        let lives = |key: &u64| !expired::is_among_tenths(*key, expired_tenths);
        let live: Vec<u64> = all.iter().copied().filter(lives).collect();
        let zipf = Zipf::new(live.len(), 0.99);
        let draw = |seed| zipf.ranks(operations, seed).map(|rank| live[rank]);
        Asked {
            expired_tenths,
            warm: draw(1).collect(),
            timed: draw(2).collect(),
        }
    }
}
