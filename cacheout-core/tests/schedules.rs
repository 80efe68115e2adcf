//! One computation per key, under every schedule that the model checker finds.
//!
//! `RUSTFLAGS="--cfg shuttle" cargo test -p cacheout-core --test schedules` swaps the locks, atomics and threads of the
//! whole crate for shuttle's, which decides at each of them who goes on. What is explored is the code that ships.
#![cfg(shuttle)]
#![allow(missing_docs)]

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use cacheout_core::{Cache, Policy};
use shuttle::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use shuttle::thread;

/// Explores schedules of `test`: at random, and with few preemptions in deep places (PCT, Burckhardt et al., 2010).
fn explore(test: impl Fn() + Send + Sync + Copy + 'static) {
    shuttle::check_random(test, 2_000);
    shuttle::check_pct(test, 2_000, 3);
}

fn cache() -> Cache<u8, usize> {
    Cache::builder().max_size(2).policy(Policy::Lru).build()
}

/// Runs `task` in several threads on one cache; answers what each answered.
fn run<T: Send + 'static>(
    threads: usize,
    cache: &Cache<u8, usize>,
    task: impl Fn(usize, Cache<u8, usize>) -> T + Send + Sync + 'static,
) -> Vec<T> {
    let task = Arc::new(task);
    let threads: Vec<_> = (0..threads)
        .map(|number| {
            let (cache, task) = (cache.clone(), Arc::clone(&task));
            thread::spawn(move || task(number, cache))
        })
        .collect();
    threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect()
}

#[test]
fn callers_join_one_computation() {
    explore(|| {
        let (cache, runs) = (cache(), AtomicUsize::new(0));
        let answers = run(3, &cache, move |_, cache| {
            cache.get_or_set_with(&1, || {
                thread::yield_now();
                runs.fetch_add(1, SeqCst)
            })
        });
        assert_eq!(answers, [0, 0, 0]);
    });
}

#[test]
fn a_failure_hands_over_to_one_who_waits() {
    explore(|| {
        let (cache, runs) = (cache(), AtomicUsize::new(0));
        let answers = run(3, &cache, move |_, cache| {
            cache.try_get_or_set_with(&1, || match runs.fetch_add(1, SeqCst) {
                0 => Err("first"),
                run => Ok(run),
            })
        });
        assert_eq!(answers.iter().filter(|answer| answer.is_err()).count(), 1);
        assert!(answers.iter().flatten().all(|&run| run == 1), "{answers:?}");
    });
}

#[test]
fn a_panic_hands_over_to_one_who_waits() {
    explore(|| {
        let (cache, runs) = (cache(), AtomicUsize::new(0));
        let answers = run(3, &cache, move |_, cache| {
            let answer = catch_unwind(AssertUnwindSafe(|| {
                cache.get_or_set_with(&1, || match runs.fetch_add(1, SeqCst) {
                    0 => resume_unwind(Box::new("first")), // without a message
                    run => run,
                })
            }));
            answer.ok()
        });
        assert_eq!(answers.iter().flatten().collect::<Vec<_>>(), [&1, &1]);
        assert_eq!(cache.peek(&1), Some(1));
    });
}

#[test]
fn an_invalidation_beats_the_computation_and_nobody_joins_it_any_more() {
    explore(|| {
        let (cache, truth) = (cache(), AtomicUsize::new(1));
        run(3, &cache, move |number, cache| {
            if number == 0 {
                truth.store(2, SeqCst);
                cache.delete(&1);
            }
            let read = cache.get_or_set_with(&1, || truth.load(SeqCst));
            assert!(
                number != 0 || read == 2,
                "who asks after the invalidation sees what was written"
            );
        });
        assert_eq!(
            cache.peek(&1),
            Some(2),
            "an old value was stored after the invalidation"
        );
    });
}

#[test]
fn a_clear_and_a_set_beat_the_computation() {
    explore(|| {
        let cache = cache();
        run(2, &cache, |number, cache| {
            if number == 0 {
                cache.clear();
                cache.set(1, 7);
            } else {
                let read = cache.get_or_set_with(&1, || 1);
                assert!(read == 1 || read == 7);
            }
        });
        assert_eq!(cache.peek(&1), Some(7));
    });
}

#[test]
fn a_refused_wait_for_oneself_closes_no_circle() {
    explore(|| {
        let cache = cache();
        let answers = run(2, &cache, |number, cache| {
            let (own, other) = if number == 0 { (1, 2) } else { (2, 1) };
            cache.get_or_set_with(&own, || cache.get_or_set_with(&other, || 10) + 1)
        });
        assert!(answers.iter().all(|&answer| answer >= 10));
    });
}

#[test]
fn circles_of_three_close_without_a_deadlock() {
    explore(|| {
        let cache: Cache<u8, usize> = Cache::new(9);
        run(3, &cache, |number, cache| {
            let (own, next) = (number as u8, (number as u8 + 1) % 3);
            cache.get_or_set_with(&own, || cache.get_or_set_with(&next, || 10) + 1)
        });
    });
}

#[test]
fn eviction_while_a_computation_is_under_way_keeps_the_bound() {
    explore(|| {
        let cache = cache();
        run(3, &cache, |number, cache| {
            let value = cache.get_or_set_with(&(number as u8), || number);
            assert_eq!(value, number);
            assert!(cache.len() <= 2);
        });
        assert_eq!((cache.len(), cache.keys().len()), (2, 2));
    });
}

#[test]
fn updates_are_not_lost() {
    explore(|| {
        let cache = cache();
        run(3, &cache, |_, cache| {
            cache.update(&1, |count| Some(count.unwrap_or(0) + 1));
        });
        assert_eq!(cache.get(&1), Some(3));
    });
}

#[test]
fn small_caches_of_several_shards_keep_their_bound() {
    explore(|| {
        let builder = Cache::builder().max_size(2).shards(2);
        let cache: Cache<u8, usize> = builder.policy(Policy::Fifo).build();
        run(2, &cache, |number, cache| {
            for key in 0..3 {
                cache.set(number as u8 * 3 + key, number);
                assert!(cache.len() <= 2);
            }
        });
        assert_eq!((cache.len(), cache.keys().len()), (2, 2));
    });
}
