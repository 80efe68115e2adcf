//! What is counted: few operations, for valgrind takes fifty times as long.

use std::hint::black_box;

use super::counted_by_callgrind;
use crate::jobs::memoized::{self, Call};
use crate::measure::Named;
use crate::peers::{self, Contestant, Peer};
use crate::zipf::{self, Zipf};

/// How many operations are counted together.
pub const OPERATIONS: usize = 20_000;

const CAPACITY: usize = 10_000;

pub struct Piece {
    pub name: &'static str,
    /// Of the column.
    pub title: &'static str,
    /// Who takes part.
    pub names: fn() -> Vec<&'static str>,
    /// Does it, for one of them.
    pub run: fn(&str),
}

pub static PEERS: [Piece; 4] = [
    Piece {
        name: "hit",
        title: "hit",
        names: || names(&peers::plain()),
        run: |name| hit(&*build(&peers::plain(), name, 2 * CAPACITY)),
    },
    Piece {
        name: "hit-ttl",
        title: "hit with a ttl",
        names: || names(&peers::with_ttl()),
        run: |name| hit(&*build(&peers::with_ttl(), name, 2 * CAPACITY)),
    },
    Piece {
        name: "insert",
        title: "insert into a full cache",
        names: || names(&peers::bounded()),
        run: |name| insert(&*build(&peers::bounded(), name, CAPACITY)),
    },
    Piece {
        name: "get-or-insert",
        title: "get-or-insert",
        names: || names(&peers::bounded()),
        run: |name| get_or_insert(&*build(&peers::bounded(), name, CAPACITY)),
    },
];

pub static MEMOIZED: [Piece; 4] = [
    Piece {
        name: "memoized-unbounded",
        title: "unbounded",
        names: || names(&memoized::unbounded()),
        run: |name| call(&memoized::unbounded(), name),
    },
    Piece {
        name: "memoized-bounded",
        title: "at most 128",
        names: || names(&memoized::bounded()),
        run: |name| call(&memoized::bounded(), name),
    },
    Piece {
        name: "memoized-ttl",
        title: "unbounded with ttl",
        names: || names(&memoized::ttl()),
        run: |name| call(&memoized::ttl(), name),
    },
    Piece {
        name: "memoized-bounded-ttl",
        title: "at most 128 with ttl",
        names: || names(&memoized::bounded_ttl()),
        run: |name| call(&memoized::bounded_ttl(), name),
    },
];

fn names<C: Named>(contestants: &[C]) -> Vec<&'static str> {
    contestants.iter().map(Named::name).collect()
}

fn find<'c, C: Named>(contestants: &'c [C], name: &str) -> &'c C {
    let mut found = contestants.iter().filter(|c| c.name() == name);
    found.next().expect("it is among those that take part")
}

fn build(contestants: &[Contestant], name: &str, capacity: usize) -> Box<dyn Peer> {
    (find(contestants, name).build)(capacity)
}

fn hit(peer: &dyn Peer) {
    peer.set_all(&zipf::keys(0..CAPACITY));
    peer.settle();
    let asked = Zipf::new(CAPACITY, 0.99).sample(OPERATIONS, 1);
    peer.get_all(&asked);
    counted_by_callgrind(|| {
        peer.get_all(&asked);
    });
}

fn insert(peer: &dyn Peer) {
    let start = 2 * CAPACITY;
    peer.set_all(&zipf::keys(0..start));
    peer.settle();
    let new = zipf::keys(start..start + OPERATIONS);
    counted_by_callgrind(|| peer.set_all(&new));
}

fn get_or_insert(peer: &dyn Peer) {
    let zipf = Zipf::new(10 * CAPACITY, 0.99);
    black_box(peer.get_or_set_all(&zipf.sample(10 * CAPACITY, 99)));
    let asked = zipf.sample(OPERATIONS, 1);
    counted_by_callgrind(|| {
        black_box(peer.get_or_set_all(&asked));
    });
}

fn call(calls: &[Call], name: &str) {
    let call = find(calls, name);
    let arguments = memoized::arguments(OPERATIONS);
    call.run(&arguments);
    counted_by_callgrind(|| call.run(&arguments));
}
