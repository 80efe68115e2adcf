//! Reads without a lock, with real threads: what is read lives, what is there is found, what was written is read, and all
//! is dropped once. Nothing here depends on who is faster; threads are bounded by counts.
//!
//! Which orders of events are possible at all is explored by `cacheout-core/tests/schedules_engine.rs`.
#![allow(
    dropping_copy_types,
    reason = "what an operation answers is not always of interest"
)]

use std::cell::RefCell;
use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use cacheout::{Cache, Clock, ManualClock, Policy};

use crate::concurrency::together;
use crate::model::Xorshift;

/// Policies whose reads take no lock.
const POLICIES: [Policy; 5] = [
    Policy::Fifo,
    Policy::Sieve,
    Policy::S3Fifo,
    Policy::TinyLfu,
    Policy::Lfu,
];

// -------------------------------------------------------------------------------------------------------- values

/// Which values are alive.
struct Lives {
    next: AtomicUsize,
    alive: Box<[AtomicBool]>,
}

impl Lives {
    fn new(most: usize) -> Self {
        let dead = |_| AtomicBool::new(false);
        Lives {
            next: AtomicUsize::new(0),
            alive: (0..most).map(dead).collect(),
        }
    }

    fn value(&self, content: u64) -> Value<'_> {
        let number = self.next.fetch_add(1, Relaxed);
        self.alive[number].store(true, Relaxed);
        Value {
            lives: self,
            number,
            content,
            seal: seal(number, content),
        }
    }

    fn count(&self) -> usize {
        self.alive.iter().filter(|alive| alive.load(SeqCst)).count()
    }
}

fn seal(number: usize, content: u64) -> u64 {
    (number as u64 ^ content).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// A value that knows whether it was dropped, whatever has become of its memory, and whether it is of one piece.
struct Value<'a> {
    lives: &'a Lives,
    number: usize,
    content: u64,
    seal: u64,
}

impl Value<'_> {
    fn check(&self) {
        let (number, content, sealed) = (self.number, self.content, self.seal);
        assert_eq!(sealed, seal(number, content), "a torn value is read");
        let is_alive = self.lives.alive[number].load(SeqCst);
        assert!(is_alive, "a value is read that was dropped");
    }

    /// Looks at it for a while.
    fn watch(&self, rounds: usize) -> u64 {
        let content = self.content;
        for _ in 0..rounds {
            self.check();
            assert_eq!(self.content, content, "a value changes while it is read");
            std::hint::spin_loop();
        }
        content
    }
}

impl Clone for Value<'_> {
    fn clone(&self) -> Self {
        let content = self.watch(2);
        self.lives.value(content)
    }
}

impl Drop for Value<'_> {
    fn drop(&mut self) {
        let was_alive = self.lives.alive[self.number].swap(false, SeqCst);
        assert!(was_alive, "a value is dropped twice");
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.content)
    }
}

/// Few hashes, so that the words of the index stand close together, and move.
#[derive(Clone, Copy, Default)]
struct Crowd(u64);

impl BuildHasher for Crowd {
    type Hasher = Crowd;

    fn build_hasher(&self) -> Crowd {
        Crowd(0)
    }
}

impl Hasher for Crowd {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = u64::from(bytes[0] % 3);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

// --------------------------------------------------------------------------------------------- what is read, lives

/// A value of `key`: which one, does not matter.
fn any_of(key: u32) -> u64 {
    u64::from(key) * 7
}

fn any_operation<'a, S: BuildHasher>(
    cache: &Cache<u32, Value<'a>, S>,
    lives: &'a Lives,
    random: &mut Xorshift,
) {
    let key = random.below(12) as u32;
    let check = |found: Option<Value<'a>>| {
        assert!(found.is_none_or(|found| found.watch(1) == any_of(key)));
    };
    let value = || lives.value(any_of(key));
    match random.below(32) {
        0..10 => check(cache.get(&key)),
        10..14 => check(cache.view(&key, |value| {
            value.watch(20);
            value.clone()
        })),
        14..22 => check(cache.set(key, value())),
        22..25 => check(cache.take(&key)),
        25..28 => check(Some(cache.get_or_set_with(&key, value))),
        28 => check(cache.update(&key, |old| old.or_else(|| Some(value())))),
        29 => check(cache.peek(&key)),
        30 => assert!(
            cache
                .pop_item()
                .is_none_or(|(key, found)| found.watch(1) == any_of(key))
        ),
        _ => cache.clear(),
    }
}

#[test]
fn what_is_read_lives_and_is_dropped_once() {
    for policy in POLICIES {
        for (shards, max_size) in [(1, 1), (1, 6), (4, 6)] {
            let lives = Lives::new(60_000);
            let builder = Cache::builder().policy(policy).hasher(Crowd::default());
            let cache = builder.shards(shards).max_size(max_size).build();
            together(4, |number| {
                let mut random = Xorshift::new(number as u64);
                for _ in 0..1_500 {
                    any_operation(&cache, &lives, &mut random);
                    assert!(cache.len() <= max_size);
                }
            });
            assert_eq!(cache.len(), cache.keys().len());
            drop(cache);
            assert_eq!(lives.count(), 0, "{policy}: values that were never dropped");
        }
    }
}

#[test]
fn texts_and_shared_values_are_read_while_they_are_replaced() {
    let text =
        |key: u32, round: u32| format!("{key} in round {round}, and some more to fill it up");
    let shared = Arc::new(());
    let texts: Cache<String, String> = Cache::new(16);
    let arcs: Cache<String, Arc<()>> = Cache::new(16);
    together(4, |number| {
        let mut random = Xorshift::new(number as u64);
        for round in 0..4_000 {
            let key = random.below(24) as u32;
            let name = key.to_string();
            if number % 2 == 0 {
                texts.set(name.clone(), text(key, round));
                arcs.set(name, Arc::clone(&shared));
            } else {
                let found = texts.get(&name);
                assert!(found.is_none_or(|found| found.starts_with(&format!("{key} in round "))));
                assert!(
                    arcs.get(&name)
                        .is_none_or(|found| Arc::ptr_eq(&found, &shared))
                );
            }
        }
    });
    assert_eq!((texts.len(), arcs.len()), (16, 16));
    drop(arcs);
    assert_eq!(Arc::strong_count(&shared), 1);
}

// ------------------------------------------------------------------------------------------- what is there, is found

#[test]
fn what_is_there_is_found_while_its_neighbours_come_and_go() {
    for policy in [Policy::Fifo, Policy::TinyLfu] {
        let builder = Cache::builder().max_size(0).policy(policy);
        let cache: Cache<u32, u64, _> = builder.hasher(Crowd::default()).build();
        (0..24).for_each(|key| drop(cache.set(key, 0)));
        together(4, |number| {
            let mut random = Xorshift::new(number as u64);
            for round in 0..4_000 {
                // even keys are there all the time
                let key = 2 * random.below(12) as u32;
                match number {
                    0 => drop(cache.set(key, round)),
                    1 if random.below(2) == 0 => drop(cache.delete(&(key + 1))),
                    1 => drop(cache.set(key + 1, round)),
                    2 => assert!(cache.get(&key).is_some(), "key {key} is missed"),
                    _ => assert!(cache.has(&key), "key {key} is missed"),
                }
            }
        });
    }
}

#[test]
fn what_was_put_in_is_found_while_the_index_grows() {
    const COUNT: usize = 100_000;
    let cache: Cache<usize, String> = Cache::builder().max_size(0).policy(Policy::Sieve).build();
    let written = AtomicUsize::new(0);
    together(3, |number| {
        if number == 0 {
            for key in 0..COUNT {
                cache.set(key, key.to_string());
                written.store(key + 1, SeqCst);
            }
            return;
        }
        let mut random = Xorshift::new(number as u64);
        loop {
            let count = written.load(SeqCst);
            if count == 0 {
                thread::yield_now();
                continue;
            }
            let key = random.below(count as u64) as usize;
            let is_it = cache.view(&key, |text| *text == key.to_string());
            assert_eq!(is_it, Some(true), "key {key} of {count}");
            if count == COUNT {
                return;
            }
        }
    });
    assert_eq!(cache.len(), COUNT);
    together(2, |number| match number {
        0 => cache.clear(),
        _ => assert!(
            (0..COUNT).all(|key| cache.get(&key).is_none_or(|text| text == key.to_string()))
        ),
    });
    assert!(cache.is_empty());
}

// ----------------------------------------------------------------------------------------- what was written, is read

#[test]
fn no_reader_goes_back() {
    const KEYS: u32 = 8;
    for policy in [Policy::Fifo, Policy::TinyLfu] {
        let builder = Cache::builder().max_size(0).policy(policy);
        let cache: Cache<u32, u64, _> = builder.hasher(Crowd::default()).build();
        let written: Vec<_> = (0..KEYS).map(|_| AtomicU64::new(0)).collect();
        (0..KEYS).for_each(|key| drop(cache.set(key, 0)));
        together(4, |number| {
            let mut random = Xorshift::new(number as u64);
            let mut last = [0; KEYS as usize];
            for round in 1..4_000 {
                if number == 0 {
                    let key = round as u32 % KEYS;
                    cache.set(key, round);
                    written[key as usize].store(round, SeqCst);
                } else if number == 1 {
                    // makes words move
                    cache.set(KEYS + round as u32 % 3, round);
                    cache.delete(&(KEYS + random.below(3) as u32));
                } else {
                    let key = random.below(KEYS.into()) as usize;
                    let least = written[key].load(SeqCst).max(last[key]);
                    last[key] = cache.get(&(key as u32)).expect("it is there all the time");
                    assert!(last[key] >= least, "{} after {least}", last[key]);
                }
            }
        });
    }
}

#[test]
fn nothing_is_read_after_its_end() {
    let clock = ManualClock::new();
    let cache: Cache<u32, u64> = Cache::builder()
        .max_size(8)
        .policy(Policy::Sieve)
        .clock(clock.clone())
        .build();
    together(4, |number| {
        let mut random = Xorshift::new(number as u64);
        for _ in 0..4_000 {
            let key = random.below(12) as u32;
            let now = clock.now().as_nanos() as u64;
            if number == 0 {
                // nobody else moves the time on: so the value knows its end
                let ttl = 1 + random.below(9);
                cache.set_with_ttl(key, now + ttl, Duration::from_nanos(ttl));
                clock.advance(Duration::from_nanos(random.below(3)));
            } else {
                let found = cache.get(&key);
                assert!(found.is_none_or(|end| end > now), "{found:?} at {now}");
            }
        }
    });
    clock.advance(Duration::from_nanos(10));
    assert!((0..12).all(|key| cache.get(&key).is_none()));
    cache.delete_expired();
    assert_eq!(cache.len(), 0);
}

// ------------------------------------------------------------------------------------------------ views and threads

/// All kinds of reads: those that take no lock unless they are disturbed, and those that begin under one. In the locked
/// engine a view holds the lock: it may not use its cache.
#[test]
fn views_may_change_the_cache_that_they_look_at() {
    let under_lock = [Policy::Lru, Policy::Mru];
    for policy in POLICIES.into_iter().chain(under_lock) {
        let lives = Lives::new(60_000);
        let cache = Cache::builder().max_size(4).policy(policy).build();
        let idle = Cache::builder().max_size(4).tti(Duration::from_mins(60));
        let other = idle.policy(policy).build();
        together(3, |number| {
            let mut random = Xorshift::new(number as u64);
            for _ in 0..400 {
                let key = random.below(4) as u32;
                cache.set(key, lives.value(any_of(key)));
                cache.view(&key, |value: &Value<'_>| {
                    cache.set(key, lives.value(any_of(key)));
                    cache.delete(&(random.below(4) as u32));
                    value.check();
                    drop(cache.get(&key));
                    if random.below(8) == 0 {
                        cache.clear();
                    }
                    other.set(key, lives.value(any_of(key)));
                    cache.view(&key, |inner| {
                        other.view(&key, |innermost: &Value<'_>| {
                            cache.set(key, lives.value(any_of(key)));
                            other.delete(&key);
                            innermost.watch(3);
                        });
                        inner.watch(3);
                    });
                    value.watch(3);
                });
            }
        });
        drop((cache, other));
        assert_eq!(lives.count(), 0, "{policy}");
    }
}

/// As above.
#[cfg(not(cacheout_locked_reads))]
#[test]
fn what_a_long_view_sees_stays_and_is_dropped_afterwards() {
    const WRITES: u32 = 5_000;
    for policy in POLICIES.into_iter().chain([Policy::Lru]) {
        let lives = Lives::new(20_000);
        let builder = Cache::builder().max_size(4).policy(policy);
        let cache = builder.shards(1).build();
        cache.set(0, lives.value(0));
        let (entered, written) = (std::sync::Barrier::new(2), std::sync::Barrier::new(2));
        thread::scope(|scope| {
            scope.spawn(|| {
                let seen = cache.view(&0, |value| {
                    entered.wait();
                    value.watch(1_000);
                    written.wait();
                    value.watch(1)
                });
                assert_eq!(seen, Some(0));
            });
            entered.wait();
            for n in 0..WRITES {
                cache.set(n % 9, lives.value(u64::from(n)));
            }
            assert!(lives.count() > WRITES as usize / 2, "they may be in use");
            written.wait();
        });
        // whoever writes next finds that the view is over
        for n in 0..100 {
            cache.set(n % 9, lives.value(u64::from(n)));
        }
        cache.delete(&0);
        assert_eq!(lives.count(), cache.len(), "{policy}");
        drop(cache);
        assert_eq!(lives.count(), 0);
    }
}

#[test]
fn a_read_that_panics_is_over() {
    struct Bad {
        _count: Arc<()>,
    }

    impl Clone for Bad {
        fn clone(&self) -> Self {
            panic!("no copies of this one");
        }
    }

    let count = Arc::new(());
    let cache = Cache::builder().max_size(4).policy(Policy::Fifo).build();
    assert!(cache.add(
        1,
        Bad {
            _count: Arc::clone(&count),
        }
    ));
    for _ in 0..3 {
        let read = catch_unwind(AssertUnwindSafe(|| drop(cache.get(&1))));
        assert!(read.is_err());
        let view = catch_unwind(AssertUnwindSafe(|| cache.view(&1, |bad| drop(bad.clone()))));
        assert!(view.is_err());
    }
    assert!(cache.delete(&1));
    assert_eq!(Arc::strong_count(&count), 1, "nobody reads it any more");
}

#[test]
fn threads_that_come_and_go_are_seen() {
    let lives = Lives::new(60_000);
    let cache = Cache::builder().max_size(3).policy(Policy::Fifo).build();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for wave in 0..40 {
                together(5, |number| {
                    let mut random = Xorshift::new(wave * 5 + number as u64);
                    for _ in 0..20 {
                        let key = random.below(6) as u32;
                        let found = cache.view(&key, |value: &Value<'_>| value.watch(5));
                        assert!(found.is_none_or(|found| found == any_of(key)));
                    }
                });
            }
            is_over.store(true, SeqCst);
        });
        let mut random = Xorshift::new(99);
        for _ in 0..20_000 {
            let key = random.below(6) as u32;
            cache.set(key, lives.value(any_of(key)));
            if is_over.load(SeqCst) {
                break;
            }
        }
    });
    drop(cache);
    assert_eq!(lives.count(), 0);
}

#[test]
fn destructors_of_threads_that_end_may_use_a_cache() {
    type Texts = Cache<u32, Arc<String>>;

    /// Uses a cache when its thread ends.
    struct Farewell(Texts);

    impl Drop for Farewell {
        fn drop(&mut self) {
            for key in 0..8 {
                drop(self.0.get(&key));
                self.0.view(&key, |text| assert!(text.starts_with("text")));
                self.0
                    .set(key, Arc::new(format!("text {key} of one that leaves")));
                assert!(self.0.get(&key).is_none_or(|text| text.starts_with("text")));
            }
        }
    }

    thread_local! {
        static EARLY: RefCell<Option<Farewell>> = const { RefCell::new(None) };
        static LATE: RefCell<Option<Farewell>> = const { RefCell::new(None) };
    }

    let cache: Texts = Cache::builder().max_size(6).policy(Policy::Fifo).build();
    cache.set(0, Arc::new("text".to_owned()));
    for _ in 0..20 {
        // one is made before the thread has read for the first time, and one after that: they end on both sides
        together(4, |number| {
            if number != 0 {
                EARLY.with(|it| *it.borrow_mut() = Some(Farewell(cache.clone())));
            }
            if number != 1 {
                for key in 0..8 {
                    drop(cache.get(&key));
                }
            }
            if number != 2 {
                LATE.with(|it| *it.borrow_mut() = Some(Farewell(cache.clone())));
            }
        });
    }
    assert_eq!(cache.len(), 6);
    let texts = cache.get_many(|_: &u32| true);
    cache.clear();
    cache.set(9, Arc::new("text".to_owned()));
    assert!(texts.iter().all(|(_, text)| Arc::strong_count(text) == 1));
}

/// A heavier value for a key has others leave. Those who read find one of the two meanwhile, even if it was the entry's own turn
/// to leave.
#[test]
fn a_key_is_there_while_its_value_becomes_heavier() {
    for policy in POLICIES {
        let builder = Cache::builder().max_size(0).shards(1).policy(policy);
        let cache = builder.max_weight(100).weigher(|_, &weight| weight).build();
        cache.set(1, 40);
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..2_000 {
                    cache.set_many([(2, 30), (3, 30)]);
                    cache.set(1, 60);
                    cache.set(1, 40);
                }
                is_over.store(true, SeqCst);
            });
            scope.spawn(|| {
                while !is_over.load(SeqCst) {
                    let weight = cache.peek(&1);
                    assert!(matches!(weight, Some(40 | 60)), "{weight:?}, {policy:?}");
                }
            });
        });
    }
}
