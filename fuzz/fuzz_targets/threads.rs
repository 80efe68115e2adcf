//! Any operations of three threads at once, on one cache whose keys have few hashes.
#![no_main]

mod crowd;

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use arbitrary::Arbitrary;
use cacheout::{Cache, CacheConfig, ManualClock, Policy};
use crowd::Crowd;
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Plan {
    policy: u8,
    shards: u8,
    max_size: u8,
    hashes: u8,
    ops: [Vec<Op>; 3],
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Op {
    Get(u8),
    View(u8),
    ViewAndWrite(u8, u8),
    Peek(u8),
    Set(u8),
    SetForAWhile(u8, u8),
    GetOrSet(u8),
    Update(u8),
    Take(u8),
    PopItem,
    Clear,
    Advance(u8),
    Ttl,
    Grow(u8),
}

/// A value on the heap that belongs to a key; all share one count.
#[derive(Clone, Debug)]
struct Value {
    text: String,
    _count: Arc<()>,
}

struct Run {
    cache: Cache<u16, Value, Crowd>,
    clock: ManualClock,
    count: Arc<()>,
    max_size: usize,
}

fn check(key: u16, found: &Value) {
    assert_eq!(found.text, format!("the value of key {key}"));
}

impl Run {
    fn value(&self, key: u16) -> Value {
        Value {
            text: format!("the value of key {key}"),
            _count: Arc::clone(&self.count),
        }
    }

    fn step(&self, op: Op) {
        let cache = &self.cache;
        let key = |key: u8| u16::from(key % 16);
        let check_some = |key: u8, found: Option<Value>| {
            if let Some(found) = found {
                check(u16::from(key % 16), &found);
            }
        };
        match op {
            Op::Get(k) => check_some(k, cache.get(&key(k))),
            Op::View(k) => {
                cache.view(&key(k), |value| check(key(k), value));
            }
            Op::ViewAndWrite(k, other) => {
                cache.view(&key(k), |value| {
                    cache.set(key(other), self.value(key(other)));
                    cache.delete(&key(k));
                    check(key(k), value);
                });
            }
            Op::Peek(k) => check_some(k, cache.peek(&key(k))),
            Op::Set(k) => check_some(k, cache.set(key(k), self.value(key(k)))),
            Op::SetForAWhile(k, ttl) => {
                let ttl = Duration::from_nanos(u64::from(ttl % 8));
                check_some(k, cache.set_with_ttl(key(k), self.value(key(k)), ttl));
            }
            Op::GetOrSet(k) => {
                let value = cache.get_or_set_with(&key(k), || self.value(key(k)));
                check(key(k), &value);
            }
            Op::Update(k) => {
                let value = cache.update(&key(k), |old| old.or_else(|| Some(self.value(key(k)))));
                check_some(k, value);
            }
            Op::Take(k) => check_some(k, cache.take(&key(k))),
            Op::PopItem => {
                if let Some((key, value)) = cache.pop_item() {
                    check(key, &value);
                }
            }
            Op::Clear => cache.clear(),
            Op::Advance(step) => self
                .clock
                .advance(Duration::from_nanos(u64::from(step % 4))),
            Op::Ttl => {
                let config = CacheConfig::new().ttl(Duration::from_nanos(5));
                cache.configure(config).unwrap();
            }
            Op::Grow(count) => {
                for key in 100..100 + u16::from(count) {
                    cache.set(key, self.value(key));
                }
            }
        }
        assert!(self.max_size == 0 || cache.len() <= self.max_size);
    }
}

fuzz_target!(|plan: Plan| {
    let (clock, count) = (ManualClock::new(), Arc::new(()));
    let max_size = usize::from(plan.max_size % 24);
    let cache = Cache::builder()
        .policy(Policy::ALL[usize::from(plan.policy) % Policy::ALL.len()])
        .shards(1 << (plan.shards % 3))
        .max_size(max_size)
        .clock(clock.clone())
        .hasher(Crowd::of(plan.hashes))
        .build();
    let run = Run {
        cache,
        clock,
        count: Arc::clone(&count),
        max_size,
    };
    thread::scope(|scope| {
        let run = &run;
        let start = |ops: &'_ Vec<Op>| {
            let ops: Vec<_> = ops.iter().copied().take(100).collect();
            scope.spawn(move || ops.into_iter().for_each(|op| run.step(op)))
        };
        let threads: Vec<_> = plan.ops.iter().map(start).collect();
        for thread in threads {
            thread.join().unwrap(); // or the sanitizer takes what it has not given back yet for lost
        }
    });
    run.cache.delete_expired();
    assert_eq!(run.cache.len(), run.cache.keys().len());
    drop(run);
    assert_eq!(
        Arc::strong_count(&count),
        1,
        "values that were never dropped"
    );
});
