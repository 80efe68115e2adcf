//! What once went wrong.

use cacheout::{Cache, CacheConfig, CacheManager, LocalCache, ManualClock, Policy};
use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex, OnceLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);

fn within<T: Send + Sync + 'static>(f: impl FnOnce() -> T + Send + Sync + 'static) -> T {
    let (tx, rx) = mpsc::channel();
    thread::spawn(move || drop(tx.send(f())));
    rx.recv_timeout(Duration::from_secs(5))
        .expect("hangs (or panicked)")
}

#[test]
fn what_has_expired_leaves_before_what_is_live_beyond_one_batch() {
    let clock = ManualClock::new();
    let cache: Cache<u32, u64> = Cache::builder()
        .max_size(1_000)
        .max_weight(100)
        .policy(Policy::Fifo)
        .weigher(|_, w| *w)
        .clock(clock.clone())
        .build();
    for k in 0..30 {
        cache.set(k, 1);
    }
    for k in 30..100 {
        cache.set_with_ttl(k, 1, SECOND);
    }
    clock.advance(SECOND);
    cache.set(1000, 70); // 30 live + 70 = 100: fits as soon as all 70 expired ones are gone
    assert_eq!(cache.keys().len(), 31);
}

thread_local!(static FUSE: Cell<u32> = const { Cell::new(0) });
fn burn() {
    let left = FUSE.get();
    FUSE.set(left.saturating_sub(1));
    assert!(left != 1, "fuse");
}

#[derive(Clone)]
struct K(u32);
impl PartialEq for K {
    fn eq(&self, o: &K) -> bool {
        burn();
        self.0 == o.0
    }
}
impl Eq for K {}
impl Hash for K {
    fn hash<H: Hasher>(&self, h: &mut H) {
        self.0.hash(h)
    }
}

#[test]
fn a_panicking_comparison_loses_no_place() {
    within(|| {
        let cache: Cache<K, u32> = Cache::new(8);
        cache.get_or_set_with(&K(1), || {
            FUSE.set(1);
            assert!(catch_unwind(AssertUnwindSafe(|| cache.set(K(1), 7))).is_err());
            FUSE.set(0);
            5
        });
        cache.clear();
        assert_eq!(cache.len(), 0, "a place is lost");
    });
}

#[test]
fn after_a_panicking_comparison_a_full_cache_of_one_still_takes_entries() {
    within(|| {
        let cache: Cache<K, u32> = Cache::new(1);
        cache.get_or_set_with(&K(1), || {
            FUSE.set(1);
            assert!(catch_unwind(AssertUnwindSafe(|| cache.set(K(1), 7))).is_err());
            FUSE.set(0);
            5
        });
    });
}

struct V(u32);
impl Clone for V {
    fn clone(&self) -> V {
        burn();
        V(self.0)
    }
}

#[test]
fn a_panicking_clone_does_not_forget_those_who_wait() {
    within(|| {
        let cache: Cache<u32, V> = Cache::new(8);
        let (started, start) = mpsc::channel();
        let (go, gone) = mpsc::channel::<()>();
        thread::scope(|s| {
            let cache = &cache;
            let leader = s.spawn(move || {
                catch_unwind(AssertUnwindSafe(|| {
                    cache.get_or_set_with(&1, || {
                        started.send(()).unwrap();
                        gone.recv().unwrap();
                        FUSE.set(2); // the first clone, for the store, goes well; the second, for those who wait, does not
                        V(1)
                    })
                }))
                .is_err()
            });
            start.recv().unwrap();
            let follower = s.spawn(move || cache.get_or_set_with(&1, || V(2)).0);
            thread::sleep(Duration::from_millis(200));
            go.send(()).unwrap();
            assert!(leader.join().unwrap());
            follower.join().unwrap();
        });
    });
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct D(u32);
static HOME: Mutex<Option<Cache<D, u32>>> = Mutex::new(None);
impl Drop for D {
    fn drop(&mut self) {
        let home = HOME.lock().unwrap().clone();
        if let (1, Some(cache)) = (self.0, home) {
            cache.has(&D(2));
        }
    }
}

#[test]
fn the_key_of_a_beaten_computation_is_dropped_after_the_lock() {
    within(|| {
        let cache: Cache<D, u32> = Cache::builder().shards(1).build();
        *HOME.lock().unwrap() = Some(cache.clone());
        cache.get_or_set_with(&D(1), || {
            cache.delete(&D(1));
            3
        }); // beaten: `Shard::close` drops its key
    });
}

#[test]
fn an_update_keeps_a_touch_that_came_meanwhile() {
    let clock = ManualClock::new();
    let cache: Cache<u8, u8> = Cache::builder().clock(clock.clone()).build();
    cache.set_with_ttl(1, 1, SECOND);
    cache.update(&1, |v| {
        cache.touch(&1, 100 * SECOND);
        v.map(|v| v + 1)
    });
    assert_eq!(cache.get_ttl(&1), Some(100 * SECOND));
}

#[test]
fn an_update_does_not_bring_back_what_was_popped() {
    let cache: Cache<u8, u8> = Cache::new(8);
    cache.set(1, 1);
    let mut popped = None;
    cache.update(&1, |v| {
        popped = popped.or(cache.pop_item());
        Some(v.unwrap_or(0) + 1)
    });
    assert_eq!(
        (popped, cache.get(&1)),
        (Some((1, 1)), Some(1)),
        "one more than 1, counted twice"
    );
}

#[test]
fn retain_does_not_look_at_what_is_written_after_it_asked() {
    let cache: Cache<u8, u8> = Cache::new(8);
    cache.set(1, 2);
    cache.retain(|_, &v| {
        if v == 2 {
            cache.set(1, 3);
        }
        v % 2 == 0
    });
    assert_eq!(cache.get(&1), Some(3));
}

#[test]
fn switched_off_no_read_by_key_finds_anything() {
    let cache: Cache<u8, u8> = Cache::new(8);
    cache.set_with_ttl(1, 2, 100 * SECOND);
    cache.set_enabled(false);
    let answers = (
        cache.get_ttl(&1),
        cache.expired(&1),
        cache.touch(&1, SECOND),
    );
    cache.retain(|_, _| false);
    assert_eq!((answers, cache.keys().len()), ((None, true, false), 0));
}

struct Calls(Arc<OnceLock<CacheManager>>);
impl Drop for Calls {
    fn drop(&mut self) {
        self.0.get().map(CacheManager::names);
    }
}
fn manager_with_calls() -> Arc<OnceLock<CacheManager>> {
    let home: Arc<OnceLock<CacheManager>> = Arc::new(OnceLock::from(CacheManager::new()));
    let manager = home.get().unwrap();
    manager.configure("it", CacheConfig::new()).unwrap();
    manager
        .get::<u8, Arc<Calls>>("it")
        .unwrap()
        .set(1, Arc::new(Calls(Arc::clone(&home))));
    home
}

#[test]
fn setup_drops_caches_after_the_managers_lock() {
    within(|| {
        manager_with_calls()
            .get()
            .unwrap()
            .setup([("it", CacheConfig::new())])
            .unwrap()
    });
}
#[test]
fn register_drops_a_cache_after_the_managers_lock() {
    within(|| {
        manager_with_calls()
            .get()
            .unwrap()
            .register("it", &Cache::<u8, u8>::new(1))
    });
}

#[test]
fn the_same_policy_again_changes_nothing() {
    let cache: Cache<u8, u8> = Cache::builder().max_size(2).policy(Policy::Lfu).build();
    cache.set_many([(1, 1), (2, 2)]);
    cache.get(&1);
    cache
        .configure(CacheConfig::new().policy(Policy::Lfu))
        .unwrap();
    cache.set(3, 3);
    assert_eq!(cache.keys(), [1, 3]);
}

// ---------------------------------------------------------------- what a reviewer found

#[test]
fn a_callback_of_a_miss_may_ask_for_the_same_key() {
    within(|| {
        static HOME: OnceLock<Cache<u8, u8>> = OnceLock::new();
        let clock = ManualClock::new();
        let cache = HOME.get_or_init(|| {
            Cache::builder()
                .ttl(SECOND)
                .clock(clock.clone())
                .on_delete(|key: &u8, _: &u8, _| {
                    if let Some(cache) = HOME.get() {
                        cache.get_or_set_with(key, || 5);
                    }
                })
                .build()
        });
        cache.set(1, 1);
        clock.advance(2 * SECOND);
        assert_eq!(cache.get_or_set_with(&1, || 7), 7);
    });
}

#[test]
fn a_thread_may_compute_while_it_ends() {
    struct Last(Cache<u8, u8>);
    impl Drop for Last {
        fn drop(&mut self) {
            assert_eq!(self.0.get_or_set_with(&1, || 7), 7);
        }
    }
    thread_local!(static LAST: std::cell::RefCell<Option<Last>> = const { std::cell::RefCell::new(None) });
    let cache = Cache::new(4);
    let inner = cache.clone();
    let thread = thread::spawn(move || {
        LAST.with(|last| *last.borrow_mut() = Some(Last(inner.clone())));
        inner.get_or_set_with(&2, || 1);
    });
    thread.join().unwrap();
    assert_eq!(cache.get(&1), Some(7));
}

#[test]
fn an_update_takes_the_time_after_the_function() {
    let clock = ManualClock::new();
    let cache: Cache<u8, u8> = Cache::builder()
        .ttl(5 * SECOND)
        .clock(clock.clone())
        .build();
    let made = cache.update(&1, |_| {
        clock.advance(6 * SECOND);
        Some(1)
    });
    assert_eq!((made, cache.get(&1)), (Some(1), Some(1)));
}

#[test]
fn kept_statistics_show_the_present_size() {
    let cache = Cache::new(4);
    let stats = cache.stats();
    cache.set(1, 1);
    assert_eq!(stats.info().entry_count, 1);
}

#[test]
fn a_callback_may_ask_the_manager_that_configures() {
    within(|| {
        static MANAGER: OnceLock<CacheManager> = OnceLock::new();
        let manager = MANAGER.get_or_init(CacheManager::new);
        let cache: Cache<u8, u8> = Cache::builder()
            .on_delete(|_: &u8, _: &u8, _| {
                let manager = MANAGER.get().unwrap();
                assert_eq!(manager.get::<u8, u8>("mine").unwrap().max_size(), 1);
            })
            .build();
        manager.register("mine", &cache);
        cache.set_many([(1, 1), (2, 2)]);
        manager
            .configure("mine", CacheConfig::new().max_size(1))
            .unwrap();
        assert_eq!(cache.len(), 1);
    });
}

fn asks_the_manager() -> usize {
    CacheManager::global().names().len().max(8)
}

#[cacheout::memoize(name = "regressions::asking", max_size = asks_the_manager())]
fn asking(n: u8) -> u8 {
    n
}

#[test]
fn an_option_may_ask_the_manager() {
    within(|| {
        let manager = CacheManager::global();
        let cache = manager.get::<u8, u8>("regressions::asking").unwrap();
        assert!(cache.max_size() >= 8);
        assert_eq!((asking(1), cache.get(&1)), (1, Some(1)));
    });
}

mod functions {
    use cacheout::{Cache, MemoKey, invalidates, memoize};
    use std::sync::LazyLock;

    static SHARED: LazyLock<Cache<MemoKey, usize>> = LazyLock::new(|| Cache::new(100));
    static PLAIN: LazyLock<Cache<u64, u64>> = LazyLock::new(|| Cache::new(100));

    trait Named {
        type Item: Clone + std::hash::Hash + Eq + Send + Sync + 'static;
        const NAME: &'static str;
    }
    struct A;
    struct B;
    impl Named for A {
        type Item = u32;
        const NAME: &'static str = "A";
    }
    impl Named for B {
        type Item = u32;
        const NAME: &'static str = "B";
    }

    #[memoize(cache = SHARED)]
    fn size<T: 'static>() -> usize {
        size_of::<T>()
    }

    #[memoize(cache = SHARED)]
    fn times<const N: usize>(n: usize) -> usize {
        n * N
    }

    struct Wrapper<T>(T);
    impl<T> Wrapper<T> {
        #[memoize(cache = SHARED)]
        fn size(&self, n: usize) -> usize {
            size_of::<T>() * n
        }
    }

    #[memoize]
    fn name<T: Named>(one: T::Item) -> &'static str {
        let _ = one;
        T::NAME
    }

    #[test]
    fn shared_keys_tell_types_constants_and_self_apart() {
        assert_eq!((size::<u8>(), size::<u64>()), (1, 8));
        assert_eq!((times::<1>(3), times::<2>(3)), (3, 6));
        assert_eq!((Wrapper(1u8).size(1), Wrapper(1u64).size(1)), (1, 8));
        assert_eq!((name::<A>(1), name::<B>(1)), ("A", "B"));
    }

    #[memoize]
    fn total(ids: &[&u32]) -> u32 {
        ids.iter().copied().sum()
    }

    #[invalidates(total(ids))]
    fn forget(ids: &[&u32]) {
        let _ = ids;
    }

    #[test]
    fn sequences_of_references_hash_as_their_keys() {
        assert_eq!(total(&[&1, &2]), 3);
        assert!(total::cache().has(&total::cache_key(&[&1, &2])));
        forget(&[&1, &2]);
        assert!(total::cache().is_empty());
        total::prime(&[&1], 7);
        assert_eq!((total(&[&1]), total::cache().len()), (7, 1));
    }

    #[memoize(cache = PLAIN, key: u64 = n % 10)]
    fn last_digit(n: u64) -> u64 {
        n % 10
    }

    #[memoize(unless = |value| value.is_empty())]
    fn text(n: usize) -> String {
        "x".repeat(n)
    }

    struct User {
        id: u32,
    }

    #[memoize(key: u32 = user.id)]
    fn of_user(user: &User, id: u32) -> u32 {
        user.id + id
    }

    #[memoize(typed = true)]
    fn bounded<'a, T>(text: &'a str, value: T) -> usize
    where
        T: 'a + std::fmt::Debug + Clone + std::hash::Hash + Eq + Send + Sync + 'static,
    {
        text.len() + format!("{value:?}").len()
    }

    #[allow(dead_code)]
    struct Constants;
    #[allow(dead_code)]
    struct Marker;
    #[allow(non_upper_case_globals, dead_code)]
    static item: u8 = 0;

    #[memoize]
    fn sum(list: &[Option<&str>]) -> usize {
        list.iter().flatten().map(|text| text.len()).sum()
    }

    #[test]
    fn what_did_not_compile() {
        assert_eq!(
            (last_digit(12), last_digit(22), last_digit::peek(32)),
            (2, 2, Some(2))
        );
        assert_eq!(
            (text(0), text(1), text::peek(0)),
            (String::new(), "x".into(), None)
        );
        assert_eq!(
            (of_user(&User { id: 1 }, 5), of_user::peek(&User { id: 1 })),
            (6, Some(6))
        );
        assert_eq!((bounded("a", 1u8), bounded::cache::<u8>().len()), (2, 1));
        assert_eq!(sum(&[Some("a"), None]), 1);
    }

    #[test]
    fn a_refresh_whose_answer_is_not_kept_forgets_the_old_one() {
        use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
        static THERE: AtomicBool = AtomicBool::new(true);
        #[memoize(cache_none = false)]
        fn find(n: u8) -> Option<u8> {
            THERE.load(SeqCst).then_some(n)
        }
        assert_eq!(find(1), Some(1));
        THERE.store(false, SeqCst);
        assert_eq!((find(1), find::refresh(1), find(1)), (Some(1), None, None));
    }
}

#[test]
fn a_cache_crosses_threads_whenever_its_keys_and_values_do() {
    fn crosses<T: Send + Sync>() {}
    crosses::<Cache<String, Vec<u8>>>();
    crosses::<Cache<Arc<str>, Arc<Mutex<u8>>>>();
    crosses::<CacheManager>();
}

/// A value that panics when it is dropped while it is told to, or else asks for a key.
struct Last(Arc<Mutex<Option<LastAct>>>);

type LastAct = Box<dyn FnOnce() + Send>;

impl Clone for Last {
    fn clone(&self) -> Self {
        Last(Arc::default())
    }
}

impl Drop for Last {
    fn drop(&mut self) {
        let act = self.0.lock().unwrap().take();
        if let Some(act) = act {
            act();
        }
    }
}

static LASTS: std::sync::LazyLock<Cache<u32, Last>> = std::sync::LazyLock::new(|| Cache::new(100));

#[cacheout::memoize(cache = LASTS)]
fn last(number: u32) -> Last {
    let _ = number;
    Last(Arc::default())
}

/// Whoever is the next to lock the shard drops this (under the lock alone, a view looks at a copy, and its reader drops it).
#[cfg(not(cacheout_locked_reads))]
fn leave_to_the_next(key: u32, act: impl FnOnce() + Send + 'static) {
    LASTS.set(key, Last(Arc::new(Mutex::new(Some(Box::new(act))))));
    let (entered, has_entered) = mpsc::channel();
    let (stop, stopped) = mpsc::channel::<()>();
    let reader = thread::spawn(move || {
        LASTS.view(&key, |_| {
            entered.send(()).unwrap();
            stopped.recv().unwrap();
        })
    });
    has_entered.recv().unwrap();
    assert!(LASTS.delete(&key));
    stop.send(()).unwrap();
    assert!(reader.join().unwrap().is_some());
}

#[cfg(not(cacheout_locked_reads))]
#[test]
fn what_is_dropped_as_a_computation_begins_anew_does_not_leave_it_open() {
    // it panics: nobody computes, and so nobody may be waited for
    leave_to_the_next(1, || panic!("in a drop"));
    let refreshed = catch_unwind(|| drop(last::refresh(2)));
    assert!(refreshed.is_err(), "it was dropped elsewhere");
    within(|| drop(last(2)));
    // it asks for the very key
    leave_to_the_next(1, || drop(last(3)));
    within(|| drop(last::refresh(3)));
}

#[test]
fn what_makes_room_for_a_value_may_ask_for_its_key() {
    let value = || Last(Arc::default());
    for is_task in [false, true] {
        let cache: Cache<u32, Last> = Cache::builder()
            .max_size(8)
            .shards(4)
            .policy(Policy::Fifo)
            .build();
        for key in 0..8 {
            let home = cache.clone();
            let ask = move || drop(home.get_or_set_with(&100, value));
            cache.set(key, Last(Arc::new(Mutex::new(Some(Box::new(ask))))));
        }
        within(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            match is_task {
                true => drop(runtime.block_on(cache.get_or_set_async(&100, async { value() }))),
                false => drop(cache.get_or_set_with(&100, value)),
            }
        });
    }
}

// --------------------------------------------------------------------------------------- what left while it was looked at

/// A value whose copies take their time, once it is wanted.
#[derive(Debug)]
struct Slow {
    weight: u64,
    is_slow: Arc<AtomicBool>,
}

impl Clone for Slow {
    fn clone(&self) -> Self {
        if self.is_slow.load(SeqCst) {
            thread::sleep(Duration::from_millis(100));
        }
        Slow {
            weight: self.weight,
            is_slow: Arc::clone(&self.is_slow),
        }
    }
}

/// Its end comes while its successor has others leave: it is not removed twice.
#[test]
fn what_expires_while_it_is_replaced_by_something_heavier_keeps_the_books_right() {
    let builder = Cache::builder().max_size(0).shards(1).max_weight(10);
    let cache = builder.weigher(|_, value: &Slow| value.weight).build();
    let is_slow = Arc::new(AtomicBool::new(false));
    let value = |weight| Slow {
        weight,
        is_slow: Arc::clone(&is_slow),
    };
    cache.set_with_ttl("a", value(4), Duration::from_millis(160));
    cache.set("b", value(4));
    is_slow.store(true, SeqCst);
    cache.set("a", value(8));
    is_slow.store(false, SeqCst);
    assert_eq!(cache.keys(), ["a"]);
    cache.clear();
    cache.set("c", value(10));
    assert_eq!(cache.peek(&"c").map(|value| value.weight), Some(10));
}

/// A value that is made from another is not stored where that has expired meanwhile, and would live for ever.
#[test]
fn an_update_is_made_again_when_its_entry_expired_meanwhile() {
    let clock = ManualClock::new();
    let cache = Cache::builder().max_size(8).clock(clock.clone()).build();
    cache.set_with_ttl(1, 1, Duration::from_secs(1));
    let mut seen = Vec::new();
    let updated = cache.update(&1, |value: Option<i32>| {
        clock.advance(Duration::from_secs(1));
        seen.push(value);
        Some(value.unwrap_or(0) + 10)
    });
    assert_eq!((updated, seen), (Some(10), vec![Some(1), None]));
}

#[test]
fn an_update_is_made_again_when_its_entry_was_evicted_meanwhile() {
    let cache = Cache::builder().max_size(1).build();
    cache.set_with_ttl(1, 1, Duration::from_secs(1));
    let mut seen = Vec::new();
    let updated = cache.update(&1, |value: Option<i32>| {
        cache.set(9, 9);
        seen.push(value);
        Some(value.unwrap_or(0) + 10)
    });
    assert_eq!((updated, seen), (Some(10), vec![Some(1), None]));
    assert_eq!(cache.get_ttl(&1), None);
}

/// A value whose destructor may panic; copies are harmless.
struct Armed(bool);

impl Clone for Armed {
    fn clone(&self) -> Self {
        Armed(false)
    }
}

impl Drop for Armed {
    fn drop(&mut self) {
        assert!(!self.0, "a destructor that panics");
    }
}

/// The destructor runs between the decision who computes and the computation: another computes then.
#[test]
fn a_destructor_that_panics_leaves_no_computation_behind_that_nobody_leads() {
    let clock = ManualClock::new();
    let builder = Cache::builder().max_size(8).ttl(Duration::from_secs(1));
    let cache = builder
        .clock(clock.clone())
        .wait_limit(Duration::MAX)
        .build();
    cache.set(1, Armed(true));
    clock.advance(Duration::from_secs(1));
    let computed = || cache.get_or_set_with(&1, || Armed(false));
    assert!(catch_unwind(AssertUnwindSafe(computed)).is_err());
    computed();
    assert!(cache.has(&1));
}

/// Who waits for several computations one after the other waits no longer for all than it may for one.
#[test]
fn the_limit_of_waiting_is_for_all_waits_of_a_call() {
    let limit = Duration::from_secs(1);
    let builder = Cache::builder().max_size(8).wait_limit(limit);
    let cache: Cache<u8, u8> = builder.build();
    let (hang, hung) = (Barrier::new(3), Barrier::new(2));
    thread::scope(|scope| {
        let hangs = || {
            cache.get_or_set_with(&1, || {
                hang.wait();
                1
            })
        };
        scope.spawn(|| {
            cache.get_or_set_with(&1, || {
                hung.wait();
                hang.wait();
                1
            })
        });
        hung.wait();
        scope.spawn(hangs); // leads when the first has taken too long, and hangs as that one does
        thread::sleep(limit / 4);
        let start = Instant::now();
        let value = cache.get_or_set_with(&1, || 2);
        let waited = start.elapsed();
        hang.wait();
        assert_eq!(value, 2);
        assert!(waited < limit + limit / 2, "{waited:?}");
    });
}

#[test]
fn a_local_cache_counts_what_has_expired_however_it_is_found() {
    let ttl = Duration::from_millis(1);
    let cache: LocalCache<u8, u8> = LocalCache::builder().max_size(8).ttl(ttl).build();
    for key in 0..4 {
        cache.set(key, key);
    }
    thread::sleep(Duration::from_millis(60));
    assert_eq!((cache.get(&0), cache.len()), (None, 3));
    assert!(!cache.delete(&1));
    assert_eq!(cache.set(2, 2), None);
    assert_eq!(cache.info().expiry_count, 4);
}

#[test]
fn a_cache_with_another_hasher_is_called_by_it() {
    let manager = CacheManager::new();
    let hasher = std::hash::RandomState::new();
    let cache: Cache<u8, u8, _> = Cache::builder().hasher(hasher).build();
    manager.register("other", &cache);
    let error = manager.get::<u8, u8>("other").unwrap_err().to_string();
    assert!(error.contains("Cache<u8, u8, std::"), "{error}");
    cache.set(1, 1);
    assert_eq!(manager.cache("other").unwrap().len(), 1);
}

/// Whatever has to be done at a hit besides, the time is asked for once.
#[test]
fn a_hit_asks_the_clock_once() {
    #[derive(Clone, Default)]
    struct Counted(Arc<AtomicUsize>);
    impl cacheout::Clock for Counted {
        fn now(&self) -> Duration {
            self.0.fetch_add(1, SeqCst);
            Duration::from_secs(1)
        }
    }
    for policy in [Policy::Adaptive, Policy::Lru, Policy::Lfu, Policy::Fifo] {
        let clock = Counted::default();
        let builder = Cache::builder().policy(policy).clock(clock.clone());
        let cache: Cache<u8, u8> = builder.ttl(Duration::from_secs(9)).stats(true).build();
        cache.set(1, 1);
        let before = clock.0.load(SeqCst);
        assert_eq!(cache.get(&1), Some(1));
        assert_eq!(clock.0.load(SeqCst) - before, 1, "{policy}");
        assert_eq!(cache.stats().info().hit_count, 1, "{policy}");
    }
}

#[test]
fn a_refresh_while_a_cache_is_switched_off_leaves_nothing_outdated() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    #[cacheout::memoize]
    fn counted(n: usize) -> usize {
        n + CALLS.fetch_add(1, SeqCst)
    }
    assert_eq!(counted(10), 10);
    counted::cache().set_enabled(false);
    assert_eq!(counted::refresh(10), 11);
    counted::cache().set_enabled(true);
    assert_eq!(counted::peek(10), None);
    assert_eq!(counted(10), 12);
}

/// A clock may wait for whoever uses the cache meanwhile: no shard is locked while it is asked.
#[test]
fn no_lock_is_held_while_a_clock_is_asked() {
    type Errand = Box<dyn FnOnce() + Send>;
    #[derive(Clone, Default)]
    struct Busy(Arc<Mutex<Option<Errand>>>, Arc<AtomicUsize>);
    impl cacheout::Clock for Busy {
        fn now(&self) -> Duration {
            let errand = self.0.lock().unwrap().take();
            if let Some(errand) = errand {
                let (done, is_done) = mpsc::channel();
                thread::spawn(move || {
                    errand();
                    done.send(()).unwrap();
                });
                is_done
                    .recv_timeout(Duration::from_secs(20))
                    .expect("the cache can be used");
                self.1.fetch_add(1, SeqCst);
            }
            Duration::from_secs(1)
        }
    }
    for shards in [1, 4] {
        let clock = Busy::default();
        let builder = Cache::builder().max_size(8).clock(clock.clone());
        let cache: Cache<u8, u8> = builder.shards(shards).build();
        let uses: [fn(&Cache<u8, u8>); 8] = [
            |cache| {
                cache.set(1, 1);
            },
            |cache| {
                cache.set(1, 2);
            },
            |cache| {
                cache.add(1, 3);
            },
            |cache| {
                cache.set_many((0..20).map(|key| (key, 4)));
            },
            |cache| {
                cache.get_or_set_with(&30, || 5);
            },
            |cache| {
                cache.get_or_set_with(&30, || 6);
            },
            |cache| {
                cache.get(&30);
            },
            |cache| {
                cache.delete(&30);
            },
        ];
        for used in uses {
            let other = cache.clone();
            *clock.0.lock().unwrap() = Some(Box::new(move || other.clear()));
            used(&cache);
            clock.0.lock().unwrap().take(); // if it was not asked
        }
        assert!(clock.1.load(SeqCst) > 0, "the errands were run");
    }
}
