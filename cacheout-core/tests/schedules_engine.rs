//! Reads without a lock, under every schedule that the model checker finds; see `schedules`.
//!
//! Values are numbered, and a list knows which of them are alive. What was dropped, and is read all the same, is dead by
//! that list, whatever has become of its memory. All keys have the same hash, so that their words stand one behind the
//! other in the index, and move when one of them leaves.
#![cfg(shuttle)]
#![allow(missing_docs)]

use std::cell::RefCell;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use cacheout_core::{Cache, CacheBuilder, Policy};
use shuttle::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use shuttle::thread;

/// Policies whose reads take no lock.
const POLICIES: [Policy; 4] = [
    Policy::Fifo,
    Policy::Sieve,
    Policy::TinyLfu,
    Policy::Adaptive,
];

/// Those, and one whose reads begin under the lock.
const ALL_KINDS: [Policy; 5] = [
    Policy::Fifo,
    Policy::Sieve,
    Policy::TinyLfu,
    Policy::Adaptive,
    Policy::Lru,
];

/// How many schedules of each kind, under each policy.
const EACH: usize = 500;

/// Explores schedules of `test` under each policy; afterwards nothing may be alive.
fn explore(test: impl Fn(Policy) + Send + Sync + Copy + 'static) {
    explore_under(&POLICIES, test);
}

/// As above, under these policies.
fn explore_under(policies: &[Policy], test: impl Fn(Policy) + Send + Sync + Copy + 'static) {
    for &policy in policies {
        let run = move || complete(test, policy);
        shuttle::check_random(run, EACH);
        shuttle::check_pct(run, EACH, 3);
    }
}

/// In more schedules, for what shows only if two threads take turns at two certain steps: some find that once in 10,000.
fn explore_long(policy: Policy, test: impl Fn(Policy) + Send + Sync + Copy + 'static) {
    shuttle::check_pct(move || complete(test, policy), 40 * EACH, 3);
}

/// Runs a test, after which all values are dropped.
fn complete(test: impl Fn(Policy), policy: Policy) {
    ALIVE.with_borrow_mut(Vec::clear);
    test(policy);
    let left = ALIVE.with_borrow(|alive| alive.iter().filter(|&&alive| alive).count());
    assert_eq!(left, 0, "values that were never dropped");
}

// ------------------------------------------------------------------------------------------------------- values

// one thread of the machine runs all threads of a schedule
std::thread_local! {
    static ALIVE: RefCell<Vec<bool>> = const { RefCell::new(Vec::new()) };
}

/// A value that knows whether it was dropped.
#[derive(Debug)]
struct Value {
    number: usize,
    content: usize,
}

impl Value {
    fn new(content: usize) -> Self {
        let number = ALIVE.with_borrow_mut(|alive| {
            alive.push(true);
            alive.len() - 1
        });
        Value { number, content }
    }

    fn check(&self) {
        let is_alive = ALIVE.with_borrow(|alive| alive.get(self.number) == Some(&true));
        assert!(is_alive, "a value is read that was dropped: {self:?}");
    }
}

impl Clone for Value {
    fn clone(&self) -> Self {
        self.check();
        let content = self.content;
        pause();
        self.check();
        assert_eq!(self.content, content, "a value changed while it was read");
        Value::new(content)
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        let was_alive =
            ALIVE.with_borrow_mut(|alive| std::mem::replace(&mut alive[self.number], false));
        assert!(was_alive, "a value was dropped twice: {self:?}");
    }
}

/// Lets others go on.
fn pause() {
    AtomicUsize::new(0).load(SeqCst);
}

// -------------------------------------------------------------------------------------------------------- caches

#[derive(Clone, Copy)]
struct Same;

impl BuildHasher for Same {
    type Hasher = Same;

    fn build_hasher(&self) -> Same {
        Same
    }
}

impl Hasher for Same {
    fn write(&mut self, _: &[u8]) {}

    fn finish(&self) -> u64 {
        1
    }
}

type Tested = Cache<u8, Value, Same>;

fn builder(policy: Policy) -> CacheBuilder<u8, Value, Same> {
    Cache::builder().policy(policy).hasher(Same)
}

fn cache(max_size: usize, policy: Policy) -> Tested {
    builder(policy).max_size(max_size).build()
}

fn content(cache: &Tested, key: u8) -> Option<usize> {
    cache.get(&key).map(|value| value.content)
}

fn set(cache: &Tested, key: u8, content: usize) {
    drop(cache.set(key, Value::new(content)));
}

/// Runs tasks at once, each with the cache.
fn run<const N: usize>(cache: &Tested, tasks: [fn(&Tested); N]) {
    let start = |task: fn(&Tested)| {
        let cache = cache.clone();
        thread::spawn(move || task(&cache))
    };
    let threads = tasks.map(start);
    for thread in threads {
        thread.join().unwrap();
    }
}

// --------------------------------------------------------------------------------------------- what is read, lives

fn read_twice(cache: &Tested) {
    for _ in 0..2 {
        let found = content(cache, 1);
        assert!(found.is_none_or(|found| found / 10 == 1), "{found:?}");
    }
}

#[test]
fn a_reader_and_replacements() {
    explore(|policy| {
        let cache = cache(2, policy);
        set(&cache, 1, 10);
        let replace = |cache: &Tested| {
            set(cache, 1, 11);
            set(cache, 1, 12);
        };
        run(&cache, [read_twice, replace]);
        assert_eq!(content(&cache, 1), Some(12));
    });
}

#[test]
fn a_reader_and_removals() {
    explore(|policy| {
        let cache = cache(2, policy);
        set(&cache, 1, 10);
        let remove = |cache: &Tested| {
            assert!(cache.delete(&1));
            set(cache, 1, 11);
            assert_eq!(cache.take(&1).map(|value| value.content), Some(11));
            set(cache, 2, 20);
        };
        run(&cache, [read_twice, remove]);
        assert_eq!((content(&cache, 1), cache.len()), (None, 1));
    });
}

#[test]
fn a_reader_and_evictions() {
    explore(|policy| {
        let cache = cache(1, policy);
        set(&cache, 1, 10);
        let evict = |cache: &Tested| {
            for key in [2, 1, 3] {
                set(cache, key, usize::from(key) * 10);
                assert_eq!(cache.len(), 1);
            }
        };
        run(&cache, [read_twice, evict]);
        assert_eq!(cache.len(), 1);
    });
}

#[test]
fn readers_and_two_writers_keep_the_bound() {
    explore(|policy| {
        let cache = cache(2, policy);
        let write = |cache: &Tested| {
            for key in [1, 2, 3] {
                set(cache, key, usize::from(key) * 10);
                assert!(cache.len() <= 2);
            }
        };
        run(&cache, [read_twice, write, write]);
        assert_eq!(cache.len(), 2);
    });
}

#[test]
fn a_reader_and_a_clear() {
    explore(|policy| {
        let cache = cache(2, policy);
        set(&cache, 1, 10);
        set(&cache, 2, 20);
        let clear = |cache: &Tested| {
            cache.clear();
            set(cache, 1, 11);
            cache.clear();
        };
        run(&cache, [read_twice, clear]);
        assert!(cache.is_empty());
    });
}

#[test]
fn a_reader_and_a_cache_that_is_configured() {
    explore(|policy| {
        let cache = cache(4, policy);
        (1..4).for_each(|key| set(&cache, key, usize::from(key) * 10));
        let configure = |cache: &Tested| {
            let config = cacheout_core::CacheConfig::new();
            cache
                .configure(config.clone().policy(Policy::Lru).max_size(1))
                .unwrap();
            cache
                .configure(config.policy(Policy::Random).max_size(2))
                .unwrap();
            set(cache, 1, 11);
        };
        run(&cache, [read_twice, configure]);
        assert!(cache.len() <= 2);
    });
}

// -------------------------------------------------------------------------------------------- what is there, is found

/// Key 1 is there all the time.
fn read_what_is_there(cache: &Tested) {
    for _ in 0..2 {
        assert!(cache.get(&1).is_some(), "a key is missed that is there");
    }
    assert!(cache.has(&1));
}

#[test]
fn a_key_is_found_while_its_neighbours_come_and_go() {
    explore(|policy| {
        let cache = cache(4, policy);
        // key 1 stands behind keys that leave, so that its word moves up
        for key in [2, 3, 1] {
            set(&cache, key, 0);
        }
        let neighbours = |cache: &Tested| {
            cache.delete(&2);
            set(cache, 2, 1);
            cache.delete(&3);
        };
        run(&cache, [read_what_is_there, neighbours]);
        assert_eq!(cache.len(), 2);
    });
}

#[test]
fn a_key_is_found_while_it_is_replaced_and_moves() {
    explore(|policy| {
        let cache = cache(4, policy);
        for key in [2, 1] {
            set(&cache, key, 0);
        }
        let replace = |cache: &Tested| {
            set(cache, 1, 1);
            set(cache, 1, 2);
        };
        let neighbours = |cache: &Tested| {
            cache.delete(&2);
            set(cache, 3, 1);
        };
        run(&cache, [read_what_is_there, replace, neighbours]);
        assert_eq!(content(&cache, 1), Some(2));
    });
}

#[test]
fn a_key_is_found_while_the_index_grows() {
    explore(|policy| {
        let cache = cache(0, policy);
        set(&cache, 1, 0);
        let grow = |cache: &Tested| (2..10).for_each(|key| set(cache, key, 1));
        run(&cache, [read_what_is_there, grow]);
        assert_eq!(cache.len(), 9);
    });
}

// ----------------------------------------------------------------------------------------- what was written, is read

#[test]
fn no_reader_goes_back() {
    explore(|policy| {
        let (cache, written) = (cache(3, policy), Arc::new(AtomicUsize::new(0)));
        set(&cache, 2, 0);
        set(&cache, 1, 0);
        let write = {
            let (cache, written) = (cache.clone(), Arc::clone(&written));
            move || {
                for number in 1..4 {
                    set(&cache, 1, number);
                    written.store(number, SeqCst);
                    if number == 2 {
                        cache.delete(&2);
                    }
                }
            }
        };
        let read = move || {
            let mut last = 0;
            for _ in 0..3 {
                let least = written.load(SeqCst).max(last);
                last = content(&cache, 1).expect("it is there all the time");
                assert!(last >= least, "{last} is read, and {least} was written");
            }
        };
        let threads = [thread::spawn(write), thread::spawn(read)];
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

/// The place of an entry that leaves is taken by the next one, whose tag is the same here: who finds that before its tag is
/// there again would not find it a moment later.
#[test]
fn what_was_found_is_found_again() {
    explore_long(Policy::Fifo, |policy| {
        let cache = cache(3, policy);
        set(&cache, 2, 0);
        let write = {
            let cache = cache.clone();
            move || {
                cache.delete(&2);
                set(&cache, 1, 0);
            }
        };
        let read = move || {
            let mut was_found = content(&cache, 3).is_some();
            for _ in 0..3 {
                let is_found = content(&cache, 1).is_some();
                assert!(is_found || !was_found, "it was there a moment ago");
                was_found = is_found;
            }
        };
        let threads = [thread::spawn(write), thread::spawn(read)];
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

// -------------------------------------------------------------------------------------------------- views and threads

#[test]
fn a_view_keeps_what_it_sees() {
    explore_under(&ALL_KINDS, |policy| {
        let cache = cache(1, policy);
        set(&cache, 1, 10);
        let view = |cache: &Tested| {
            cache.view(&1, |value| {
                for _ in 0..4 {
                    value.check();
                    pause();
                }
            });
            // what was kept for the view is free now
            set(cache, 4, 40);
        };
        let write = |cache: &Tested| {
            set(cache, 2, 20);
            set(cache, 3, 30);
            cache.clear();
        };
        run(&cache, [view, write]);
    });
}

#[test]
fn views_that_write_and_read_the_same_cache_keep_what_they_see() {
    explore_under(&ALL_KINDS, |policy| {
        let cache = cache(2, policy);
        set(&cache, 1, 10);
        let view = |cache: &Tested| {
            cache.view(&1, |value| {
                set(cache, 1, 11);
                drop(cache.get(&1));
                value.check();
                // a view in a view has a record beside its thread's own
                cache.view(&1, |inner| {
                    set(cache, 1, 12);
                    pause();
                    inner.check();
                });
                cache.clear();
                value.check();
            });
        };
        run(&cache, [view, view]);
        assert!(cache.is_empty());
    });
}

#[test]
fn threads_that_come_and_go_are_seen() {
    explore(|policy| {
        let cache = cache(1, policy);
        set(&cache, 1, 10);
        let reader = {
            let cache = cache.clone();
            thread::spawn(move || {
                let first = cache.clone();
                thread::spawn(move || read_twice(&first)).join().unwrap();
                // it takes the record that the first one gave back
                thread::spawn(move || read_twice(&cache)).join().unwrap();
            })
        };
        for key in [2, 1, 3] {
            set(&cache, key, usize::from(key) * 10);
        }
        reader.join().unwrap();
    });
}

#[test]
fn readers_of_another_cache_hold_nobody_up() {
    explore(|policy| {
        let (cache, other) = (cache(1, policy), cache(1, policy));
        set(&other, 1, 10);
        set(&cache, 1, 10);
        let reader = {
            let other = other.clone();
            thread::spawn(move || assert!(other.view(&1, |_| pause()).is_some()))
        };
        set(&cache, 1, 11);
        let dead = ALIVE.with_borrow(|alive| alive.iter().filter(|&&alive| !alive).count());
        assert!(dead >= 2, "the old value and its copy were not dropped");
        reader.join().unwrap();
    });
}
