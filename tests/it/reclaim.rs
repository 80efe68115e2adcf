//! When values are dropped that were taken out of a cache, and what they may do then.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use cacheout::{Cache, CacheConfig, LocalCache, Policy};

/// Runs `test` in a thread of its own, and fails if it waits for itself.
fn no_deadlock(test: impl FnOnce() + Send + 'static) {
    let (done, is_done) = mpsc::channel();
    let runner = thread::spawn(move || {
        test();
        done.send(()).unwrap();
    });
    if is_done.recv_timeout(Duration::from_secs(60)).is_err() {
        assert!(runner.is_finished(), "it waits for itself");
        runner.join().unwrap();
    }
}

/// A value that uses its cache while it is dropped.
#[derive(Clone)]
struct Curious(#[allow(dead_code)] Arc<Home>);

struct Home(Cache<u32, Curious>);

impl Drop for Home {
    fn drop(&mut self) {
        assert!(!format!("{:?}", self.0).is_empty());
        assert_eq!(self.0.policy(), Policy::default());
        self.0.configure(CacheConfig::new().stats(true)).unwrap();
        self.0.get(&7);
        self.0.delete(&1);
    }
}

#[test]
fn a_value_that_is_evicted_by_a_smaller_bound_may_configure_its_cache() {
    no_deadlock(|| {
        for shards in [1, 4] {
            let cache = Cache::builder().max_size(10).shards(shards).build();
            for key in 0..10 {
                cache.set(key, Curious(Arc::new(Home(cache.clone()))));
            }
            cache.configure(CacheConfig::new().max_size(1)).unwrap();
            cache
                .configure(CacheConfig::new().tti(Duration::from_secs(1)))
                .unwrap();
            cache.clear();
            assert!(cache.is_empty());
        }
    });
}

/// A value whose clone panics when it is told to, and that uses its cache while it is dropped.
struct Fragile {
    home: Cache<u32, Fragile>,
    breaks: Arc<AtomicBool>,
}

impl Clone for Fragile {
    fn clone(&self) -> Self {
        assert!(!self.breaks.load(SeqCst), "a clone that fails");
        Fragile {
            home: self.home.clone(),
            breaks: Arc::clone(&self.breaks),
        }
    }
}

impl Drop for Fragile {
    fn drop(&mut self) {
        self.home.has(&7);
        self.home.delete(&9);
    }
}

#[test]
fn a_clone_that_panics_leaves_nothing_locked_for_what_is_dropped_then() {
    no_deadlock(|| {
        let breaks = Arc::new(AtomicBool::new(false));
        let home: Cache<u32, Fragile> = Cache::new(10);
        let value = || Fragile {
            home: home.clone(),
            breaks: Arc::clone(&breaks),
        };
        let operations: [&dyn Fn(); 6] = [
            &|| drop(home.set(1, value())),
            &|| drop(home.take(&1)),
            &|| drop(home.pop_item()),
            &|| drop(home.get_many([1, 2])),
            &|| drop(home.set_with_ttl(1, value(), Duration::ZERO)),
            &|| drop(home.get_or_set_with(&1, value)),
        ];
        for operate in operations {
            home.set(1, value());
            breaks.store(true, SeqCst);
            assert!(catch_unwind(AssertUnwindSafe(operate)).is_err());
            breaks.store(false, SeqCst);
            assert!(home.len() <= 1);
        }
        home.clear();
    });
}

/// A value that can be cloned so many times, and uses its cache while it is dropped.
struct Fused {
    home: Cache<u32, Fused>,
    weight: u64,
    clones: Arc<AtomicUsize>,
}

impl Clone for Fused {
    fn clone(&self) -> Self {
        let left = self.clones.load(SeqCst);
        assert!(left > 0, "a clone that fails");
        self.clones.store(left - 1, SeqCst);
        Fused {
            home: self.home.clone(),
            weight: self.weight,
            clones: Arc::clone(&self.clones),
        }
    }
}

impl Drop for Fused {
    fn drop(&mut self) {
        self.home.delete(&9);
    }
}

/// Whichever clone fails: of the value that is replaced, or of one that has to leave for a heavier one, while all shards are locked.
#[test]
fn a_clone_that_panics_while_room_is_made_leaves_nothing_locked_either() {
    no_deadlock(|| {
        let clones = Arc::new(AtomicUsize::new(0));
        let home: Cache<u32, Fused> = Cache::builder()
            .weigher(|_, value: &Fused| value.weight)
            .max_weight(10)
            .on_delete(|_, _, _| {})
            .build();
        let value = |weight| Fused {
            home: home.clone(),
            weight,
            clones: Arc::clone(&clones),
        };
        let mut failures = 0;
        for allowed in 0.. {
            clones.store(usize::MAX, SeqCst);
            home.clear();
            (1..=3).for_each(|key| drop(home.set(key, value(3))));
            clones.store(allowed, SeqCst);
            let result = catch_unwind(AssertUnwindSafe(|| drop(home.set(1, value(8)))));
            clones.store(usize::MAX, SeqCst);
            assert!(home.has(&1) && home.weight() <= 10);
            if result.is_ok() {
                break;
            }
            failures += 1;
        }
        assert!(
            failures >= 4,
            "{failures}: two of the old value, and of two that leave"
        );
        home.clear();
    });
}

/// A thread that reads without a lock until it is told to stop.
struct Reader {
    stop: mpsc::Sender<()>,
    thread: thread::JoinHandle<()>,
}

impl Reader {
    /// Holds the entry of `key` in its hands.
    fn inside<V: Clone + Send + Sync + 'static>(cache: &Cache<u32, V>, key: u32) -> Reader {
        let (stop, stopped) = mpsc::channel();
        let (entered, has_entered) = mpsc::channel();
        let cache = cache.clone();
        let thread = thread::spawn(move || {
            let seen = cache.view(&key, |_| {
                entered.send(()).unwrap();
                stopped.recv().unwrap();
            });
            assert_eq!(seen, Some(()));
        });
        has_entered.recv().unwrap();
        Reader { stop, thread }
    }

    fn leave(self) {
        self.stop.send(()).unwrap();
        self.thread.join().unwrap();
    }
}

fn alive<T>(values: &[Weak<T>]) -> usize {
    values
        .iter()
        .filter(|value| value.strong_count() > 0)
        .count()
}

/// Whatever operation comes next, over all shards or under the lock of those that configure.
#[test]
fn what_a_reader_has_left_is_dropped_when_nothing_is_locked() {
    let operations: [fn(&Cache<u32, Curious>); 4] = [
        |cache| drop(cache.set(101, Curious(Arc::new(Home(cache.clone()))))),
        |cache| {
            cache.configure(CacheConfig::new().max_size(8)).unwrap();
        },
        |cache| {
            let config = CacheConfig::new().tti(Duration::from_secs(1));
            cache.configure(config).unwrap();
        },
        |cache| drop(cache.pop_item()),
    ];
    for operation in operations {
        no_deadlock(move || {
            for _ in 0..20 {
                let cache = Cache::builder().max_size(16).shards(8).build();
                let value = || Curious(Arc::new(Home(cache.clone())));
                cache.set_many((0..16).map(|key| (key, value())));
                let reader = Reader::inside(&cache, 5);
                cache.delete(&5);
                cache.set(100, value());
                reader.leave();
                operation(&cache);
                cache.clear();
            }
        });
    }
}

#[test]
fn what_was_cleared_while_somebody_read_is_dropped_by_whoever_comes_next() {
    for policy in [Policy::Fifo, Policy::default()] {
        let cache = Cache::builder().max_size(1000).policy(policy).build();
        let values: Vec<_> = (0..1000).map(Arc::new).collect();
        let watched: Vec<_> = values.iter().map(Arc::downgrade).collect();
        cache.set_many((0..).zip(values));
        let reader = Reader::inside(&cache, 5);
        cache.clear();
        assert!(cache.is_empty());
        assert_eq!(
            watched[5].upgrade().as_deref(),
            Some(&5),
            "it is being read"
        );
        reader.leave();
        assert!(!cache.delete(&0));
        assert_eq!(alive(&watched), 0);
    }
}

#[test]
fn what_is_deleted_is_dropped_at_once() {
    let cache = Cache::builder().max_size(8).policy(Policy::Fifo).build();
    cache.set(0, Arc::new(0));
    let elsewhere: Cache<u32, u8> = Cache::builder().policy(Policy::Fifo).build();
    elsewhere.set(5, 0);
    // another thread that reads, so that one has to ask for barriers; but in another cache
    let reader = Reader::inside(&elsewhere, 5);
    for key in 1..100 {
        let value = Arc::new(key);
        let watched = Arc::downgrade(&value);
        cache.set(key, value);
        assert!(cache.get(&key).is_some());
        match key % 4 {
            0 => drop(cache.delete(&key)),
            1 => drop(cache.take(&key)),
            2 => cache.clear(),
            _ => drop(cache.set_with_ttl(key, Arc::new(0), Duration::ZERO)),
        }
        assert!(watched.upgrade().is_none(), "value {key} lives on");
    }
    reader.leave();
}

#[test]
fn few_displaced_values_live_on() {
    let cache = Cache::builder().max_size(64).policy(Policy::Fifo).build();
    cache.set(5, Arc::new(0));
    let reader = Reader::inside(&Cache::from_iter([(5, 0)]), 5);
    let values: Vec<_> = (0..10_000).map(Arc::new).collect();
    let watched: Vec<_> = values.iter().map(Arc::downgrade).collect();
    for (key, value) in (0..).zip(values) {
        cache.set(key, value);
    }
    let living = alive(&watched);
    assert!((64..=64 + 4).contains(&living), "{living} of 64 live");
    reader.leave();
    drop(cache);
    assert_eq!(alive(&watched), 0, "a dropped cache drops all");
}

#[test]
fn a_local_cache_keeps_nothing_whoever_reads_elsewhere() {
    let reader = Reader::inside(&Cache::from_iter([(5, 0)]), 5);
    let local = LocalCache::builder().max_size(4).build();
    for key in 0..100 {
        let value = Rc::new(key);
        local.set(key % 7, Rc::clone(&value));
        local.set(key % 7, Rc::new(0));
        assert_eq!(Rc::strong_count(&value), 1);
    }
    reader.leave();
}

/// A value whose destructor may panic.
#[derive(Clone)]
struct Explosive(Arc<bool>);

impl Drop for Explosive {
    fn drop(&mut self) {
        let is_last = Arc::strong_count(&self.0) == 1;
        assert!(!(*self.0 && is_last), "a destructor that panics");
    }
}

#[test]
fn a_destructor_that_panics_when_the_cache_is_dropped_keeps_no_other_value_alive() {
    let cache = Cache::builder().max_size(1000).shards(1).build();
    let values: Vec<_> = (0..1000).map(|_| Arc::new(false)).collect();
    let watched: Vec<_> = values.iter().map(Arc::downgrade).collect();
    cache.set_many((0..).zip(values.into_iter().map(Explosive)));
    let reader = Reader::inside(&cache, 5);
    // what is displaced while somebody reads is left to whoever comes later: to the cache's own end
    cache.set(7, Explosive(Arc::new(true)));
    let displaced = catch_unwind(AssertUnwindSafe(|| {
        drop(cache.set(7, Explosive(Arc::new(false))));
    }));
    reader.leave();
    let dropped = catch_unwind(AssertUnwindSafe(|| drop(cache)));
    // the engine under the lock has nobody to wait for
    let panicked = displaced.is_err() || dropped.is_err();
    assert!(panicked, "the destructor ran");
    assert_eq!(alive(&watched), 0);
}
