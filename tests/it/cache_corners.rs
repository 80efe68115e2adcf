//! The cache in its corners: closures, callbacks, destructors and keys that interfere, settings that cannot be, and
//! managers that are asked by many at once.
#![allow(
    dropping_copy_types,
    reason = "what an operation answers is not always of interest"
)]

use std::borrow::Cow;
use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex, OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use cacheout::{
    Cache, CacheConfig, CacheManager, Error, ManualClock, Policy, RemovalCause, TextKey,
};

use crate::model::Xorshift;

const SECOND: Duration = Duration::from_secs(1);

/// Fails, instead of hanging, if `test` waits for itself.
fn no_deadlock<T: Send + Sync + 'static>(test: impl FnOnce() -> T + Send + Sync + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::spawn(move || sender.send(test()));
    match receiver.recv_timeout(Duration::from_secs(20)) {
        Ok(answer) => answer,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("it waits for itself"),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            std::panic::resume_unwind(thread.join().unwrap_err())
        }
    }
}

fn panics<T>(call: impl FnOnce() -> T) -> bool {
    catch_unwind(AssertUnwindSafe(call)).is_err()
}

/// Whether all parts of a cache agree about what is in it, and go on working.
fn assert_sound<K, V>(cache: &Cache<K, V>)
where
    K: Hash + Eq + Clone,
    V: Clone,
{
    cache.delete_expired();
    assert_eq!(cache.len(), cache.keys().len());
    assert_eq!(cache.len(), cache.items().len());
    let keys = cache.keys();
    assert!(keys.iter().all(|key| cache.has(key)));
    for left in (0..keys.len()).rev() {
        assert!(cache.pop_item().is_some());
        assert_eq!(cache.len(), left);
    }
    assert!(cache.pop_item().is_none() && cache.is_empty());
    assert_eq!(cache.weight(), 0);
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|&text| text.to_owned()).collect()
}

// ------------------------------------------------------------------------------------------------------- update

#[test]
fn an_update_is_made_again_when_its_entry_was_written_meanwhile() {
    let cache = Cache::new(4);
    cache.set("key", 1);
    let mut seen = Vec::new();
    let updated = cache.update(&"key", |present| {
        seen.push(present);
        if seen.len() == 1 {
            cache.set("key", 10);
        }
        Some(present.unwrap() + 1)
    });
    assert_eq!((updated, cache.get(&"key")), (Some(11), Some(11)));
    assert_eq!(seen, [Some(1), Some(10)]);
}

#[test]
fn an_update_is_made_again_when_its_entry_was_deleted_or_computed_meanwhile() {
    let interferences: [fn(&Cache<u8, u8>); 6] = [
        |cache| drop(cache.delete(&1)),
        |cache| drop(cache.take(&1)),
        |cache| cache.clear(),
        |cache| drop(cache.delete_many([1])),
        |cache| drop(cache.delete_many(|_: &u8| true)),
        |cache| drop(cache.set_with_ttl(1, 9, Duration::ZERO)),
    ];
    for interfere in interferences {
        let cache = Cache::new(4);
        cache.set(1, 5);
        let mut seen = Vec::new();
        cache.update(&1, |present| {
            seen.push(present);
            if seen.len() == 1 {
                interfere(&cache);
            }
            Some(present.unwrap_or(0) + 1)
        });
        assert_eq!(seen, [Some(5), None]);
        assert_eq!(cache.get(&1), Some(1));
    }
    let cache: Cache<u8, _> = Cache::new(4);
    let mut seen = Vec::new();
    cache.update(&1, |present| {
        seen.push(present);
        cache.get_or_set_with(&1, || 40);
        Some(present.unwrap_or(0) + 2)
    });
    assert_eq!((seen, cache.get(&1)), (vec![None, Some(40)], Some(42)));
}

#[test]
fn an_update_keeps_the_deadline_and_a_new_entry_gets_the_caches() {
    let clock = ManualClock::new();
    let cache = Cache::builder()
        .ttl(10 * SECOND)
        .clock(clock.clone())
        .build();
    cache.set_with_ttl("own", 1, 3 * SECOND);
    clock.advance(SECOND);
    cache.update(&"own", |value| value);
    cache.update(&"new", |_| Some(2));
    assert_eq!(cache.get_ttl(&"own"), Some(2 * SECOND));
    assert_eq!(cache.get_ttl(&"new"), Some(10 * SECOND));
    clock.advance(2 * SECOND);
    let mut seen = Some(0);
    cache.update(&"own", |value| {
        seen = value;
        None
    });
    assert_eq!(seen, None, "what has expired is not updated");
    assert_eq!(cache.update(&"missing", |value| value), None);
    assert_eq!(cache.keys(), ["new"]);
}

#[test]
fn an_update_is_told_to_the_callbacks() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let (set, deleted) = (Arc::clone(&log), Arc::clone(&log));
    let cache = Cache::builder()
        .on_set(move |_: &u8, &new: &u8, old| {
            set.lock().unwrap().push((Some(new), old.copied()));
        })
        .on_delete(move |_, &old, _| deleted.lock().unwrap().push((None, Some(old))))
        .build();
    for next in [Some(1), Some(2), None, None] {
        assert_eq!(cache.update(&7, |_| next), next);
    }
    let log = log.lock().unwrap();
    assert_eq!(*log, [(Some(1), None), (Some(2), Some(1)), (None, Some(2))]);
}

#[test]
fn an_update_that_panics_changes_nothing() {
    let cache: Cache<u8, u8> = Cache::new(4);
    cache.set(1, 1);
    assert!(panics(|| cache.update(&1, |_| panic!("no"))));
    assert!(panics(|| cache.update(&2, |_| panic!("no"))));
    assert_eq!(cache.items(), [(1, 1)]);
    assert_eq!(
        cache.update(&1, |value| value.map(|value| value + 1)),
        Some(2)
    );
    assert_sound(&cache);
}

// ------------------------------------------------------------------------------------------------ retain, iter

#[test]
fn retain_may_use_the_cache_and_asks_again_about_what_was_written() {
    let cache: Cache<u8, u8> = (1..=4).map(|n| (n, n)).collect();
    let mut asked = Vec::new();
    cache.retain(|&key, &value| {
        asked.push((key, value));
        if (key, value) == (1, 1) {
            cache.set(1, 100); // so it is not what was looked at
            cache.delete(&3);
            cache.set(9, 9);
        }
        value > 3
    });
    assert_eq!(asked, [(1, 1), (1, 100), (2, 2), (4, 4)]);
    assert_eq!(cache.keys(), [4, 1, 9]);
}

#[test]
fn a_retain_that_panics_leaves_a_sound_cache() {
    let cache: Cache<u8, u8> = (0..8).map(|n| (n, n)).collect();
    assert!(panics(|| cache.retain(|&key, _| {
        assert!(key < 4, "enough");
        key % 2 == 0
    })));
    assert_eq!(cache.keys(), [0, 2, 4, 5, 6, 7]);
    assert_sound(&cache);
}

#[test]
fn what_is_walked_over_may_change() {
    let clock = ManualClock::new();
    let cache = Cache::builder().clock(clock.clone()).build();
    cache.set_many((0..8).map(|n| (n, n)));
    cache.touch(&6, SECOND);
    let mut seen = Vec::new();
    for (key, value) in &cache {
        match key {
            0 => drop((cache.delete(&0), cache.delete(&3))),
            1 => drop((cache.set(8, 8), cache.set(7, 70))),
            4 => clock.advance(SECOND),
            _ => {}
        }
        seen.push((key, value));
    }
    assert_eq!(seen, [(0, 0), (1, 1), (2, 2), (4, 4), (5, 5), (7, 70)]);

    let mut iter = cache.iter();
    assert_eq!(iter.size_hint(), (0, Some(6)));
    assert_eq!(iter.next(), Some((1, 1)));
    cache.clear();
    assert_eq!((iter.next(), iter.next(), iter.next()), (None, None, None));
    assert_eq!(iter.size_hint(), (0, Some(0)));
}

#[test]
fn walking_is_no_use() {
    let builder = Cache::builder().max_size(2).policy(Policy::Lru);
    let cache = builder.stats(true).build();
    cache.set_many([("a", 1), ("b", 2)]);
    assert_eq!(cache.iter().next(), Some(("a", 1)));
    drop((cache.keys(), cache.values(), cache.items(), cache.to_map()));
    assert_eq!(cache.stats().info().access_count(), 0);
    cache.set("c", 3);
    assert_eq!(cache.keys(), ["b", "c"]);
}

// --------------------------------------------------------------------------------------- view, take, collections

#[test]
fn a_view_is_a_use_that_is_counted_and_not_told() {
    let told = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&told);
    let cache = Cache::builder()
        .max_size(2)
        .stats(true)
        .on_get(move |_, _| drop(count.fetch_add(1, SeqCst)))
        .build();
    cache.set("a", vec![1, 2]);
    cache.set("b", vec![3]);
    assert_eq!(cache.view(&"a", Vec::len), Some(2));
    assert_eq!(cache.view(&"x", Vec::len), None);
    cache.set("c", vec![]);
    assert_eq!(cache.keys(), ["a", "c"]);
    let info = cache.stats().info();
    assert_eq!((info.hit_count, info.miss_count), (1, 1));
    assert_eq!(told.load(SeqCst), 0);
    assert!(panics(|| cache.view(&"a", |_| panic!("no"))));
    assert_eq!(cache.view(&"a", |list| list[0]), Some(1));
    assert_sound(&cache);
}

#[test]
fn take_answers_live_values_only() {
    let clock = ManualClock::new();
    let told = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&told);
    let cache: Cache<String, u8> = Cache::builder()
        .ttl(SECOND)
        .clock(clock.clone())
        .on_delete(move |key: &String, _, cause| log.lock().unwrap().push((key.clone(), cause)))
        .build();
    cache.set("a".into(), 1);
    assert_eq!((cache.take("a"), cache.take("a")), (Some(1), None));
    cache.set("b".into(), 2);
    clock.advance(SECOND);
    assert_eq!(cache.take("b"), None);
    let told = told.lock().unwrap();
    let causes: Vec<_> = told.iter().map(|(key, cause)| (&**key, *cause)).collect();
    assert_eq!(
        causes,
        [("a", RemovalCause::Deleted), ("b", RemovalCause::Expired)]
    );
}

#[test]
fn a_cache_is_a_collection() {
    let cache: Cache<u32, u32> = (0..300).map(|n| (n, n)).collect();
    assert_eq!((cache.len(), cache.keys()[255]), (256, 299));
    let mut cache = Cache::builder().max_size(3).policy(Policy::Lru).build();
    cache.extend([("a", 1), ("b", 2)]);
    cache.extend(vec![("c", 3), ("a", 4), ("d", 5)]);
    assert_eq!(cache.items(), [("c", 3), ("a", 4), ("d", 5)]);
    assert_eq!((&cache).into_iter().map(|(_, n)| n).sum::<i32>(), 12);
}

#[test]
fn everything_can_be_debugged() {
    let cache: Cache<u8, u8> = Cache::builder().max_size(3).ttl(SECOND).build();
    cache.set(1, 1);
    let shown = format!("{cache:?}");
    assert_eq!(
        shown,
        "Cache { len: 1, max_size: 3, policy: Adaptive, ttl: Some(1s), .. }"
    );
    assert_eq!(format!("{:?}", cache.iter()), "Iter { left: 1, .. }");
    assert!(format!("{:?}", Cache::<u8, u8>::builder().shards(4)).contains("shards: Some(4)"));
    assert!(format!("{:?}", cache.stats()).contains("active: false"));
    assert!(format!("{:?}", CacheManager::new()).starts_with("CacheManager"));
    assert_eq!(format!("{:?}", ManualClock::new()), "ManualClock(0ns)");
}

// ------------------------------------------------------------------------------------------------- set_enabled

#[test]
fn a_cache_that_is_switched_off_answers_and_stores_nothing() {
    let cache = Cache::builder().stats(true).build();
    cache.set_many([("old", 1), ("kept", 2), ("dropped", 3), ("counted", 4)]);
    cache.set_enabled(false);
    assert!(!cache.is_enabled());
    assert_eq!(cache.get(&"old"), None);
    assert_eq!(cache.peek(&"old"), None);
    assert_eq!(cache.view(&"old", |&value| value), None);
    assert!(!cache.has(&"old"));
    assert_eq!(cache.get_many(["old", "kept"]), []);
    assert!(!cache.add("new", 5) && !cache.add("old", 5));
    assert_eq!(cache.set("newer", 6), None);
    assert_eq!(cache.set("old", 7), Some(1), "what is outdated goes");
    assert_eq!(
        cache.update(&"counted", |value| Some(value.unwrap_or(0) + 1)),
        Some(1)
    );
    assert!(cache.delete(&"dropped"));
    let mut computed = 0;
    for _ in 0..2 {
        let count = || {
            computed += 1;
            8
        };
        assert_eq!(cache.get_or_set_with(&"kept", count), 8);
    }
    assert_eq!(computed, 2);
    assert_eq!(
        cache.try_get_or_set_with(&"new", || Err::<i32, _>("no")),
        Err("no")
    );
    cache.set_enabled(true);
    assert_eq!(cache.items(), [("kept", 2)]);
    assert_sound(&cache);
}

#[test]
fn a_computation_that_began_before_the_switch_is_not_stored_after_it() {
    let cache: Cache<u8, u8> = Cache::new(4);
    let value = cache.get_or_set_with(&1, || {
        cache.configure(CacheConfig::new().enabled(false)).unwrap();
        7
    });
    assert_eq!(value, 7);
    cache.set_enabled(true);
    assert!(cache.is_empty());
}

// ---------------------------------------------------------------------------------------------------- policies

/// What share of requests for 50 times as many keys as there is room for is found; keys are asked for by Zipf's law.
fn hit_rate(policy: Policy, capacity: usize) -> f64 {
    const REQUESTS: u32 = 60_000;
    let cache: Cache<usize, ()> = Cache::builder().max_size(capacity).policy(policy).build();
    let mut sum = 0.0;
    let bounds: Vec<f64> = (1..=50 * capacity as u32)
        .map(|rank| {
            sum += f64::from(rank).recip();
            sum
        })
        .collect();
    let mut random = Xorshift::new(7);
    let mut misses = 0;
    for _ in 0..REQUESTS {
        let draw = random.below(1 << 32) as f64 / f64::from(u32::MAX) * sum;
        let key = bounds.partition_point(|&bound| bound < draw);
        cache.get_or_set_with(&key, || misses += 1);
    }
    1.0 - f64::from(misses) / f64::from(REQUESTS)
}

/// Where uses are all there is to know, it knows them, however few entries there are.
#[test]
fn the_default_policy_is_at_home_in_small_caches() {
    for capacity in [4, 8, 16, 64] {
        let (found, fixed) = (
            hit_rate(Policy::Adaptive, capacity),
            hit_rate(Policy::TinyLfu, capacity),
        );
        assert!(found > 0.85 * fixed, "{capacity}: {found:.3}, {fixed:.3}");
    }
}

// ---------------------------------------------------------------------------------------------------- settings

#[test]
fn a_configuration_is_applied_whole_or_not_at_all() {
    let cache: Cache<u8, u8> = Cache::builder().max_size(10).shards(2).build();
    cache.set_many((0..10).map(|n| (n, n)));
    let config = CacheConfig::new()
        .max_size(1)
        .ttl(SECOND)
        .tti(SECOND)
        .policy(Policy::Lfu)
        .stats(true)
        .enabled(false);
    let wrong = [
        (
            config.clone().shards(4),
            "invalid shards = 4 for a cache of 2: the number of shards is fixed when the cache is built",
        ),
        (
            config.clone().shards(3),
            "invalid shards = 3: use a power of two from 1 to 4096",
        ),
        (
            config.clone().max_weight(5),
            "invalid max_weight = 5 without a weigher: give `CacheBuilder::weigher` a function that weighs an entry, \
             or use `max_size`",
        ),
    ];
    for (config, message) in wrong {
        let error = cache.configure(config).unwrap_err();
        assert!(error.is_invalid());
        assert_eq!(error.to_string(), message);
        assert_eq!(
            (cache.len(), cache.max_size(), cache.policy()),
            (10, 10, Policy::default())
        );
        assert_eq!((cache.ttl(), cache.tti()), (None, None));
        assert!(cache.is_enabled() && !cache.stats().is_enabled());
    }
    cache.configure(config.shards(2).max_weight(0)).unwrap();
    assert_eq!(
        (cache.len(), cache.max_size(), cache.policy()),
        (1, 1, Policy::Lfu)
    );
    assert_eq!((cache.ttl(), cache.tti()), (Some(SECOND), Some(SECOND)));
    assert!(!cache.is_enabled() && cache.stats().is_enabled());
}

#[test]
fn settings_that_cannot_be_are_refused_when_a_cache_is_built() {
    let build = |shards, max_weight| {
        let builder = Cache::<u8, u8>::builder().max_weight(max_weight);
        builder
            .shards(shards)
            .try_build()
            .map_err(|error| error.to_string())
    };
    for shards in [0, 3, 6, 100, 8192, usize::MAX] {
        let message = format!("invalid shards = {shards}: use a power of two from 1 to 4096");
        assert_eq!(build(shards, 0).unwrap_err(), message);
    }
    assert!(
        build(8, 1)
            .unwrap_err()
            .starts_with("invalid max_weight = 1 without a weigher")
    );
    assert_eq!(build(4096, 0).unwrap().shards(), 4096);
    assert!(panics(|| Cache::<u8, u8>::builder().shards(0).build()));
    let weighed = Cache::<u8, u8>::builder().max_weight(1).weigher(|_, _| 1);
    assert_eq!(weighed.try_build().unwrap().max_weight(), 1);
}

#[test]
fn a_policy_is_read_from_its_name() {
    for policy in Policy::ALL {
        assert_eq!(policy.to_string().parse::<Policy>().unwrap(), policy);
        assert_eq!(
            policy.name().to_uppercase().parse::<Policy>().unwrap(),
            policy
        );
    }
    let error = "lrv".parse::<Policy>().unwrap_err();
    assert!(error.is_invalid());
    let message = r#"invalid policy "lrv": use one of: fifo, lifo, lru, mru, lfu, random, sieve, s3fifo, tinylfu, adaptive"#;
    assert_eq!(error.to_string(), message);
}

#[test]
fn durations_without_end_are_no_overflow() {
    let clock = ManualClock::new();
    let cache = Cache::builder()
        .ttl(Duration::MAX)
        .tti(Duration::MAX)
        .clock(clock.clone())
        .build();
    cache.set(1, 1);
    cache.set_with_ttl(2, 2, Duration::MAX);
    assert!(cache.touch(&1, Duration::MAX));
    clock.advance(1_000_000 * SECOND);
    assert_eq!((cache.get(&1), cache.get(&2)), (Some(1), Some(2)));
    assert!(!cache.expired_at(&1, 2_000_000 * SECOND));
    assert_eq!(cache.delete_expired(), 0);
}

// ----------------------------------------------------------------------------------- callbacks that misbehave

#[test]
fn a_callback_that_panics_leaves_the_cache_as_it_is() {
    let fuse = Arc::new(AtomicUsize::new(usize::MAX));
    let blow = |what| {
        let fuse = Arc::clone(&fuse);
        move || {
            let left = fuse.fetch_sub(1, SeqCst);
            assert!(left != 0, "{what}");
        }
    };
    let (get, set, deleted, weigh) = (blow("get"), blow("set"), blow("delete"), blow("weigh"));
    let clock = ManualClock::new();
    let cache = Cache::builder()
        .max_size(4)
        .max_weight(20)
        .clock(clock.clone())
        .on_get(move |_: &u8, _| get())
        .on_set(move |_, _, _| set())
        .on_delete(move |_, _, _| deleted())
        .weigher(move |_, &value: &u64| {
            weigh();
            value % 8
        })
        .build();
    let mut random = Xorshift::new(7);
    let mut blown = 0;
    for _ in 0..4_000 {
        fuse.store(random.below(4) as usize, SeqCst);
        blown += usize::from(panics(|| some_operation(&cache, &clock, &mut random)));
        assert!(cache.len() <= 4 && cache.weight() <= 20);
    }
    fuse.store(usize::MAX, SeqCst);
    assert!(blown > 400, "{blown}");
    assert_sound(&cache);
}

/// One operation of many, with keys and values of few kinds.
fn some_operation<K>(cache: &Cache<K, u64>, clock: &ManualClock, random: &mut Xorshift)
where
    K: Hash + Eq + Clone + ToOwned<Owned = K> + From<u8>,
{
    let key = K::from(random.below(8) as u8);
    let value = random.below(100);
    match random.below(18) {
        0..4 => drop(cache.set(key, value)),
        4 => drop(cache.set_with_ttl(key, value, SECOND)),
        5..7 => drop(cache.get(&key)),
        7..9 => drop(cache.get_or_set_with(&key, || value)),
        9 => drop(cache.update(&key, |old| {
            old.map_or(Some(value), |old| old.checked_sub(50))
        })),
        10 => drop(cache.delete(&key)),
        11 => drop(cache.pop_item()),
        12 => clock.advance(SECOND / 2),
        13 => drop(cache.get_many(|_: &K| true)),
        14 => drop(cache.add(key, value)),
        15 => cache.retain(|_, value| value % 5 != 0),
        16 => drop(cache.keys()),
        _ => drop(cache.touch(&key, SECOND)),
    }
}

#[test]
fn callbacks_may_use_the_cache_to_any_depth() {
    no_deadlock(|| {
        let home: Arc<OnceLock<Cache<u32, u32>>> = Arc::default();
        let from = |home: &Arc<OnceLock<Cache<u32, u32>>>| {
            let home = Arc::clone(home);
            move || home.get().cloned().unwrap()
        };
        let (get, set, deleted, weigh, make) = (
            from(&home),
            from(&home),
            from(&home),
            from(&home),
            from(&home),
        );
        let cache = Cache::builder()
            .max_size(8)
            .on_get(move |&key, found: Option<&u32>| {
                if found.is_none() && key > 10 {
                    get().get(&(key - 1));
                }
            })
            .on_set(move |&key, &value, _| {
                if key > 0 && key < 6 {
                    set().set(key - 1, value);
                }
            })
            .on_delete(move |&key, _, _| drop(deleted().has(&key)))
            .weigher(move |key, _| 1 + u64::from(weigh().has(key)))
            .default_with(move |&key| make().len() as u32 + key)
            .build();
        home.set(cache.clone()).unwrap();
        cache.set(5, 50);
        assert_eq!(
            cache.items(),
            [(5, 50), (4, 50), (3, 50), (2, 50), (1, 50), (0, 50)]
        );
        // the miss of 15 asks for 14, and so on, down to 10, which is made first
        assert_eq!(cache.get(&15), Some(8 + 15));
        cache.set_many((100..120).map(|n| (n, n)));
        cache.clear();
        assert!(cache.is_empty());
    });
}

#[test]
fn a_default_function_fails_for_its_caller_alone() {
    let cache: Cache<u8, u8> = Cache::builder()
        .default_with(|&key: &u8| key.checked_sub(1).expect("no"))
        .build();
    assert!(panics(|| cache.get(&0)));
    assert!(panics(|| cache.get(&0)));
    assert_eq!(
        (cache.get(&1), cache.peek(&1), cache.peek(&2)),
        (Some(0), Some(0), None)
    );
    assert_eq!(cache.get_or_set_with(&0, || 9), 9);
    assert_eq!(cache.keys(), [1, 0]);
    assert_sound(&cache);
}

/// Others leave for it, and nobody finds the key without an entry meanwhile.
#[test]
fn a_value_that_becomes_heavier_is_there_all_the_while() {
    const UPDATES: u64 = 3_000;
    for shards in [1, 8] {
        let told = Arc::new(AtomicUsize::new(0));
        let cache = {
            let told = Arc::clone(&told);
            Cache::builder()
                .max_size(0)
                .max_weight(2 * UPDATES + 1_000)
                .shards(shards)
                .policy(Policy::Lru)
                .weigher(|_: &u64, &value: &u64| value)
                .on_delete(move |&key, _, _| drop(told.fetch_add(usize::from(key == 0), SeqCst)))
                .build()
        };
        cache.set_many((1..=2 * UPDATES + 999).map(|key| (key, 1)));
        cache.set(0, 1);
        assert!(cache.is_full());
        thread::scope(|scope| {
            let writers = [(); 2].map(|()| {
                scope.spawn(|| {
                    for _ in 0..UPDATES {
                        cache.update(&0, |count| Some(count.expect("it is there") + 1));
                    }
                })
            });
            while !writers.iter().all(thread::ScopedJoinHandle::is_finished) {
                assert!(cache.peek(&0).is_some());
            }
        });
        assert_eq!(cache.peek(&0), Some(2 * UPDATES + 1));
        assert_eq!(told.load(SeqCst), 0);
        assert_sound(&cache);
    }
}

/// Under a policy that would have the written entry itself leave, it is replaced all the same.
#[test]
fn a_value_that_becomes_heavier_may_be_the_victim() {
    for policy in [Policy::Lifo, Policy::Mru, Policy::Fifo] {
        for shards in [1, 4] {
            let causes = Arc::new(Mutex::new(Vec::new()));
            let noted = Arc::clone(&causes);
            let cache = Cache::builder()
                .max_size(0)
                .max_weight(4)
                .shards(shards)
                .policy(policy)
                .weigher(|_: &u8, &value: &u64| value)
                .on_delete(move |&key, _, cause| noted.lock().unwrap().push((key, cause)))
                .build();
            cache.set_many([(1, 1), (2, 1), (3, 1), (4, 1)]);
            assert_eq!(cache.set(4, 3), Some(1));
            assert_eq!((cache.peek(&4), cache.weight()), (Some(3), 4));
            let causes = causes.lock().unwrap();
            assert!(
                causes
                    .iter()
                    .all(|&left| left.0 != 4 && left.1 == RemovalCause::Full)
            );
            assert_eq!(causes.len(), 2, "{policy}: {causes:?}");
        }
    }
}

#[test]
fn a_weigher_is_asked_once_for_each_entry_that_is_set() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let cache = Cache::builder()
        .max_weight(10)
        .weigher(move |_, value: &u64| {
            count.fetch_add(1, SeqCst);
            *value
        })
        .build();
    cache.set("a", 5);
    cache.set("b", 5);
    cache.get_or_set_with(&"a", || unreachable!());
    cache.get_or_set_with(&"c", || 2);
    assert_eq!(
        (asked.load(SeqCst), cache.weight(), cache.keys()),
        (3, 7, vec!["a", "c"])
    );
    assert_eq!(cache.set("c", 5), Some(2), "a heavier value finds its room");
    assert_eq!(cache.set("c", 0), Some(5));
    assert_eq!((cache.weight(), cache.len()), (5, 2));
    assert_eq!(
        cache.set("a", 11),
        Some(5),
        "what is too heavy makes the present one outdated"
    );
    assert!(!cache.add("d", 11) && !cache.add("c", 1));
    assert_eq!(
        cache.get_or_set_with(&"e", || 12),
        12,
        "it is answered all the same"
    );
    assert_eq!(cache.items(), [("c", 0)]);
    cache.configure(CacheConfig::new().max_weight(0)).unwrap();
    cache.set("d", u64::MAX / 2);
    assert_eq!(cache.weight(), u64::MAX / 2);
    cache.configure(CacheConfig::new().max_weight(1)).unwrap();
    assert!(cache.weight() <= 1);
    assert_sound(&cache);
}

// ------------------------------------------------------------------------------ keys and values that misbehave

thread_local! {
    /// How many more calls of the methods below go well.
    static FUSE: Cell<usize> = const { Cell::new(usize::MAX) };
}

fn burn(what: &str) {
    let left = FUSE.get();
    FUSE.set(left.wrapping_sub(1));
    if left == 0 {
        panic!("{what}");
    }
}

/// A key each of whose methods may panic.
#[derive(Debug)]
struct Brittle(u8);

impl From<u8> for Brittle {
    fn from(number: u8) -> Self {
        Brittle(number)
    }
}

impl Clone for Brittle {
    fn clone(&self) -> Self {
        burn("clone");
        Brittle(self.0)
    }
}

impl PartialEq for Brittle {
    fn eq(&self, other: &Self) -> bool {
        burn("eq");
        self.0 == other.0
    }
}

impl Eq for Brittle {}

impl Hash for Brittle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        burn("hash");
        (self.0 / 2).hash(state); // with collisions
    }
}

#[test]
fn keys_that_panic_leave_a_sound_cache() {
    for shards in [1, 4] {
        let clock = ManualClock::new();
        let cache: Cache<Brittle, u64> = Cache::builder()
            .max_size(5)
            .shards(shards)
            .clock(clock.clone())
            .build();
        let mut random = Xorshift::new(shards as u64);
        let mut blown = 0;
        for _ in 0..4_000 {
            FUSE.set(random.below(12) as usize);
            blown += usize::from(panics(|| some_operation(&cache, &clock, &mut random)));
            FUSE.set(usize::MAX);
            assert!(cache.len() <= 5);
        }
        assert!(blown > 400, "{blown}");
        assert_sound(&cache);
    }
}

/// A value whose clones may panic.
#[derive(Debug)]
struct Fragile(u8);

impl Clone for Fragile {
    fn clone(&self) -> Self {
        burn("clone");
        Fragile(self.0)
    }
}

#[test]
fn values_that_panic_leave_a_sound_cache() {
    let cache: Cache<u8, Fragile> = Cache::new(3);
    let mut random = Xorshift::new(3);
    for _ in 0..4_000 {
        let key = random.below(5) as u8;
        FUSE.set(random.below(3) as usize);
        let _ = panics(|| match random.below(8) {
            0 => drop(cache.set(key, Fragile(key))),
            1 => drop(cache.get(&key)),
            2 => drop(cache.get_or_set_with(&key, || Fragile(key))),
            3 => drop(cache.update(&key, |_| Some(Fragile(key)))),
            4 => drop(cache.values()),
            5 => drop(cache.get_many([0, 1, 2])),
            6 => drop(cache.set_with_ttl(key, Fragile(key), Duration::ZERO)),
            _ => drop(cache.iter().last()),
        });
        FUSE.set(usize::MAX);
        assert_eq!(cache.len(), cache.keys().len());
        assert!(cache.items().iter().all(|(key, value)| *key == value.0));
    }
    assert_sound(&cache);
}

/// A value that asks its cache for its neighbours when it is dropped.
#[derive(Clone)]
struct Clinging(#[allow(dead_code)] Arc<Last>);

struct Last {
    home: Cache<u8, Clinging>,
    key: u8,
}

impl Drop for Last {
    fn drop(&mut self) {
        self.home.has(&(self.key ^ 1));
        self.home.delete(&(self.key ^ 3));
        assert!(self.home.len() <= 4);
    }
}

#[test]
fn a_value_may_use_the_cache_while_it_is_dropped() {
    no_deadlock(|| {
        for shards in [1, 2] {
            let clock = ManualClock::new();
            let cache = Cache::builder()
                .max_size(4)
                .shards(shards)
                .clock(clock.clone())
                .build();
            let value = |key| {
                let home = cache.clone();
                Clinging(Arc::new(Last { home, key }))
            };
            let mut random = Xorshift::new(shards as u64);
            for _ in 0..2_000 {
                let key = random.below(8) as u8;
                match random.below(13) {
                    0..3 => drop(cache.set(key, value(key))),
                    3 => drop(cache.add(key, value(key))),
                    4 => drop(cache.set_with_ttl(key, value(key), SECOND)),
                    5 => drop(cache.set_with_ttl(key, value(key), Duration::ZERO)),
                    6 => drop(cache.get_or_set_with(&key, || value(key))),
                    7 => drop(cache.update(&key, |old| old.is_none().then(|| value(key)))),
                    8 => drop((cache.delete(&key), cache.pop_item(), cache.evict())),
                    9 => cache.retain(|&key, _| key % 2 == 0),
                    10 => drop((
                        clock.advance(SECOND),
                        cache.get(&key),
                        cache.delete_expired(),
                    )),
                    11 => drop(cache.configure(CacheConfig::new().max_size(1 + key as usize / 2))),
                    _ => cache.clear(),
                }
            }
            cache.clear();
            assert!(cache.is_empty());
        }
    });
}

// ----------------------------------------------------------------------------------------------------- filters

#[test]
#[allow(clippy::needless_borrows_for_generic_args)]
fn keys_are_listed_in_many_forms() {
    let numbers: Cache<u32, u32> = (0..10).map(|n| (n, n)).collect();
    let pairs = |keys: &[u32]| keys.iter().map(|&n| (n, n)).collect::<Vec<_>>();
    assert_eq!(numbers.get_many([3, 1, 99, 3]), pairs(&[3, 1, 3]));
    assert_eq!(numbers.get_many(vec![5, 4]), pairs(&[5, 4]));
    assert_eq!(numbers.get_many(&[7, 8][..]), pairs(&[7, 8]));
    assert_eq!(numbers.get_many(&vec![&6]), pairs(&[6]));
    assert_eq!(numbers.get_many([] as [u32; 0]), []);
    assert_eq!(numbers.delete_many([1, 1, 2]), 2);
    assert_eq!(numbers.delete_many(numbers.keys()), 8);

    let texts: Cache<String, u8> = Cache::new(9);
    texts.set_many(["a", "b", "c", "d", "e"].map(|key| (key.to_owned(), 0)));
    assert_eq!(texts.delete_many(strings(&["a", "x"])), 1);
    assert_eq!(texts.delete_many(vec!["b"]), 1);
    assert_eq!(texts.delete_many(&strings(&["c"])), 1);
    assert_eq!(texts.delete_many(&["d"][..]), 1);
    assert_eq!(texts.get_many(&String::from("*")), [("e".to_owned(), 0)]);

    let tuples: Cache<(u8, &str), u8> = Cache::new(9);
    tuples.set_many([((1, "a"), 1), ((2, "b"), 2), ((3, "c"), 3)]);
    assert_eq!(tuples.get_many([(2, "b"), (2, "a")]), [((2, "b"), 2)]);
    assert_eq!(tuples.delete_many(vec![(1, "a")]), 1);
    assert_eq!(tuples.delete_many(&[(3, "c")][..]), 1);
    assert_eq!(tuples.delete_many(|key: &(u8, &str)| key.0 == 2), 1);

    let bytes: Cache<Vec<u8>, u8> = Cache::new(9);
    bytes.set_many([(vec![1, 2], 1), (vec![3], 2)]);
    assert_eq!(bytes.delete_many([&[1_u8, 2][..]]), 1);
    assert_eq!(bytes.keys(), [[3]]);
}

#[test]
fn a_filter_may_use_the_cache() {
    no_deadlock(|| {
        let cache: Cache<u8, u8> = (0..8).map(|n| (n, n)).collect();
        let is_even = |key: &u8| cache.peek(key).is_some_and(|value| value % 2 == 0);
        assert_eq!(cache.get_many(is_even).len(), 4);
        let count = cache.delete_many(|key: &u8| {
            let is_even = key.is_multiple_of(2);
            is_even && cache.delete(&(key + 1))
        });
        assert_eq!((count, cache.len()), (4, 0));
    });
}

#[test]
fn every_text_can_be_selected_by_a_glob() {
    fn check<K: TextKey + Hash + Eq + Clone + From<&'static str>>() {
        let cache: Cache<K, u8> = Cache::new(8);
        cache.set_many(["user:1", "user:22", "page:1"].map(|key| (K::from(key), 0)));
        assert_eq!(cache.delete_many("user:?"), 1);
        assert_eq!(cache.get_many("*:*").len(), 2);
        assert_eq!(cache.delete_many("[!u]*"), 1);
        let rest: Vec<_> = cache
            .keys()
            .iter()
            .map(|key| key.text().into_owned())
            .collect();
        assert_eq!(rest, ["user:22"]);
    }
    check::<String>();
    check::<&'static str>();
    check::<Box<str>>();
    check::<Arc<str>>();
    check::<Cow<'static, str>>();
}

#[test]
fn selected_keys_are_uses_and_hits_in_their_own_order() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&told);
    let cache: Cache<&str, u8> = Cache::builder()
        .max_size(3)
        .policy(Policy::Lru)
        .stats(true)
        .on_get(move |&key: &&str, value| log.lock().unwrap().push((key, value.copied())))
        .build();
    cache.set_many([("a", 1), ("b", 2), ("c", 3)]);
    assert_eq!(cache.get_many(["b", "missing", "a"]).len(), 2);
    assert_eq!(cache.keys(), ["c", "b", "a"]);
    assert_eq!(*told.lock().unwrap(), [("b", Some(2)), ("a", Some(1))]);
    let info = cache.stats().info();
    assert_eq!((info.hit_count, info.miss_count), (2, 0));
}

// -------------------------------------------------------------------------------------------- named caches

#[test]
fn a_glob_deletes_from_caches_of_any_text() {
    fn check<K>(manager: &CacheManager)
    where
        K: Hash + Eq + Clone + Send + Sync + From<&'static str> + 'static,
    {
        let cache: Cache<K, u8> = Cache::new(8);
        cache.set_many(["ada:1", "ada:2", "bob:1"].map(|key| (K::from(key), 0)));
        manager.register("texts", &cache);
        let any = manager.cache("texts").unwrap();
        assert_eq!(any.delete_glob("ada:*").unwrap(), 2);
        assert_eq!(any.delete_glob("ada:*").unwrap(), 0);
        assert_eq!(any.len(), 1);
    }
    let manager = CacheManager::new();
    check::<String>(&manager);
    check::<&'static str>(&manager);
    check::<Arc<str>>(&manager);
    check::<Box<str>>(&manager);
    check::<Cow<'static, str>>(&manager);

    manager.register("numbers", &Cache::<u32, u8>::new(8));
    let error = manager
        .cache("numbers")
        .unwrap()
        .delete_glob("*")
        .unwrap_err();
    assert!(error.is_not_text());
    let message = r#"cache "numbers" has keys of type u32, which are no text: a glob selects among text only"#;
    assert_eq!(error.to_string(), message);
}

#[test]
fn a_name_that_was_not_used_yet_shows_the_settings_that_it_will_have() {
    let manager = CacheManager::new();
    let config = CacheConfig::new().max_size(7).policy(Policy::Fifo);
    manager.configure("later", config).unwrap();
    let any = manager.cache("later").unwrap();
    any.configure(CacheConfig::new().ttl(SECOND)).unwrap();
    assert_eq!((any.name(), any.len(), any.max_size()), ("later", 0, 7));
    assert_eq!((any.ttl(), any.policy()), (Some(SECOND), Policy::Fifo));
    assert!(any.is_empty() && any.delete_expired() == 0 && any.delete_glob("*").unwrap() == 0);
    any.clear();
    let cache = manager.get::<u8, u8>("later").unwrap();
    assert_eq!(
        (cache.max_size(), cache.ttl(), cache.policy()),
        (7, Some(SECOND), Policy::Fifo)
    );
    cache.set(1, 1);
    assert_eq!(any.len(), 1);
    assert!(
        any.configure(CacheConfig::new().max_size(3).shards(64))
            .unwrap_err()
            .is_invalid()
    );
    assert_eq!(any.max_size(), 7);
}

#[test]
fn many_first_users_get_one_cache() {
    for _ in 0..50 {
        let manager = CacheManager::new();
        manager.configure("it", CacheConfig::new()).unwrap();
        let barrier = Barrier::new(8);
        thread::scope(|scope| {
            for number in 0..8_u32 {
                let (manager, barrier) = (&manager, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    manager.get::<u32, u32>("it").unwrap().set(number, number);
                });
            }
        });
        assert_eq!(manager.cache("it").unwrap().len(), 8);
    }
}

#[test]
fn of_two_first_users_with_different_types_one_is_told() {
    for _ in 0..50 {
        let manager = CacheManager::new();
        manager.configure("it", CacheConfig::new()).unwrap();
        let barrier = Barrier::new(2);
        let (one, other) = thread::scope(|scope| {
            let one = scope.spawn(|| {
                barrier.wait();
                manager.get::<u32, u32>("it").err()
            });
            barrier.wait();
            let other = manager.get::<u32, String>("it").err();
            (one.join().unwrap(), other)
        });
        let errors: Vec<Error> = one.into_iter().chain(other).collect();
        assert_eq!(errors.len(), 1);
        assert!(errors[0].is_type_mismatch());
    }
}

#[test]
fn wrong_settings_change_nothing_in_a_manager() {
    let manager = CacheManager::new();
    manager
        .configure("a", CacheConfig::new().max_size(5))
        .unwrap();
    let kept = manager.get::<u8, u8>("a").unwrap();
    kept.set(1, 1);
    let fine = CacheConfig::new().max_size(9);
    for wrong in [fine.clone().shards(5), fine.clone().max_weight(5)] {
        let settings = [
            ("a", fine.clone()),
            ("b", fine.clone()),
            ("c", wrong.clone()),
        ];
        assert!(manager.setup(settings).unwrap_err().is_invalid());
        assert!(
            manager
                .configure("d", wrong.clone())
                .unwrap_err()
                .is_invalid()
        );
        assert!(manager.configure("a", wrong).unwrap_err().is_invalid());
        assert_eq!(manager.names(), ["a"]);
        let same = manager.get::<u8, u8>("a").unwrap();
        assert_eq!((same.get(&1), same.max_size()), (Some(1), 5));
    }
    manager.setup([("a", fine)]).unwrap();
    let fresh = manager.get::<u8, u8>("a").unwrap();
    assert_eq!((fresh.get(&1), fresh.max_size()), (None, 9));
    assert_eq!(
        (kept.get(&1), kept.max_size()),
        (Some(1), 5),
        "a handle outlives its name"
    );
}

#[test]
fn names_are_given_and_taken_away() {
    let manager = CacheManager::new();
    let (one, other): (Cache<u8, u8>, Cache<u8, String>) = (Cache::new(1), Cache::new(2));
    manager.register("it", &one);
    let any = manager.cache("it").unwrap();
    manager.register("it".to_owned(), &other);
    assert_eq!(
        (any.max_size(), manager.cache("it").unwrap().max_size()),
        (1, 2)
    );
    assert!(manager.get::<u8, u8>("it").unwrap_err().is_type_mismatch());
    assert!(manager.get::<u8, String>("it").is_ok());
    manager
        .configure("it", CacheConfig::new().max_size(20))
        .unwrap();
    assert_eq!((one.max_size(), other.max_size()), (1, 20));
    assert!(manager.remove("it") && !manager.remove("it"));
    assert!(manager.cache("it").unwrap_err().is_not_configured());
    assert!(manager.get::<u8, u8>("it").unwrap_err().is_not_configured());
    assert!(manager.names().is_empty());
}

#[test]
fn a_caches_destructors_may_use_the_manager_that_forgets_it() {
    struct Calls(Arc<OnceLock<CacheManager>>);
    impl Drop for Calls {
        fn drop(&mut self) {
            if let Some(manager) = self.0.get() {
                manager.names();
            }
        }
    }
    no_deadlock(|| {
        let home: Arc<OnceLock<CacheManager>> = Arc::new(OnceLock::from(CacheManager::new()));
        let manager = home.get().unwrap();
        let fill = || {
            manager.configure("it", CacheConfig::new()).unwrap();
            let cache = manager.get::<u8, Arc<Calls>>("it").unwrap();
            cache.set(1, Arc::new(Calls(Arc::clone(&home))));
        };
        fill();
        assert!(manager.remove("it"));
        fill();
        manager.clear_all();
    });
}
