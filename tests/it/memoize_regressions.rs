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
