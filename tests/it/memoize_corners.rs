//! What `#[memoize]` has to get right beyond its examples.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use cacheout::{
    Cache, CacheConfig, CacheManager, LocalCache, ManualClock, MemoKey, Policy, invalidates,
    memoize,
};

macro_rules! counter {
    ($name:ident) => {
        static $name: AtomicU32 = AtomicU32::new(0);
    };
}

// ---------------------------------------------------------------- arguments

#[test]
fn references_floats_and_containers_of_them_are_keys() {
    #[memoize]
    #[allow(clippy::too_many_arguments)]
    fn many(
        a: &[&str],
        b: &[f32],
        c: Vec<Option<f64>>,
        d: Option<(&str, f64)>,
        e: &&str,
        f: [f64; 2],
        g: Box<[f64]>,
        h: &Path,
        i: &BTreeMap<String, u8>,
        j: Cow<'_, [u8]>,
        k: &Option<String>,
    ) -> usize {
        let _ = (b, c, d, e, f, g, h, i, j, k);
        a.len()
    }
    let map = BTreeMap::from([("a".to_owned(), 1)]);
    let call = |nan: f64| {
        many(
            &["a", "b"],
            &[1.0],
            vec![Some(nan), None],
            Some(("x", 0.0)),
            &"y",
            [nan, -0.0],
            Box::new([nan]),
            Path::new("/a"),
            &map,
            Cow::Borrowed(&[1, 2]),
            &None,
        )
    };
    assert_eq!((call(f64::NAN), call(-f64::NAN), call(1.0)), (2, 2, 2));
    assert_eq!(many::cache().len(), 2);
}

#[test]
fn a_key_is_asked_for_as_the_cache_holds_it() {
    #[memoize]
    fn pair(a: &str, b: u32) -> String {
        format!("{a}{b}")
    }
    #[memoize]
    fn one(text: &str) -> usize {
        text.len()
    }
    pair("x", 1);
    one("abc");
    assert_eq!(
        pair::cache().get(&("x".to_owned(), 1)),
        Some("x1".to_owned())
    );
    assert_eq!(one::cache().get("abc"), Some(3));
    assert_eq!(one::cache().delete_many("a*"), 1);
}

#[test]
fn user_types_and_lifetimes_and_const_generics_and_where_clauses() {
    counter!(SUM);
    #[derive(Clone, PartialEq, Eq, Hash)]
    struct Id(u32);
    #[memoize]
    fn user<'a>(id: &'a Id, name: &'a str) -> String {
        format!("{}{name}", id.0)
    }
    #[memoize]
    fn sum<const N: usize>(list: [u32; N]) -> u32 {
        SUM.fetch_add(1, SeqCst);
        list.iter().sum()
    }
    #[memoize(typed = true)]
    fn debug<T>(value: &T) -> String
    where
        T: std::fmt::Debug + Clone + std::hash::Hash + Eq + Send + Sync + 'static,
    {
        format!("{value:?}")
    }
    assert_eq!(user(&Id(7), "x"), "7x");
    assert_eq!((sum([1, 2]), sum([1, 2]), sum([1, 2, 0])), (3, 3, 3));
    assert_eq!(SUM.load(SeqCst), 2);
    assert_eq!(sum::cache::<2>().len(), 1);
    assert_eq!(
        (debug(&1u8), debug(&"a".to_owned())),
        ("1".into(), "\"a\"".into())
    );
    assert_eq!(debug::cache::<String>().len(), 1);
}

#[test]
fn a_generic_function_never_answers_for_another_type() {
    // nothing in the key tells these apart but the type itself
    #[memoize]
    fn size<T: 'static>() -> usize {
        size_of::<T>()
    }
    #[memoize]
    fn make<T: Default + Clone + Send + Sync + 'static>(_seed: u8) -> T {
        T::default()
    }
    #[memoize(key: u8 = 0)]
    fn name<T: 'static>(value: T) -> &'static str {
        let _ = value;
        std::any::type_name::<T>()
    }
    assert_eq!((size::<u8>(), size::<u64>(), size::<u8>()), (1, 8, 1));
    assert_eq!((make::<u8>(0), make::<String>(0)), (0, String::new()));
    assert_eq!((name(1u8), name("a")), ("u8", "&str"));
}

#[test]
fn impl_trait_is_keyed_by_its_type() {
    counter!(RUNS);
    #[memoize]
    fn shout(
        text: impl AsRef<str> + Clone + std::hash::Hash + Eq + Send + Sync + 'static,
    ) -> String {
        RUNS.fetch_add(1, SeqCst);
        text.as_ref().to_uppercase()
    }
    assert_eq!(
        (shout("a"), shout("a".to_owned()), shout("a")),
        ("A".into(), "A".into(), "A".into())
    );
    assert_eq!(RUNS.load(SeqCst), 2);
}

#[test]
fn untyped_text_and_numbers_equal_across_types() {
    counter!(RUNS);
    #[memoize]
    fn show<T: cacheout::Untyped + std::fmt::Display>(value: T, times: usize) -> String {
        RUNS.fetch_add(1, SeqCst);
        value.to_string().repeat(times)
    }
    assert_eq!(show("a", 2), "aa");
    assert_eq!(show("a".to_owned(), 2), "aa");
    assert_eq!(RUNS.load(SeqCst), 1);
    assert_eq!(
        (show(1u8, 1), show(1i64, 1), show(1.0f32, 1)),
        ("1".into(), "1".into(), "1".into())
    );
    assert_eq!(RUNS.load(SeqCst), 2);
    assert_eq!((show(u128::MAX, 1), show(-1, 1), show(true, 1)).2, "1");
    assert_eq!(RUNS.load(SeqCst), 4, "true is 1, as in Python");
}

// ---------------------------------------------------------------- what is stored

#[test]
fn failures_are_known_by_type_through_aliases() {
    counter!(RUNS);
    type Answer<T> = Result<Option<T>, String>;
    #[memoize(cache_none = false)]
    fn find(id: u8) -> Result<Option<u8>, String> {
        RUNS.fetch_add(1, SeqCst);
        match id {
            0 => Err("zero".into()),
            1 => Ok(None),
            id => Ok(Some(id)),
        }
    }
    #[memoize(cache_err)]
    fn remembered(id: u8) -> Answer<u8> {
        RUNS.fetch_add(1, SeqCst);
        Err(format!("never {id}"))
    }
    for id in [0, 0, 1, 1, 2, 2] {
        let _ = find(id);
    }
    assert_eq!(RUNS.swap(0, SeqCst), 5);
    assert!(remembered(1).is_err() && remembered(1).is_err());
    assert_eq!(RUNS.load(SeqCst), 1);
    assert_eq!(remembered::peek(1), Some(Err("never 1".into())));
}

#[test]
fn errors_are_shared_with_those_who_wait_if_they_can_be_copied() {
    counter!(RUNS);
    #[memoize]
    fn down(n: u32) -> Result<u32, String> {
        RUNS.fetch_add(1, SeqCst);
        std::thread::sleep(Duration::from_millis(100));
        Err(format!("down {n}"))
    }
    let barrier = Arc::new(std::sync::Barrier::new(4));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let barrier = Arc::clone(&barrier);
            std::thread::spawn(move || {
                barrier.wait();
                down(1)
            })
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), Err("down 1".into()));
    }
    assert!(RUNS.load(SeqCst) < 4, "each would have tried on its own");
}

#[test]
fn early_returns_and_question_marks_stay_in_the_body() {
    #[memoize]
    fn half(text: &str) -> Result<u32, std::num::ParseIntError> {
        let n: u32 = text.parse()?;
        if n == 1 {
            return Ok(0);
        }
        Ok(n / 2)
    }
    assert_eq!((half("8"), half("1")), (Ok(4), Ok(0)));
    assert!(half("x").is_err());
}

#[test]
fn a_given_cache_may_hold_one_function_for_its_own_time() {
    static CLOCK: LazyLock<ManualClock> = LazyLock::new(ManualClock::new);
    static PAGES: LazyLock<Cache<u32, u32>> =
        LazyLock::new(|| Cache::builder().clock(CLOCK.clone()).build());
    #[memoize(cache = PAGES, ttl = 5)]
    fn page(n: u32) -> u32 {
        n
    }
    page(1);
    assert_eq!(PAGES.get_ttl(&1), Some(Duration::from_secs(5)));
    CLOCK.advance(Duration::from_secs(5));
    assert_eq!(page::peek(1), None);
}

// ---------------------------------------------------------------- methods

trait Shape {
    fn area(&self) -> u64;
    fn id(&self) -> u32;

    /// A default method, for all who implement it.
    #[memoize(in_trait, key: u32 = self.id())]
    fn twice(&self) -> u64 {
        DEFAULTS.fetch_add(1, SeqCst);
        self.area() * 2
    }
}
counter!(DEFAULTS);

struct Circle(u32);
struct Tile(u32);

impl Shape for Circle {
    fn area(&self) -> u64 {
        3
    }
    fn id(&self) -> u32 {
        self.0
    }
}
impl Shape for Tile {
    fn area(&self) -> u64 {
        1
    }
    fn id(&self) -> u32 {
        self.0
    }
}

struct Wrapper<T>(T);

impl<T: Clone + Send + Sync + std::hash::Hash + Eq + std::fmt::Debug + 'static> Wrapper<T> {
    #[memoize(key: T = self.0.clone())]
    fn show(&self) -> String {
        format!("{:?}", self.0)
    }

    #[memoize(in_impl)]
    fn size(times: usize) -> usize {
        size_of::<T>() * times
    }

    #[memoize(skip(self))]
    async fn later(&self, n: u32) -> (u32, usize) {
        (n, size_of::<T>())
    }

    #[memoize(skip(self))]
    fn consume(self, n: u32) -> u32 {
        n
    }

    #[memoize(skip(self))]
    fn change(&mut self, n: u32) -> u32 {
        n
    }
}

#[tokio::test]
async fn methods_of_generic_types_and_traits_are_told_apart() {
    assert_eq!(
        (Circle(1).twice(), Tile(1).twice(), Circle(1).twice()),
        (6, 2, 6)
    );
    assert_eq!(DEFAULTS.load(SeqCst), 2);
    assert_eq!(
        (Wrapper(1u8).show(), Wrapper("a").show()),
        ("1".into(), "\"a\"".into())
    );
    assert_eq!((Wrapper::<u8>::size(2), Wrapper::<u64>::size(2)), (2, 16));
    assert_eq!(
        (Wrapper(1u8).later(1).await, Wrapper(1u64).later(1).await),
        ((1, 1), (1, 8))
    );
    assert_eq!((Wrapper(0u8).consume(3), Wrapper(0u8).change(4)), (3, 4));
    assert_eq!(Wrapper::<u8>::size_cache().len(), 1);
}

struct Parser<'a>(&'a str);

impl<'a> Parser<'a> {
    #[memoize(key: String = format!("{}{n}", self.0))]
    fn at(&self, n: usize) -> Option<char> {
        self.0.chars().nth(n)
    }
}

#[test]
fn a_type_that_borrows_may_have_memoized_methods() {
    let text = String::from("abc");
    assert_eq!(
        (Parser(&text).at(1), Parser("xyz").at(1)),
        (Some('b'), Some('y'))
    );
    assert_eq!(Parser::at_cache().len(), 2);
}

#[test]
fn the_manager_configures_methods_before_and_after_their_first_call() {
    struct Late;
    impl Late {
        #[memoize(skip(self), name = "corners::late")]
        fn late(&self, n: u32) -> u32 {
            n
        }
    }
    let manager = CacheManager::global();
    assert!(manager.contains("corners::late"));
    let error = manager.get::<u32, u32>("corners::late").unwrap_err();
    assert!(
        error.is_not_made() && error.to_string().contains("first call"),
        "{error}"
    );
    manager
        .configure(
            "corners::late",
            CacheConfig::new().max_size(2).policy(Policy::Fifo),
        )
        .unwrap();
    (0..5).for_each(|n| {
        Late.late(n);
    });
    let cache = manager.get::<u32, u32>("corners::late").unwrap();
    assert_eq!((cache.max_size(), cache.keys()), (2, vec![3, 4]));
    manager
        .configure("corners::late", CacheConfig::new().max_size(1))
        .unwrap();
    assert_eq!(cache.keys(), [4]);
    let names = manager.names();
    assert!(
        names.iter().any(|name| name.ends_with("Wrapper<_>::size")),
        "{names:?}"
    );
    assert!(
        names.iter().any(|name| name.ends_with("Shape::twice")),
        "{names:?}"
    );
}

mod rivals {
    use cacheout::memoize;
    #[memoize(name = "corners::rivals")]
    pub fn one(n: u8) -> u8 {
        n
    }
    #[memoize(name = "corners::rivals")]
    pub fn other(n: u8) -> u8 {
        n
    }
}

#[test]
fn two_functions_of_one_name_are_an_error_that_names_both() {
    let manager = CacheManager::global();
    for error in [
        manager.get::<u8, u8>("corners::rivals").unwrap_err(),
        manager
            .configure("corners::rivals", CacheConfig::new())
            .unwrap_err(),
        manager.cache("corners::rivals").unwrap_err(),
    ] {
        assert!(error.is_name_taken(), "{error}");
        let text = error.to_string();
        assert_eq!(text.matches("memoize_corners.rs:").count(), 2, "{text}");
    }
    assert_eq!((rivals::one(1), rivals::other(2)), (1, 2));
    // what is meant for all caches reaches both
    let mut all = manager.iter();
    let (_, both) = all.find(|(name, _)| name == "corners::rivals").unwrap();
    assert_eq!(both.len(), 2);
    both.clear();
    assert_eq!((rivals::one::peek(1), rivals::other::peek(2)), (None, None));
}

// ---------------------------------------------------------------- attributes

/// Documented.
#[memoize]
#[must_use = "it is a value"]
#[allow(clippy::let_and_return)]
#[cfg(not(any()))]
pub extern "C" fn exported(n: u32) -> u32 {
    let doubled = n * 2;
    doubled
}

/// # Safety
/// None.
#[memoize]
#[allow(unsafe_code)]
unsafe fn trusting(n: u32) -> u32 {
    n
}

#[memoize]
#[cfg(any())]
fn absent(n: Absent) -> u32 {
    n
}

#[memoize(companion = Lengths)]
fn length(text: &str) -> usize {
    text.len()
}
#[allow(non_camel_case_types, dead_code)]
struct length {}

#[test]
#[allow(unsafe_code)]
fn qualifiers_and_attributes_are_kept() {
    assert_eq!(exported(4), 8);
    let pointer: extern "C" fn(u32) -> u32 = exported;
    assert_eq!(pointer(4), 8);
    // SAFETY: the function asks for nothing.
    assert_eq!(unsafe { (trusting(3), trusting(3)) }, (3, 3));
    assert_eq!(trusting::cache().len(), 1);
    assert_eq!(Lengths::peek("ab"), None);
}

// ---------------------------------------------------------------- shared and local caches

static SHARED: LazyLock<Cache<MemoKey, String>> = LazyLock::new(|| Cache::new(100));

#[test]
fn shared_keys_are_equal_by_value_and_select_by_text() {
    #[memoize(cache = SHARED)]
    fn first(text: &str) -> String {
        text.to_owned()
    }
    #[memoize(cache = SHARED)]
    fn second(text: &str) -> String {
        text.to_uppercase()
    }
    #[memoize(cache = SHARED)]
    fn third() -> String {
        "third".into()
    }
    assert_eq!(
        (first("a"), second("a"), third()),
        ("a".into(), "A".into(), "third".into())
    );
    assert_eq!(
        (first("a"), second("a"), third()),
        ("a".into(), "A".into(), "third".into())
    );
    assert_eq!(SHARED.len(), 3);
    assert_eq!(
        (first::peek("a"), second::peek("b")),
        (Some("a".into()), None)
    );
    assert!(
        SHARED
            .keys()
            .iter()
            .any(|key| key.to_string().ends_with("third()"))
    );
    assert!(first::invalidate("a") && !first::invalidate("a"));
    second::prime("b", "primed".into());
    assert_eq!(second("b"), "primed");
    assert_eq!(SHARED.delete_many(r#"*::second("b")"#), 1);
    let owned: Vec<MemoKey> = SHARED.keys();
    assert_eq!(SHARED.get_many(&owned).len(), 2);
}

#[test]
fn a_local_cache_keeps_its_bound_its_time_and_its_promises() {
    let cache: LocalCache<u32, u32> = LocalCache::builder().max_size(2).build();
    assert_eq!(
        (cache.set(1, 1), cache.set(1, 2), cache.set(2, 2)),
        (None, Some(1), None)
    );
    cache.get(&1);
    cache.set(3, 3);
    assert_eq!(
        (cache.peek(&1), cache.peek(&2), cache.len()),
        (Some(2), None, 2)
    );
    // the same key from inside its own computation, a write during it, and a panic
    let nested = cache.get_or_set_with(&9, || cache.get_or_set_with(&9, || 1) + 1);
    assert_eq!(nested, 2);
    let beaten = cache.get_or_set_with(&10, || {
        cache.delete(&10);
        5
    });
    assert_eq!((beaten, cache.peek(&10)), (5, None));
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        cache.get_or_set_with(&11, || panic!("no"))
    }));
    assert!(caught.is_err());
    assert_eq!(cache.get_or_set_with(&11, || 6), 6);
    cache.clear();
    assert!(cache.is_empty() && !cache.delete(&11));
}

// ---------------------------------------------------------------- writers

#[tokio::test]
async fn writers_invalidate_before_or_after_and_only_on_success() {
    #[memoize]
    fn price(name: &str) -> usize {
        name.len()
    }
    #[invalidates(price(&name))]
    async fn set_price(name: String, fail: bool) -> Result<String, ()> {
        if fail {
            return Err(());
        }
        Ok(name) // moved away: the key was made before
    }
    #[invalidates(price(name), before)]
    fn set_first<'a>(name: &'a str, seen: &mut Option<usize>) -> &'a str {
        *seen = price::peek(name);
        name
    }
    #[invalidates(price)]
    fn reset() {}
    price("ab");
    assert!(set_price("ab".into(), true).await.is_err());
    assert_eq!(price::peek("ab"), Some(2));
    assert_eq!(set_price("ab".into(), false).await, Ok("ab".into()));
    assert_eq!(price::peek("ab"), None);
    price("ab");
    let mut seen = Some(9);
    assert_eq!(set_first("ab", &mut seen), "ab");
    assert_eq!(seen, None);
    price("x");
    reset();
    assert!(price::cache().is_empty());
}

thread_local! {
    static LOCAL_VERSION: Cell<u32> = const { Cell::new(0) };
}

#[memoize(thread_local, unless = |version| *version == 0)]
fn local_version(_: u8) -> u32 {
    LOCAL_VERSION.get()
}

/// What is there is outdated, though the new value is not to be stored.
#[test]
fn a_refresh_whose_value_is_not_stored_forgets_the_old_one() {
    LOCAL_VERSION.set(5);
    assert_eq!((local_version(1), local_version(2)), (5, 5));
    LOCAL_VERSION.set(0);
    assert_eq!((local_version(1), local_version::refresh(1)), (5, 0));
    assert_eq!(
        (local_version::peek(1), local_version::peek(2)),
        (None, Some(5))
    );
}

#[test]
fn a_refresh_beats_what_was_being_computed() {
    counter!(RUNS);
    #[memoize]
    fn version(_n: u8) -> u32 {
        RUNS.fetch_add(1, SeqCst)
    }
    assert_eq!((version(1), version::refresh(1), version(1)), (0, 1, 1));
    assert_eq!(
        version::stats().hit_count,
        0,
        "statistics are off until asked for"
    );
    version::cache().stats().enable();
    version(1);
    assert_eq!(version::stats().hit_count, 1);
}

// ------------------------------------------------------------------------------------------------ traits with parameters

static ANY_SIZES: LazyLock<Cache<MemoKey, usize>> = LazyLock::new(|| Cache::new(16));

/// Neither the trait's types nor its constants can be named in its methods' caches.
trait Measure<T: 'static, const N: usize> {
    #[memoize(in_trait, skip(self))]
    fn size(&self) -> usize {
        size_of::<T>() * N
    }

    #[memoize(in_trait)]
    fn size_of_all() -> usize {
        size_of::<T>() * N
    }

    #[memoize(in_trait, skip(self), cache = ANY_SIZES)]
    fn size_in_a_shared_cache(&self) -> usize {
        size_of::<T>() * N
    }

    #[memoize(in_trait, skip(self), thread_local)]
    fn size_of_a_thread(&self) -> usize {
        size_of::<T>() * N
    }

    fn computed(&self, times: usize) -> usize;
}

struct Ruler;

impl<T: 'static, const N: usize> Measure<T, N> for Ruler {
    #[memoize(in_trait, skip(self))]
    fn computed(&self, times: usize) -> usize {
        size_of::<T>() * N * times
    }
}

#[test]
fn methods_of_a_trait_with_parameters_have_a_cache_for_each() {
    fn measure<T: 'static, const N: usize>() -> [usize; 5] {
        [
            Measure::<T, N>::size(&Ruler),
            <Ruler as Measure<T, N>>::size_of_all(),
            Measure::<T, N>::size_in_a_shared_cache(&Ruler),
            Measure::<T, N>::size_of_a_thread(&Ruler),
            Measure::<T, N>::computed(&Ruler, 1),
        ]
    }
    assert_eq!(measure::<u8, 1>(), [1; 5]);
    assert_eq!(measure::<u64, 1>(), [8; 5]);
    assert_eq!(measure::<u64, 3>(), [24; 5]);
    assert_eq!(measure::<u8, 1>(), [1; 5]);
    assert_eq!(ANY_SIZES.len(), 3);
}

// --------------------------------------------------------------------------------------------------------- async methods

static ROUTES: LazyLock<Cache<MemoKey, u32>> = LazyLock::new(|| Cache::new(16));

struct Map;

trait Routes {
    #[memoize(in_trait, skip(self))]
    async fn distance_from_home(&self, to: u32) -> u32 {
        to
    }
}

impl Routes for Map {}

impl Map {
    #[memoize(cache = ROUTES, skip(self))]
    async fn distance(&self, to: u32) -> u32 {
        to
    }
}

#[memoize]
async fn parsed(text: &str) -> Result<u32, Box<dyn std::error::Error>> {
    Ok(text.parse()?)
}

#[tokio::test]
async fn async_methods_are_named_as_they_are_written() {
    assert_eq!((Map.distance(1).await, Map.distance(1).await), (1, 1));
    assert_eq!(ROUTES.keys().len(), 1);
    let name = ROUTES.keys()[0].to_string();
    assert!(name.ends_with("Map::distance(1)"), "{name}");
    assert_eq!(Map.distance_from_home(2).await, 2);
    let names = CacheManager::global().names();
    let is_known = |name: &String| name.ends_with("distance_from_home");
    assert!(names.iter().any(is_known), "{names:?}");
}

/// As without the macro: what is not `Send` is gone before the task waits again.
#[tokio::test]
async fn a_task_may_move_though_an_error_may_not() {
    let task = tokio::spawn(async { (parsed("7").await.ok(), parsed("x").await.is_err()) });
    assert_eq!(task.await.unwrap(), (Some(7), true));
}

// -------------------------------------------------------------------------------------------------------------- writers

#[tokio::test]
async fn writers_may_return_what_cannot_be_named_or_given_away() {
    #[memoize]
    fn price(id: u32) -> u32 {
        id
    }
    #[invalidates(price(id))]
    fn all(id: u32) -> impl Iterator<Item = u32> {
        if id > 5 {
            return vec![1].into_iter();
        }
        vec![id].into_iter()
    }
    #[invalidates(price(id))]
    fn tried<'a>(id: u32, ids: &'a mut [u32]) -> Result<impl Iterator<Item = &'a mut u32>, String> {
        if id > 5 {
            Err("too many")?;
        }
        Ok(ids.iter_mut())
    }
    struct Prices(Vec<u32>);
    impl Prices {
        #[invalidates(price(id))]
        fn change(&mut self, id: u32) -> &mut u32 {
            &mut self.0[id as usize]
        }
        #[invalidates(price(id))]
        fn change_if(&mut self, id: u32) -> Option<&mut u32> {
            self.0.get_mut(id as usize)
        }
        #[invalidates(price(id))]
        fn of<'a>(&'a self, id: u32, _name: &str) -> &'a u32 {
            &self.0[id as usize]
        }
        #[invalidates(price(id))]
        async fn changed_later(&mut self, id: u32) -> Result<&mut u32, ()> {
            self.0.get_mut(id as usize).ok_or(())
        }
        #[invalidates(price(id))]
        fn with(mut self, id: u32) -> Self {
            self.0.push(id);
            self
        }
    }
    let forgotten = || price::peek(1).is_none() && price(1) == 1;
    price(1);
    assert_eq!((all(1).count(), forgotten()), (1, true));
    let mut ids = vec![1];
    assert!(tried(6, &mut ids).is_err());
    assert_eq!(
        (tried(1, &mut ids).unwrap().count(), forgotten()),
        (1, true)
    );
    let mut prices = Prices(vec![1, 2]).with(1);
    assert!(forgotten());
    *prices.change(1) += 1;
    assert!(forgotten());
    *prices.change_if(1).unwrap() += 1;
    assert!(forgotten());
    assert_eq!((*prices.of(1, ""), forgotten()), (4, true));
    *prices.changed_later(1).await.unwrap() += 1;
    assert_eq!((prices.0[1], forgotten()), (5, true));
}
