//! Caches of several shards stay evenly filled, whatever leaves them, and nobody waits for ever for room.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use cacheout::{Cache, CacheConfig, ManualClock, Policy};

const SHARDS: usize = 8;
const SECOND: Duration = Duration::from_secs(1);

/// How many of so many new keys are there when all have been set, in %. In a FIFO cache of even shards that has room for all of
/// them, and some to spare, these are nearly all; where shards were drained, their keys displace each other.
fn kept(cache: &Cache<u64, u64>, keys: std::ops::Range<u64>) -> u64 {
    keys.clone().for_each(|key| _ = cache.set(key, key));
    let count = keys.end - keys.start;
    100 * keys.filter(|key| cache.peek(key).is_some()).count() as u64 / count
}

fn full(max_size: usize, policy: Policy) -> Cache<u64, u64> {
    let cache = Cache::builder()
        .max_size(max_size)
        .shards(SHARDS)
        .policy(policy)
        .build();
    (0..2 * max_size as u64).for_each(|key| _ = cache.set(key, key));
    assert_eq!(cache.len(), max_size);
    cache
}

#[test]
fn a_lower_bound_takes_from_all_shards() {
    for policy in [Policy::Fifo, Policy::Lru, Policy::Lfu, Policy::Adaptive] {
        let cache = full(8_000, policy);
        let smaller = CacheConfig::new().max_size(4_000);
        cache.configure(smaller).unwrap();
        assert_eq!(cache.len(), 4_000);
        cache
            .configure(CacheConfig::new().policy(Policy::Fifo))
            .unwrap();
        let kept = kept(&cache, 100_000..103_000);
        assert!(kept >= 97, "{policy:?}: {kept} %");
    }
}

/// The order that is kept from then on begins evenly, too.
#[test]
fn a_small_bound_leaves_the_youngest_of_all_shards() {
    let cache = full(8_000, Policy::Fifo);
    let smaller = CacheConfig::new().max_size(800);
    cache.configure(smaller).unwrap();
    let young = (15_000..16_000).filter(|key| cache.peek(key).is_some());
    let young = young.count();
    assert!(young >= 700, "{young} of the 800 are of the last thousand");
}

#[test]
fn evicting_and_popping_drain_no_shard() {
    let cache = full(4_000, Policy::Fifo);
    for key in 100_000..110_000 {
        if key % 2 == 0 {
            assert_eq!(cache.evict(), 1);
        } else {
            assert!(cache.pop_item().is_some());
        }
        cache.set(key, key);
    }
    let kept = kept(&cache, 200_000..203_000);
    assert!(kept >= 97, "{kept} %");
}

/// Where entries expire by idleness, what is used seems due now and then and is not.
#[test]
fn what_seems_due_drains_no_shard() {
    let clock = ManualClock::new();
    let cache = Cache::builder()
        .max_size(2_000)
        .shards(SHARDS)
        .policy(Policy::Fifo)
        .tti(10 * SECOND)
        .clock(clock.clone())
        .build();
    (0..2_000_u64).for_each(|key| _ = cache.set(key, key));
    for next in 2_000..3_000 {
        cache.keys().iter().for_each(|key| _ = cache.get(key));
        clock.advance(6 * SECOND);
        cache.set(next, next);
        assert_eq!(cache.len(), 2_000, "all were used");
    }
    let kept = kept(&cache, 100_000..101_500);
    assert!(kept >= 97, "{kept} %");
}

/// Others who come in all the time do not take the room that is made for who is heavy.
#[test]
fn a_heavy_entry_gets_in_beside_many_light_ones() {
    struct AtLast<'a>(&'a AtomicBool);
    impl Drop for AtLast<'_> {
        fn drop(&mut self) {
            self.0.store(true, Relaxed);
        }
    }
    let told = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&told);
    let cache: Cache<u64, u64> = Cache::builder()
        .max_size(0)
        .max_weight(1_000)
        .shards(SHARDS)
        .weigher(|_, &weight| weight)
        .on_set(move |_, &weight, _| _ = counted.fetch_add(u64::from(weight == 500), Relaxed))
        .build();
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        let _at_last = AtLast(&is_done);
        for thread in 1..3_u64 {
            let (cache, is_done) = (&cache, &is_done);
            scope.spawn(move || {
                let mut key = thread << 32;
                while !is_done.load(Relaxed) {
                    cache.set(key, 1);
                    key += 1;
                }
            });
        }
        for key in 0..200 {
            cache.set(key, 500);
            assert_eq!(told.load(Relaxed), key + 1, "it is stored");
            assert!(cache.weight() <= 1_000);
        }
    });
}

fn weighed(clock: &ManualClock) -> Cache<u64, u64> {
    Cache::builder()
        .max_size(5_000)
        .max_weight(10_000)
        .shards(SHARDS)
        .policy(Policy::Fifo)
        .weigher(|_, &weight| weight)
        .clock(clock.clone())
        .build()
}

#[test]
fn what_has_expired_in_whatever_shard_leaves_before_what_is_live() {
    let clock = ManualClock::new();
    let cache = weighed(&clock);
    (0..500).for_each(|key| _ = cache.set(key, 12));
    (1_000..4_900).for_each(|key| _ = cache.set_with_ttl(key, 1, SECOND));
    clock.advance(SECOND);
    cache.set(10_000, 3_000);
    let live = (0..500).filter(|key| cache.peek(key).is_some());
    assert_eq!((live.count(), cache.peek(&10_000)), (500, Some(3_000)));
}

/// It takes from all of them, and is not the only one of its shard afterwards.
#[test]
fn a_heavy_entry_drains_no_shard() {
    let cache = weighed(&ManualClock::new());
    (0..4_000).for_each(|key| _ = cache.set(key, 2));
    (4_000..5_000).for_each(|key| _ = cache.set(key, 2));
    cache.set(10_000, 3_000);
    assert_eq!(cache.peek(&10_000), Some(3_000));
    (20_000..21_000).for_each(|key| _ = cache.set(key, 2));
    assert_eq!(cache.peek(&10_000), Some(3_000));
}
