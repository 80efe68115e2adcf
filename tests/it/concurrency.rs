//! The cache under many threads and tasks. Nothing here depends on who is faster; sleeps only make the interesting
//! order of events the likely one.
#![allow(
    dropping_copy_types,
    reason = "what an operation answers is not always of interest"
)]

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use cacheout::{Cache, CacheConfig, ManualClock, Policy};

use crate::model::Xorshift;

const THREADS: usize = 6;
const MOMENT: Duration = Duration::from_millis(20);

/// Fails, instead of hanging, if `test` takes forever.
fn no_deadlock<T: Send + 'static>(test: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::spawn(move || sender.send(test()));
    match receiver.recv_timeout(Duration::from_secs(20)) {
        Ok(answer) => answer,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("somebody waits forever"),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            std::panic::resume_unwind(thread.join().unwrap_err())
        }
    }
}

/// Runs `work` in many threads that start together.
pub fn together<T: Send>(threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(threads);
    let (barrier, work) = (&barrier, &work);
    thread::scope(|scope| {
        let start = |number| {
            scope.spawn(move || {
                barrier.wait();
                work(number)
            })
        };
        let started: Vec<_> = (0..threads).map(start).collect();
        let join = |thread: thread::ScopedJoinHandle<'_, T>| thread.join();
        let ended = started.into_iter().map(join);
        ended
            .map(|end| end.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

// ------------------------------------------------------------------------------------------------------ bounds

/// What every entry of the tests below holds.
fn value(key: u32) -> u64 {
    u64::from(key) * 1_000_003
}

fn any_operation(cache: &Cache<u32, u64>, random: &mut Xorshift) {
    let key = random.below(24) as u32;
    let check = |found: Option<u64>| assert!(found.is_none_or(|found| found == value(key)));
    match random.below(20) {
        0..5 => check(cache.get(&key)),
        5..8 => check(cache.set(key, value(key))),
        8 => check(cache.set_with_ttl(key, value(key), Duration::from_nanos(random.below(5)))),
        9..13 => check(Some(cache.get_or_set_with(&key, || value(key)))),
        13 => check(cache.update(&key, |old| old.or(Some(value(key))))),
        14 => check(cache.take(&key)),
        15 => drop(cache.add(key, value(key))),
        16 => drop(cache.touch(&key, Duration::from_nanos(3))),
        17 => match random.below(4) {
            0 => cache.clear(),
            1 => drop(cache.delete_many(|key: &u32| key.is_multiple_of(5))),
            2 => cache.retain(|key, _| key % 7 != 0),
            _ => drop(cache.evict()),
        },
        18 => {
            let items = cache.items();
            assert!(items.iter().all(|&(key, found)| found == value(key)));
        }
        _ => {
            let popped = cache.pop_item();
            assert!(popped.is_none_or(|(key, found)| found == value(key)));
        }
    }
}

/// Hammers a cache while its time goes on, and looks at its bounds all the time.
fn hammer(cache: &Cache<u32, u64>, clock: &ManualClock, is_bounded: impl Fn() -> bool + Sync) {
    together(THREADS, |number| {
        let mut random = Xorshift::new(number as u64);
        for _ in 0..300 {
            if number == 0 {
                clock.advance(Duration::from_nanos(1));
            }
            any_operation(cache, &mut random);
            assert!(is_bounded(), "{cache:?}");
        }
    });
    cache.delete_expired();
    let keys = cache.keys();
    assert_eq!(cache.len(), keys.len());
    for left in (0..keys.len()).rev() {
        assert!(cache.pop_item().is_some());
        assert_eq!(cache.len(), left);
    }
    assert_eq!((cache.pop_item(), cache.weight()), (None, 0));
}

#[test]
fn no_policy_ever_exceeds_its_bound() {
    for policy in Policy::ALL {
        for shards in [1, 4] {
            let clock = ManualClock::new();
            let cache = Cache::builder()
                .max_size(8)
                .policy(policy)
                .shards(shards)
                .ttl(Duration::from_nanos(20))
                .tti(Duration::from_nanos(10))
                .clock(clock.clone())
                .build();
            hammer(&cache, &clock, || cache.len() <= 8);
        }
    }
}

#[test]
fn no_policy_ever_exceeds_its_weight() {
    for policy in Policy::ALL {
        for shards in [1, 4] {
            let clock = ManualClock::new();
            let cache = Cache::builder()
                .max_size(0)
                .max_weight(40)
                .weigher(|key: &u32, _: &u64| u64::from(key % 8))
                .policy(policy)
                .shards(shards)
                .ttl(Duration::from_nanos(20))
                .clock(clock.clone())
                .build();
            hammer(&cache, &clock, || cache.weight() <= 40);
        }
    }
}

#[test]
fn a_large_cache_keeps_its_bound_too() {
    let cache = Cache::builder().max_size(1_500).shards(8).build();
    together(THREADS, |number| {
        for n in 0..1_000_u32 {
            let key = n * THREADS as u32 + number as u32;
            cache.set(key, value(key));
            assert!(cache.len() <= 1_500);
        }
    });
    assert_eq!((cache.len(), cache.keys().len()), (1_500, 1_500));
}

#[test]
fn settings_may_change_under_load() {
    let clock = ManualClock::new();
    let cache = Cache::builder()
        .max_size(16)
        .shards(2)
        .clock(clock.clone())
        .build();
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut random = Xorshift::new(99);
            while !is_done.load(SeqCst) {
                let config = CacheConfig::new()
                    .max_size(4 + random.below(12) as usize)
                    .policy(Policy::ALL[random.below(6) as usize])
                    .ttl(Duration::from_nanos(random.below(9)))
                    .tti(Duration::from_nanos(random.below(9)))
                    .stats(random.below(2) == 0)
                    .enabled(random.below(4) != 0);
                cache.configure(config).unwrap();
            }
        });
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            hammer_quietly(&cache, &clock);
        }));
        is_done.store(true, SeqCst);
        outcome.unwrap();
    });
    cache.configure(CacheConfig::new().max_size(2)).unwrap();
    assert!(cache.len() <= 2);
    cache.delete_expired();
    assert_eq!(cache.len(), cache.keys().len());
}

/// As [`hammer`], while the bounds change.
fn hammer_quietly(cache: &Cache<u32, u64>, clock: &ManualClock) {
    together(4, |number| {
        let mut random = Xorshift::new(number as u64);
        for _ in 0..500 {
            if number == 0 {
                clock.advance(Duration::from_nanos(1));
            }
            any_operation(cache, &mut random);
        }
    });
}

#[test]
fn an_update_is_atomic() {
    for shards in [1, 4] {
        let cache: Cache<u32, _> = Cache::builder().max_size(0).shards(shards).build();
        let tries = AtomicUsize::new(0);
        together(THREADS, |_| {
            for n in 0..300_u32 {
                cache.update(&(n % 3), |count: Option<u32>| {
                    tries.fetch_add(1, SeqCst);
                    Some(count.unwrap_or(0) + 1)
                });
            }
        });
        let counts: Vec<_> = [0, 1, 2].map(|key| cache.get(&key).unwrap()).into();
        assert_eq!(counts, [100 * THREADS as u32; 3]);
        assert!(tries.load(SeqCst) >= 300 * THREADS);
    }
}

// ------------------------------------------------------------------------------------------- one computation

#[test]
fn each_key_is_computed_once() {
    for shards in [1, 8] {
        let cache: Cache<usize, _> = Cache::builder().max_size(0).shards(shards).build();
        let counts: Vec<_> = (0..64).map(|_| AtomicUsize::new(0)).collect();
        let answers = together(8, |number| {
            let keys = (0..64).map(|n| (n * 7 + number * 13) % 64);
            let compute = |key: usize| {
                cache.get_or_set_with(&key, || {
                    counts[key].fetch_add(1, SeqCst);
                    thread::yield_now();
                    key * 2
                })
            };
            keys.map(compute).sum::<usize>()
        });
        assert!(counts.iter().all(|count| count.load(SeqCst) == 1));
        assert_eq!(answers, [63 * 64; 8]);
    }
}

#[test]
fn threads_and_tasks_share_a_computation() {
    let cache: Cache<u8, u8> = Cache::new(8);
    let count = AtomicUsize::new(0);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()
        .unwrap();
    let compute = || {
        count.fetch_add(1, SeqCst);
        thread::sleep(MOMENT);
        7
    };
    let answers = together(THREADS, |number| match number % 2 {
        0 => cache.get_or_set_with(&1, compute),
        _ => runtime.block_on(cache.get_or_set_async(&1, async {
            count.fetch_add(1, SeqCst);
            tokio::time::sleep(MOMENT).await;
            7
        })),
    });
    assert_eq!(answers, [7; THREADS]);
    assert_eq!(count.load(SeqCst), 1);
}

#[test]
fn an_error_is_shared_or_tried_again_as_asked_for() {
    let cache: Cache<u8, u8> = Cache::new(8);
    let count = AtomicUsize::new(0);
    let fail = || {
        thread::sleep(MOMENT);
        Err::<u8, usize>(count.fetch_add(1, SeqCst))
    };
    let mut errors = together(4, |_| cache.try_get_or_set_with(&1, fail).unwrap_err());
    errors.sort_unstable();
    assert_eq!(errors, [0, 1, 2, 3], "each has tried");
    count.store(0, SeqCst);
    let errors = together(4, |_| cache.try_get_or_share_with(&1, fail).unwrap_err());
    let tries = count.load(SeqCst);
    assert!(errors.iter().all(|&error| error < tries));
    assert!(cache.is_empty());
    assert_eq!(cache.try_get_or_share_with(&1, || Ok::<_, usize>(5)), Ok(5));
}

/// Who comes after a computation that failed may find an entry that was put in meanwhile, and expired: its own takes the
/// place of that one.
#[test]
fn what_expired_during_a_failed_computation_is_replaced() {
    let clock = ManualClock::new();
    let cache: Cache<u8, u8> = Cache::builder().max_size(4).clock(clock.clone()).build();
    let (started, go_on) = (Barrier::new(2), Barrier::new(2));
    thread::scope(|scope| {
        let leader = scope.spawn(|| {
            cache.try_get_or_set_with(&1, || {
                started.wait();
                go_on.wait();
                Err("no")
            })
        });
        started.wait();
        let waiter = scope.spawn(|| cache.get_or_set_with(&1, || 5));
        thread::sleep(MOMENT);
        cache.set_with_ttl(1, 3, Duration::from_secs(1));
        clock.advance(Duration::from_secs(2));
        go_on.wait();
        assert_eq!(leader.join().unwrap(), Err("no"));
        assert_eq!(waiter.join().unwrap(), 5);
    });
    assert_eq!((cache.items(), cache.len()), (vec![(1, 5)], 1));
    assert!(cache.delete(&1) && !cache.has(&1));
}

#[test]
fn a_write_during_a_computation_wins() {
    type Write = fn(&Cache<String, u8>);
    let writes: [(Write, Option<u8>); 10] = [
        (|cache| cache.clear(), None),
        (|cache| drop(cache.delete("key")), None),
        (|cache| drop(cache.take("key")), None),
        (|cache| drop(cache.delete_many(["key"])), None),
        (|cache| drop(cache.delete_many("k*")), None),
        (|cache| drop(cache.delete_many(|_: &String| true)), None),
        (|cache| drop(cache.touch("key", Duration::ZERO)), None),
        (
            |cache| drop(cache.set_with_ttl("key".into(), 3, Duration::ZERO)),
            None,
        ),
        (|cache| drop(cache.set("key".into(), 9)), Some(9)),
        (
            |cache| drop(cache.update("key", |old| Some(old.map_or(8, |_| 0)))),
            Some(8),
        ),
    ];
    for (number, (write, expected)) in writes.into_iter().enumerate() {
        let cache: Cache<String, u8> = Cache::new(4);
        let (started, go_on) = (Barrier::new(2), Barrier::new(2));
        let answer = thread::scope(|scope| {
            let leader = scope.spawn(|| {
                cache.get_or_set_with("key", || {
                    started.wait();
                    go_on.wait();
                    1
                })
            });
            started.wait();
            write(&cache);
            assert_eq!(cache.peek("key"), expected, "write {number}");
            // who asks after the write does not get what was begun before it
            let later = cache.get_or_set_with("key", || 2);
            assert_eq!(later, expected.unwrap_or(2), "write {number}");
            go_on.wait();
            leader.join().unwrap()
        });
        assert_eq!(answer, 1, "write {number}");
        assert_eq!(
            cache.get("key"),
            Some(expected.unwrap_or(2)),
            "write {number}"
        );
    }
}

#[test]
fn what_began_before_a_write_is_answered_to_those_who_asked_before() {
    let cache: Cache<u8, u8> = Cache::new(4);
    let (started, go_on) = (Barrier::new(2), Barrier::new(2));
    thread::scope(|scope| {
        let leader = scope.spawn(|| {
            cache.get_or_set_with(&1, || {
                started.wait();
                go_on.wait();
                1
            })
        });
        started.wait();
        let follower = scope.spawn(|| cache.get_or_set_with(&1, || 2));
        thread::sleep(MOMENT);
        cache.clear();
        go_on.wait();
        assert_eq!(leader.join().unwrap(), 1);
        assert!(
            [1, 2].contains(&follower.join().unwrap()),
            "1, unless it was very late"
        );
    });
    assert_ne!(cache.peek(&1), Some(1));
}

// ----------------------------------------------------------------------------------------- recursion, circles

#[test]
fn recursion_over_one_cache_from_many_threads_ends() {
    no_deadlock(|| {
        fn fib(cache: &Cache<u32, u64>, n: u32) -> u64 {
            cache.get_or_set_with(&n, || match n {
                0 | 1 => n.into(),
                _ => fib(cache, n - 1) + fib(cache, n - 2),
            })
        }
        // with room for all, and with hardly any
        for size in [0, 1, 3] {
            let cache = Cache::new(size);
            let n = if size == 0 { 80 } else { 12 };
            let answers = together(THREADS, |_| fib(&cache, n));
            let expected = if size == 0 {
                23_416_728_348_467_685
            } else {
                144
            };
            assert_eq!(answers, [expected; THREADS]);
        }
    });
}

#[test]
fn a_computation_may_ask_for_its_own_key() {
    no_deadlock(|| {
        let cache: Cache<u8, u8> = Cache::new(4);
        let answer = cache.get_or_set_with(&1, || {
            let inner = cache.get_or_set_with(&1, || cache.get_or_set_with(&1, || 5) + 1);
            assert_eq!(cache.peek(&1), None, "what is made inside is not stored");
            inner + 1
        });
        assert_eq!((answer, cache.peek(&1)), (7, Some(7)));
    });
}

#[test]
fn a_task_may_ask_for_its_own_key() {
    no_deadlock(|| {
        let cache: Cache<u8, u8> = Cache::new(4);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let inner = async { cache.get_or_set_async(&1, async { 5 }).await + 1 };
        let answer = runtime.block_on(cache.get_or_set_async(&1, async {
            tokio::task::yield_now().await;
            let blocking = cache.get_or_set_with(&1, || 20);
            inner.await + blocking
        }));
        assert_eq!((answer, cache.peek(&1)), (26, Some(26)));
    });
}

#[test]
fn threads_that_wait_for_each_other_in_a_circle_go_on() {
    for length in [2, 3, 5] {
        no_deadlock(move || {
            let cache: Cache<usize, usize> = Cache::new(16);
            let all_compute = Barrier::new(length);
            let answers = together(length, |number| {
                cache.get_or_set_with(&number, || {
                    all_compute.wait();
                    let next = (number + 1) % length;
                    100 + cache.get_or_set_with(&next, || 1_000)
                })
            });
            assert!(answers.iter().all(|&answer| answer > 100), "{answers:?}");
            assert!(
                answers.contains(&1_100),
                "somebody computed alone: {answers:?}"
            );
        });
    }
}

#[test]
fn tasks_that_wait_for_each_other_in_a_circle_go_on() {
    no_deadlock(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .build()
            .unwrap();
        let cache: Cache<usize, usize> = Cache::new(16);
        let all_compute = Arc::new(tokio::sync::Barrier::new(3));
        let task = |number: usize| {
            let (cache, all_compute) = (cache.clone(), Arc::clone(&all_compute));
            runtime.spawn(async move {
                let make = async {
                    all_compute.wait().await;
                    let next = (number + 1) % 3;
                    100 + cache.get_or_set_async(&next, async { 1_000 }).await
                };
                cache.get_or_set_async(&number, make).await
            })
        };
        let tasks: Vec<_> = (0..3).map(task).collect();
        for task in tasks {
            assert!(runtime.block_on(task).unwrap() > 100);
        }
    });
}

#[test]
fn a_circle_over_two_caches_goes_on() {
    no_deadlock(|| {
        let (one, other): (Cache<u8, u8>, Cache<u8, u8>) = (Cache::new(4), Cache::new(4));
        let both_compute = Barrier::new(2);
        let answers = together(2, |number| {
            let (mine, theirs) = if number == 0 {
                (&one, &other)
            } else {
                (&other, &one)
            };
            mine.get_or_set_with(&1, || {
                both_compute.wait();
                1 + theirs.get_or_set_with(&1, || 10)
            })
        });
        assert!(
            answers.iter().all(|answer| [11, 12].contains(answer)),
            "{answers:?}"
        );
    });
}

// ------------------------------------------------------------------------------------------ leaders that fail

#[test]
fn when_a_leader_panics_one_of_the_waiters_tries_next() {
    no_deadlock(|| {
        let cache: Cache<u8, u8> = Cache::new(4);
        let tries = AtomicUsize::new(0);
        let outcomes = together(THREADS, |_| {
            let compute = || {
                thread::sleep(MOMENT);
                assert!(tries.fetch_add(1, SeqCst) >= 3, "not yet");
                7
            };
            catch_unwind(AssertUnwindSafe(|| cache.get_or_set_with(&1, compute)))
        });
        let answers: Vec<_> = outcomes.into_iter().flatten().collect();
        assert_eq!(answers, [7; THREADS - 3]);
        assert_eq!(tries.load(SeqCst), 4);
    });
}

#[test]
fn when_a_leaders_future_is_dropped_one_of_the_waiters_tries_next() {
    no_deadlock(|| {
        let cache: Cache<u8, u8> = Cache::new(4);
        let mut context = Context::from_waker(Waker::noop());
        thread::scope(|scope| {
            let waiters: Vec<_>;
            {
                let leader = cache.get_or_set_async(&1, std::future::pending());
                let mut leader = pin!(leader);
                assert!(leader.as_mut().poll(&mut context).is_pending());
                let wait = |_| scope.spawn(|| cache.get_or_set_with(&1, || 7));
                waiters = (0..3).map(wait).collect();
                thread::sleep(MOMENT);
            }
            assert!(
                waiters
                    .into_iter()
                    .all(|waiter| waiter.join().unwrap() == 7)
            );
        });
    });
}

#[test]
fn nobody_waits_for_a_future_that_is_never_polled_again() {
    no_deadlock(|| {
        let cache: Cache<u8, u8> = Cache::builder()
            .wait_limit(Duration::from_millis(50))
            .build();
        let mut context = Context::from_waker(Waker::noop());
        let is_late = AtomicBool::new(false);
        let leader = cache.get_or_set_async(
            &1,
            std::future::poll_fn(|_| {
                if is_late.load(SeqCst) {
                    Poll::Ready(1)
                } else {
                    Poll::Pending
                }
            }),
        );
        let mut leader = pin!(leader);
        assert!(leader.as_mut().poll(&mut context).is_pending());

        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .build()
            .unwrap();
        let count = AtomicUsize::new(0);
        let compute = || {
            count.fetch_add(1, SeqCst);
            7
        };
        let answers = together(4, |number| match number % 2 {
            0 => cache.get_or_set_with(&1, compute),
            _ => runtime.block_on(cache.get_or_set_async(&1, async { compute() })),
        });
        assert_eq!(answers, [7; 4]);
        // those whose time is over at the same moment may not wait for each other
        let computed = count.load(SeqCst);
        assert!(
            (1..=4).contains(&computed),
            "{computed} computations by four"
        );
        assert_eq!(cache.get_or_set_with(&1, compute), 7);
        assert_eq!(
            count.load(SeqCst),
            computed,
            "nobody computes who comes later"
        );

        is_late.store(true, SeqCst);
        assert_eq!(leader.as_mut().poll(&mut context), Poll::Ready(1));
        assert_eq!(
            cache.get(&1),
            Some(7),
            "what comes late does not replace what is newer"
        );
    });
}

#[test]
fn who_has_waited_for_a_future_that_is_never_polled_again_computes_for_all_who_come_later() {
    no_deadlock(|| {
        let cache: Cache<u8, u8> = Cache::builder()
            .wait_limit(Duration::from_millis(50))
            .build();
        let leader = cache.get_or_set_async(&1, std::future::pending());
        let mut leader = pin!(leader);
        let mut context = Context::from_waker(Waker::noop());
        assert!(leader.as_mut().poll(&mut context).is_pending());

        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let count = AtomicUsize::new(0);
        let compute = || {
            count.fetch_add(1, SeqCst);
            7
        };
        let answer = runtime.block_on(cache.get_or_set_async(&1, async { compute() }));
        assert_eq!((answer, count.load(SeqCst)), (7, 1));
        let answers = together(4, |_| cache.get_or_set_with(&1, compute));
        assert_eq!((answers, count.load(SeqCst)), (vec![7; 4], 1));
    });
}

#[test]
fn nobody_waits_for_a_thread_that_hangs() {
    no_deadlock(|| {
        let cache: Cache<u8, u8> = Cache::builder()
            .wait_limit(Duration::from_millis(50))
            .build();
        let (started, go_on) = (Barrier::new(2), Barrier::new(2));
        thread::scope(|scope| {
            let leader = scope.spawn(|| {
                cache.get_or_set_with(&1, || {
                    started.wait();
                    go_on.wait();
                    1
                })
            });
            started.wait();
            assert_eq!(cache.get_or_set_with(&1, || 7), 7);
            go_on.wait();
            assert_eq!(leader.join().unwrap(), 1);
        });
        assert_eq!(cache.get(&1), Some(7));
    });
}
