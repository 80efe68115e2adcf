//! The one thing that no model checker sees: that the barriers which readers and writers rely on order what they are to
//! order, on this machine.
//!
//! A reader announces itself by a plain store, and looks at the index at once. A writer that takes an entry out looks for
//! announcements and, where it finds none, drops the value at once. Without the writer's barrier, in a release build, a
//! reader reads what was dropped several times in a million writes (on x86-64, whose processors put loads before stores).
//! Debug builds are too slow to notice.
#![cfg(not(shuttle))]
#![allow(missing_docs)]

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Acquire, Ordering::Release};
use std::thread;

use cacheout_core::{Cache, Policy};

const WRITES: u64 = if cfg!(debug_assertions) {
    100_000
} else {
    2_000_000
};

/// On a cache line of its own, so that it delays nobody who looks at another.
#[repr(align(128))]
struct Padded<T>(T);

/// A value that tells its number when it is dropped.
struct Numbered<'a>(u64, &'a AtomicU64);

impl Clone for Numbered<'_> {
    fn clone(&self) -> Self {
        Numbered(0, self.1)
    }
}

impl Drop for Numbered<'_> {
    fn drop(&mut self) {
        if self.0 != 0 {
            self.1.store(self.0, Release); // they are dropped in their order
        }
    }
}

#[test]
fn a_reader_is_seen_before_it_sees() {
    let (dropped, is_over) = (Padded(AtomicU64::new(0)), Padded(AtomicBool::new(false)));
    let cache = Cache::builder().policy(Policy::Fifo).max_size(1).build();
    cache.set(1, Numbered(1, &dropped.0));
    let start = Barrier::new(2);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            start.wait();
            let mut outdated = 0;
            while !is_over.0.load(Acquire) {
                let is_alive = cache.view(&1, |value| dropped.0.load(Acquire) < value.0);
                outdated += u32::from(is_alive != Some(true));
            }
            outdated
        });
        start.wait();
        for number in 2..WRITES {
            drop(cache.set(1, Numbered(number, &dropped.0)));
        }
        is_over.0.store(true, Release);
        assert_eq!(
            reader.join().unwrap(),
            0,
            "values were read that had been dropped"
        );
    });
}

/// Slots of what needs no drop are used again in batches, after a barrier that any shard issued. If nobody looked who reads, values
/// that are written where one is read would show. (A missing barrier would not: it takes microseconds until a slot is used again.)
#[test]
fn what_is_read_is_not_written_in_its_slot() {
    /// Long to copy, and of few to a batch.
    type Long = [u64; 256];

    let is_over = AtomicBool::new(false);
    let cache: Cache<u64, Long> = Cache::builder()
        .policy(Policy::Fifo)
        .max_size(2_000)
        .shards(16)
        .build();
    let write = |key: u64| {
        for number in 0..WRITES / 10 {
            cache.set(key, [number; 256]);
        }
    };
    let read = |keys: std::ops::Range<u64>| {
        let mut mixed = 0;
        while !is_over.load(Acquire) {
            for key in keys.clone() {
                let is_whole = cache.view(&key, |value| value.iter().all(|word| *word == value[0]));
                mixed += u32::from(is_whole == Some(false));
            }
        }
        mixed
    };
    thread::scope(|scope| {
        let readers = [scope.spawn(|| read(0..1)), scope.spawn(|| read(0..3))];
        let writers = [1, 2].map(|key| scope.spawn(move || write(key)));
        write(0);
        for writer in writers {
            writer.join().unwrap();
        }
        is_over.store(true, Release);
        let mixed = readers.map(|reader| reader.join().unwrap());
        assert_eq!(
            mixed,
            [0, 0],
            "values were read while others were written there"
        );
    });
}
