//! What once went wrong with memoized functions.

use std::fmt::Display;
use std::hash::Hash;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{LazyLock, Mutex, RwLock, mpsc};
use std::thread;
use std::time::Duration;

use cacheout::{Cache, CacheManager, ManualClock, invalidates, memoize};

/// An expression of a cache may take a lock, which is let go before anything is computed.
#[test]
fn a_lock_in_the_expression_of_a_cache_is_let_go() {
    static HELD: LazyLock<Mutex<Cache<u64, u64>>> = LazyLock::new(|| Mutex::new(Cache::new(100)));
    #[memoize(cache = HELD.lock().unwrap().clone())]
    fn fib(n: u64) -> u64 {
        if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
    }

    struct Lazy(Mutex<Option<Cache<u64, u64>>>);
    impl Lazy {
        #[memoize(cache = self.0.lock().unwrap().get_or_insert_with(|| Cache::new(5)).clone())]
        fn sum(&self, n: u64) -> u64 {
            if n == 0 { 0 } else { self.sum(n - 1) + n }
        }
    }

    let (done, result) = mpsc::channel();
    thread::spawn(move || {
        fib::prime(0, 0);
        let lazy = Lazy(Mutex::default());
        let answers = (fib(30), fib::peek(30), fib::refresh(3), lazy.sum(4));
        done.send((answers, fib::stats().entry_count))
    });
    let answers = result.recv_timeout(Duration::from_secs(20)).unwrap();
    assert_eq!(answers, ((832_040, Some(832_040), 2, 10), 31));
}

#[test]
fn a_lock_in_the_expression_of_a_cache_leaves_a_future_send() {
    static ALL: LazyLock<RwLock<Vec<Cache<u64, u64>>>> =
        LazyLock::new(|| RwLock::new(vec![Cache::new(10)]));
    #[memoize(cache = ALL.read().unwrap()[0].clone())]
    async fn double(n: u64) -> u64 {
        2 * n
    }
    fn is_send<T: Send>(future: T) -> T {
        future
    }
    drop(is_send(double(4)));
}

#[test]
fn nothing_in_a_result_is_nothing_under_whatever_alias() {
    type Answer<T> = Result<T, String>;
    #[memoize(cache_none = false)]
    fn aliased(n: u32) -> Answer<Option<u32>> {
        Ok(n.checked_sub(1))
    }
    #[memoize(cache_none = false, cache_err = true)]
    fn whole(n: u32) -> Result<Option<u32>, String> {
        Ok(n.checked_sub(1))
    }
    let _ = (aliased(0), aliased(1), whole(0), whole(1));
    assert_eq!((aliased::cache().len(), whole::cache().len()), (1, 1));
}

#[test]
fn what_is_primed_lives_as_long_as_what_is_computed() {
    static CLOCK: LazyLock<ManualClock> = LazyLock::new(ManualClock::new);
    static GIVEN: LazyLock<Cache<u32, u32>> = LazyLock::new(|| {
        let cache = Cache::builder().ttl(Duration::from_secs(100));
        cache.clock(CLOCK.clone()).build()
    });
    #[memoize(cache = GIVEN, ttl = 1)]
    fn one(n: u32) -> u32 {
        n
    }
    one::prime(1, 7);
    one(2);
    assert_eq!((one::peek(1), one::peek(2)), (Some(7), Some(2)));
    CLOCK.advance(Duration::from_secs(2));
    assert_eq!((one::peek(1), one::peek(2)), (None, None));
}

#[memoize(companion = Other)]
fn other(n: u32) -> u32 {
    n
}

#[test]
fn a_function_is_known_by_its_own_name_whatever_its_companion_is_called() {
    let cache = CacheManager::global().get::<u32, u32>("it::memoize_regressions::other");
    other(4);
    assert_eq!(cache.unwrap().len(), Other::cache().len());
}

#[test]
fn what_only_looks_like_an_argument_is_none() {
    mod m {
        pub fn b(a: u8) -> u8 {
            a / 2
        }
    }
    #[memoize(key: u8 = m::b(a))]
    fn half(a: u8, b: u8) -> u8 {
        a / 2 + b
    }
    assert_eq!((half(4, 1), half(5, 9)), (3, 3));
    assert_eq!(half::peek(4), Some(3));
}

#[test]
fn generated_names_leave_others_alone() {
    #[derive(Clone, Copy, PartialEq, Eq, Hash)]
    struct Impl0(u8);
    #[memoize(typed = true)]
    fn shown(a: impl Display + Clone + Hash + Eq + Send + Sync + 'static, b: Impl0) -> String {
        format!("{a}{}", b.0)
    }
    assert_eq!(shown(1, Impl0(2)), "12");

    trait Asked {
        type Result;
        fn answer(&self) -> Self::Result;
    }
    struct Five;
    impl Asked for Five {
        type Result = u32;
        #[memoize(in_trait, skip(self))]
        fn answer(&self) -> Self::Result {
            5
        }
    }
    assert_eq!(Five.answer(), 5);
}

#[test]
fn a_generic_function_is_invalidated_by_its_types() {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    #[memoize]
    fn size<T: 'static>() -> usize {
        CALLS.fetch_add(1, SeqCst);
        size_of::<T>()
    }
    #[memoize(typed = true)]
    fn text<T: Display + Hash + Eq + Clone + Send + Sync + 'static>(of: T) -> String {
        CALLS.fetch_add(1, SeqCst);
        of.to_string()
    }
    #[invalidates(size::<u32>, text::<u8>(n))]
    fn write(n: u8) {}

    let all = || (size::<u32>(), size::<u64>(), text(1_u8), text(2_u8));
    all();
    all();
    assert_eq!(CALLS.load(SeqCst), 4);
    write(1);
    all();
    assert_eq!(CALLS.load(SeqCst), 6);
}

#[test]
fn floats_behind_a_cow_are_a_key() {
    use std::borrow::Cow;
    #[memoize]
    fn sum(of: Cow<'_, [f64]>, name: Cow<'_, str>) -> String {
        format!("{name}{}", of.iter().sum::<f64>())
    }
    let borrowed = sum(Cow::Borrowed(&[1.5, 2.0]), "a".into());
    let owned = sum(Cow::Owned(vec![1.5, 2.0]), Cow::Owned("a".to_owned()));
    assert_eq!((borrowed, owned), ("a3.5".to_owned(), "a3.5".to_owned()));
    assert_eq!(sum::cache().len(), 1);
}

/// Their paths, which are their names, tell them apart.
#[test]
fn functions_in_functions_keep_names_of_their_own() {
    fn one() -> String {
        #[memoize(companion = Inner)]
        fn inner(n: u32) -> u32 {
            n
        }
        inner(1);
        name_of(Inner::cache().len())
    }
    fn two() -> String {
        #[memoize(companion = Inner)]
        fn inner(n: u32) -> u32 {
            n + 1
        }
        inner(1);
        inner(2);
        name_of(Inner::cache().len())
    }
    /// Of the function called `inner` that has so many answers.
    fn name_of(count: usize) -> String {
        let caches = CacheManager::global().into_iter();
        let mut inner =
            caches.filter(|(name, cache)| name.ends_with("::inner") && cache.len() == count);
        inner.next().unwrap().0
    }
    assert!(one().ends_with("keep_names_of_their_own::one::inner"));
    assert!(two().ends_with("keep_names_of_their_own::two::inner"));
}

#[test]
fn what_is_primed_for_no_time_is_not_there() {
    static GIVEN: LazyLock<Cache<u32, u32>> = LazyLock::new(|| Cache::new(10));
    #[memoize(cache = GIVEN, ttl = Duration::ZERO)]
    fn none(n: u32) -> u32 {
        n
    }
    GIVEN.set(1, 5);
    none::prime(1, 7);
    assert_eq!(none::peek(1), None);

    /// By an argument that is no part of the key.
    #[memoize(cache = GIVEN, key: u32 = n, ttl = life)]
    fn timed(n: u32, life: Duration) -> u32 {
        n + life.subsec_nanos()
    }
    timed::prime(3, 4);
    assert_eq!(timed(3, Duration::from_secs(1)), 4);
    assert_eq!(GIVEN.get_ttl(&3), None);
}

#[test]
fn a_time_may_have_its_unit_as_a_suffix() {
    #[memoize(ttl = 5m)]
    fn minutes(n: u32) -> u32 {
        n
    }
    #[memoize(ttl = 1.5h)]
    fn hours(n: u32) -> u32 {
        n
    }
    #[memoize(ttl = 10u64)]
    fn typed(n: u32) -> u32 {
        n
    }
    #[memoize(ttl = "1h30m")]
    fn text(n: u32) -> u32 {
        n
    }
    let ttls = [
        minutes::cache().ttl(),
        hours::cache().ttl(),
        typed::cache().ttl(),
        text::cache().ttl(),
    ];
    let seconds = ttls.map(|ttl| ttl.unwrap().as_secs());
    assert_eq!(seconds, [300, 5400, 10, 5400]);
    assert_eq!((minutes(1), hours(1), typed(1), text(1)), (1, 1, 1, 1));
}

#[test]
fn boxed_slices_are_keys() {
    #[memoize]
    #[expect(clippy::boxed_local, reason = "it is what is tested")]
    fn sum(numbers: Box<[u8]>) -> u32 {
        numbers.iter().map(|&n| u32::from(n)).sum()
    }
    #[memoize]
    fn scaled(numbers: (Box<[u8]>, f64)) -> f64 {
        f64::from(numbers.0[0]) * numbers.1
    }
    assert_eq!(sum(Box::from([1, 2, 3])), 6);
    assert_eq!(sum::peek(Box::from([1, 2, 3])), Some(6));
    assert_eq!(scaled((Box::from([2]), 0.5)), 1.0);
    assert_eq!(scaled::peek((Box::from([2]), 0.5)), Some(1.0));
}

/// What stands before the body draws no lints.
#[test]
fn what_is_forgotten_before_leaves_the_body_as_it_is() {
    #![deny(warnings)]
    #[memoize]
    fn price(id: u64) -> u64 {
        id * 100
    }
    #[invalidates(price(id), before)]
    fn set(id: u64) -> u64 {
        id + 1
    }
    #[invalidates(price(id), before)]
    fn early(id: u64) -> u64 {
        if id == 7 {
            return 0;
        }
        id
    }
    const ID: u64 = 3;
    #[invalidates(price(ID), before)]
    fn other() -> u64 {
        const ID: u64 = 4;
        ID
    }
    assert_eq!((price(3), price(4), other()), (300, 400, 4));
    assert_eq!((price::peek(3), price::peek(4)), (None, Some(400)));
    assert_eq!((price(1), set(1), price::peek(1)), (100, 2, None));
    assert_eq!((price(7), early(7), price::peek(7)), (700, 0, None));
}

/// A thread that ends may still call a function with a cache of its own: it computes, as that is gone.
#[test]
fn a_thread_that_ends_may_call_functions_with_caches_of_its_own() {
    #[memoize(thread_local)]
    fn double(n: u32) -> u32 {
        n * 2
    }
    #[memoize(thread_local)]
    fn text<T: Display + Clone + Hash + Eq + cacheout::Untyped + 'static>(value: T) -> String {
        value.to_string()
    }
    struct Last(mpsc::Sender<(u32, String)>);
    impl Drop for Last {
        fn drop(&mut self) {
            self.0.send((double(4), text(5_u8))).unwrap();
        }
    }
    thread_local! {
        static LAST: std::cell::RefCell<Option<Last>> = const { std::cell::RefCell::new(None) };
    }
    let (sender, answers) = mpsc::channel();
    let ended = thread::spawn(move || {
        LAST.with(|last| *last.borrow_mut() = Some(Last(sender)));
        (double(4), text(5_u8)) // so that the caches are dropped first
    });
    assert_eq!(ended.join().unwrap(), (8, "5".to_owned()));
    assert_eq!(answers.recv().unwrap(), (8, "5".to_owned()));
}

#[test]
fn a_cache_that_is_cloned_out_of_self_serves_any_receiver() {
    struct Shop {
        prices: Cache<u32, u32>,
        asked: u32,
    }
    impl Shop {
        #[memoize(cache = self.prices.clone())]
        fn price(&mut self, id: u32) -> u32 {
            self.asked += 1;
            id * 100
        }
        #[memoize(cache = self.prices.clone())]
        fn last(self, id: u32) -> u32 {
            self.asked + id
        }
    }
    let mut shop = Shop {
        prices: Cache::new(9),
        asked: 0,
    };
    assert_eq!((shop.price(1), shop.price(1), shop.asked), (100, 100, 1));
    assert_eq!(shop.last(2), 3);
}

/// A module or a path that is called as an argument is none.
#[allow(unused_qualifications, reason = "it is what is tested")]
mod config {
    use std::sync::LazyLock;

    pub(super) static CACHE: LazyLock<cacheout::Cache<u32, u32>> =
        LazyLock::new(|| cacheout::Cache::new(9));

    pub(super) struct Counter(pub(super) u32);

    impl Counter {
        #[cacheout::memoize(cache = self::CACHE, skip(self))]
        pub(super) fn count(&mut self, n: u32) -> u32 {
            self.0 += 1;
            n
        }
    }
}

#[test]
fn a_path_is_no_argument() {
    #[memoize(cache = config::CACHE, skip(config))]
    fn counted(config: &mut Vec<u8>, n: u32) -> u32 {
        config.push(0);
        n + 1
    }
    let mut calls = Vec::new();
    assert_eq!((counted(&mut calls, 1), counted(&mut calls, 1)), (2, 2));
    assert_eq!(calls.len(), 1);
    let mut counter = config::Counter(0);
    assert_eq!((counter.count(7), counter.count(7), counter.0), (7, 7, 1));
}

#[test]
fn names_in_a_pattern_can_be_used_wherever_values_are_asked_about() {
    #![deny(warnings)]
    static ODD: LazyLock<fn(&u32) -> bool> = LazyLock::new(|| |n| n % 2 == 1);
    #[memoize(unless = *ODD)]
    fn even(n: u32) -> u32 {
        n
    }
    #[memoize(unless = |value| value.is_none())] // another `value`
    fn lookup((key, value): (u32, u32)) -> Option<u32> {
        (key > 3).then_some(value)
    }
    assert_eq!((even(1), even(2)), (1, 2));
    assert_eq!((even::peek(1), even::peek(2)), (None, Some(2)));
    assert_eq!((lookup((1, 2)), lookup((4, 2))), (None, Some(2)));
    assert_eq!(
        (lookup::peek((1, 2)), lookup::peek((4, 2))),
        (None, Some(Some(2)))
    );
    static STORED: LazyLock<Cache<u32, u32>> = LazyLock::new(|| Cache::new(9));
    #[memoize(unless = |sum| *sum == a)]
    fn sum((a, b): (u32, u32)) -> u32 {
        a + b
    }
    #[memoize(cache = STORED, ttl = Duration::from_secs(seconds), skip(seconds, text))]
    fn kept(n: u32, (seconds, text): (u64, &str)) -> u32 {
        n + text.len() as u32 + u32::from(seconds == 0)
    }
    assert_eq!((sum((1, 0)), sum((1, 2))), (1, 3));
    assert_eq!((sum::peek((1, 0)), sum::peek((1, 2))), (None, Some(3)));
    assert_eq!(kept(1, (60, "abc")), 4);
    let ttl = STORED.get_ttl(&1).unwrap();
    assert!(ttl > Duration::from_secs(50) && ttl <= Duration::from_secs(60));
    assert_eq!(kept::refresh(1, (600, "abcd")), 5);
    assert!(STORED.get_ttl(&1).unwrap() > Duration::from_secs(500));
}

/// Of a `Result` the value alone is stored: its error may borrow.
#[test]
fn an_error_may_borrow() {
    #[memoize]
    fn number(text: &str) -> Result<u32, &str> {
        text.parse().map_err(|_| text)
    }
    assert_eq!((number("7"), number("7")), (Ok(7), Ok(7)));
    let wrong = "seven".to_owned();
    assert_eq!(number(&wrong), Err("seven"));
    assert_eq!((number::peek("7"), number::peek(&wrong)), (Some(7), None));

    mod alias {
        pub(super) type Result<'a, T> = std::result::Result<T, &'a str>;
    }
    #[memoize]
    fn short(text: &str) -> alias::Result<'_, usize> {
        if text.len() < 5 {
            Ok(text.len())
        } else {
            Err(text)
        }
    }
    assert_eq!((short("abc"), short(&wrong)), (Ok(3), Err("seven")));
    assert_eq!(short::peek("abc"), Some(3));
}

/// The caller's future holds but one or two copies of the body's.
#[test]
fn futures_of_memoized_functions_are_small() {
    #[memoize]
    async fn large(n: u32) -> u32 {
        let room = [n; 1000];
        std::future::ready(()).await;
        room.iter().map(|_| 1).sum()
    }
    let (own, memoized) = (size_of_val(&large::uncached(1)), size_of_val(&large(1)));
    assert!(2 * memoized < 3 * own, "{memoized} bytes, the body {own}");
    let cache: Cache<u32, u32> = Cache::new(9);
    let loaded = size_of_val(&cache.get_or_set_async(&1, large::uncached(1)));
    assert!(2 * loaded < 5 * own, "{loaded} bytes, the body {own}");
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.unwrap();
    assert_eq!(runtime.block_on(large(3)), 1000);
}

/// What a function asks of the processor, its body may use.
#[test]
#[cfg(target_arch = "x86_64")]
#[expect(
    unsafe_code,
    reason = "whether the processor has it is known here alone"
)]
fn a_function_may_ask_for_features_of_the_processor() {
    #[memoize]
    #[target_feature(enable = "avx2")]
    fn doubled(n: u32) -> u32 {
        twice(n)
    }
    #[target_feature(enable = "avx2")]
    fn twice(n: u32) -> u32 {
        n * 2
    }
    if is_x86_feature_detected!("avx2") {
        // SAFETY: it was found to be there
        let answers = unsafe { (doubled(4), doubled(4), doubled::refresh(5)) };
        assert_eq!(answers, (8, 8, 10));
        assert_eq!(doubled::peek(5), Some(10));
    }
}

/// A debug build keeps room on the stack for all that a function calls inline: that is not what it computes in.
#[test]
fn a_recursion_comes_deep() {
    #[memoize(max_size = 2_000)]
    fn depth(n: u64) -> u64 {
        if n == 0 { 0 } else { depth(n - 1) + 1 }
    }
    let small = thread::Builder::new().stack_size(2 << 20);
    let deep = small.spawn(|| depth(1_000)).unwrap();
    assert_eq!(deep.join().unwrap(), 1_000);
}
