//! Slots that are used again, under every schedule that the model checker finds; see `schedules`.
//!
//! Values need no drop: so slots are given up in batches, which wait for a barrier that any shard may issue. A value is a pair of the
//! same number twice. Whoever reads one while another is written there, reads two numbers.
#![cfg(shuttle)]
#![allow(missing_docs)]

use std::hash::{BuildHasher, Hasher};

use cacheout_core::{Cache, Policy};
use shuttle::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use shuttle::thread;

#[derive(Debug)]
struct Pair(usize, usize);

impl Pair {
    fn of(number: usize) -> Self {
        Pair(number, number)
    }
}

impl Clone for Pair {
    fn clone(&self) -> Self {
        let first = self.0;
        AtomicUsize::new(0).load(SeqCst); // lets others go on
        assert_eq!(self.1, first, "a slot is used again while it is read");
        Pair(first, first)
    }
}

/// A hash that is the key, in all of its bytes, so that it tells shards apart.
#[derive(Clone, Copy, Default)]
struct Plain(u64);

impl BuildHasher for Plain {
    type Hasher = Plain;

    fn build_hasher(&self) -> Plain {
        Plain(0)
    }
}

impl Hasher for Plain {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.wrapping_mul(0x0101_0101_0101_0101)
                ^ u64::from(*byte).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

type Tested = Cache<u8, Pair, Plain>;

fn explore(test: fn(Policy)) {
    for policy in [Policy::Fifo, Policy::Adaptive] {
        shuttle::check_random(move || test(policy), 1_000);
        shuttle::check_pct(move || test(policy), 1_000, 3);
    }
}

fn cache(policy: Policy, shards: usize, max_size: usize) -> Tested {
    let cache = Cache::builder().policy(policy).hasher(Plain(0));
    cache.shards(shards).max_size(max_size).build()
}

fn run(cache: &Tested, tasks: &[fn(&Tested)]) {
    let start = |task: &fn(&Tested)| {
        let (cache, task) = (cache.clone(), *task);
        thread::spawn(move || task(&cache))
    };
    let threads: Vec<_> = tasks.iter().map(start).collect();
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
}

/// Reads each key, which is there or not: what is found is its own.
fn read(cache: &Tested) {
    for key in [1, 2, 1] {
        let found = cache.get(&key);
        assert!(found.is_none_or(|pair| pair.0 / 100 == usize::from(key)));
    }
}

fn replace(cache: &Tested, key: u8) {
    (0..4).for_each(|number| _ = cache.set(key, Pair::of(usize::from(key) * 100 + number)));
}

#[test]
fn replaced_slots_of_two_shards() {
    explore(|policy| {
        let cache = cache(policy, 2, 2_000);
        replace(&cache, 1);
        run(
            &cache,
            &[read, |cache| replace(cache, 1), |cache| replace(cache, 2)],
        );
    });
}

#[test]
fn slots_of_what_is_evicted() {
    explore(|policy| {
        let cache = cache(policy, 1, 1);
        let write = |cache: &Tested| [1, 2].into_iter().for_each(|key| replace(cache, key));
        run(&cache, &[read, read, write]);
    });
}

/// What is given up at once, and what by and by, comes to the same.
#[test]
fn slots_of_what_is_replaced_and_cleared() {
    explore(|policy| {
        let cache = cache(policy, 1, 10);
        replace(&cache, 1);
        let write = |cache: &Tested| {
            replace(cache, 1);
            cache.clear();
            replace(cache, 2);
        };
        run(&cache, &[read, read, write]);
    });
}
