//! Functions that have a cache for each set of types: known to the manager as one, or kept by each thread.

use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::Duration;

use cacheout::{CacheConfig, CacheManager, Policy, memoize};

const LIMIT: usize = 7;

#[memoize(typed = true, name = "caches::generic", max_size = 20, ttl = "1h", policy = Lfu)]
fn generic<T>(value: T) -> u32
where
    T: std::hash::Hash + Eq + Clone + Send + Sync + 'static,
{
    let _ = value;
    1
}

#[test]
fn the_manager_knows_all_caches_of_a_function_as_one() {
    let manager = CacheManager::global();
    let any = manager.cache("caches::generic").unwrap();
    let hour = Some(Duration::from_secs(3600));
    assert_eq!(
        (any.len(), any.max_size(), any.ttl(), any.policy()),
        (0, 20, hour, Policy::Lfu),
        "before the first call"
    );
    manager
        .configure(
            "caches::generic",
            CacheConfig::new().stats(true).max_size(9),
        )
        .unwrap();
    assert_eq!((any.max_size(), any.ttl()), (9, hour));
    generic(1u8);
    generic(2u64);
    generic("ada:1".to_owned());
    generic("ada:2".to_owned());
    generic("bob".to_owned());
    assert_eq!((any.len(), any.stats().miss_count), (5, 5));
    assert_eq!(any.stats().entry_count, 5);
    // any of them, by its types
    let texts = manager.get::<String, u32>("caches::generic").unwrap();
    assert_eq!((texts.len(), texts.max_size()), (3, 9));
    assert_eq!(manager.get::<u64, u32>("caches::generic").unwrap().len(), 1);
    let error = manager.get::<i8, u32>("caches::generic").unwrap_err();
    let text = error.to_string();
    assert!(error.is_type_mismatch(), "{text}");
    assert!(
        text.contains("Cache<u64, u32>") && text.contains("Cache<alloc::string::String, u32>"),
        "{text}"
    );
    // only some keys are text
    assert_eq!(any.delete_glob("ada:*").unwrap(), 2);
    any.configure(CacheConfig::new().max_size(1)).unwrap();
    for n in 0..5 {
        generic(n);
        generic(n as u64);
        generic(n as u16);
    }
    assert_eq!(any.len(), 5, "one of each type");
    assert!(any.configure(CacheConfig::new().shards(2)).is_err());
    any.clear();
    assert!(any.is_empty() && texts.is_empty());
}

struct Bounded;

impl Bounded {
    #[memoize(skip(self), name = "caches::bounded", max_size = LIMIT, ttl = 60)]
    fn bounded(&self, n: u32) -> u32 {
        n
    }

    #[memoize(skip(self), name = "caches::unbounded", unbounded)]
    fn unbounded(&self, n: u32) -> u32 {
        n
    }
}

#[test]
fn a_method_shows_its_settings_before_its_first_call() {
    let manager = CacheManager::global();
    let bounded = manager.cache("caches::bounded").unwrap();
    let unbounded = manager.cache("caches::unbounded").unwrap();
    assert_eq!(bounded.ttl(), Some(Duration::from_secs(60)));
    assert_eq!(
        (unbounded.max_size(), unbounded.policy()),
        (0, Policy::Fifo)
    );
    Bounded.bounded(1);
    Bounded.unbounded(1);
    assert_eq!((bounded.max_size(), unbounded.max_size()), (7, 0));
}

static RUNS: AtomicU32 = AtomicU32::new(0);

trait Named {
    const NAME: &'static str;

    #[memoize(thread_local, in_trait, skip(self))]
    fn shared_name(&self) -> Rc<str> {
        RUNS.fetch_add(1, SeqCst);
        Self::NAME.into()
    }
}

struct One;
struct Other<T>(T);

impl Named for One {
    const NAME: &'static str = "one";
}
impl<T> Named for Other<T> {
    const NAME: &'static str = "other";
}

impl One {
    #[memoize(thread_local, skip(self))]
    fn twice(&self, n: u32) -> Rc<u32> {
        Rc::new(n * 2)
    }
}

impl<T: 'static> Other<T> {
    #[memoize(thread_local, in_impl)]
    fn size(times: usize) -> Rc<usize> {
        Rc::new(size_of::<T>() * times)
    }
}

#[test]
fn methods_may_be_kept_by_each_thread() {
    assert_eq!(
        (&*One.shared_name(), &*Other(1u8).shared_name()),
        ("one", "other")
    );
    assert!(Rc::ptr_eq(&One.shared_name(), &One.shared_name()));
    assert_eq!(RUNS.load(SeqCst), 2);
    assert!(Rc::ptr_eq(&One.twice(4), &One.twice(4)));
    assert_eq!((*One.twice(4), One::twice_cache().len()), (8, 1));
    assert_eq!(
        (*Other::<u8>::size(3), *Other::<u64>::size(3)),
        (3, 24),
        "one cache for each type"
    );
    assert_eq!(Other::<u8>::size_cache().len(), 1);
    assert_eq!(Other(1u8).0, 1);
}

#[test]
fn generic_functions_may_be_kept_by_each_thread() {
    #[memoize(thread_local, typed = true)]
    fn show<T>(value: T) -> Rc<str>
    where
        T: std::hash::Hash + Eq + Clone + std::fmt::Debug + 'static,
    {
        format!("{value:?}").into()
    }
    #[memoize(thread_local)]
    fn size<T, const N: usize>() -> Rc<usize> {
        Rc::new(size_of::<[T; N]>())
    }
    let five = Rc::new(5); // an argument stays in its thread, too
    assert_eq!((&*show(five.clone()), &*show("5")), ("5", "\"5\""));
    assert!(Rc::ptr_eq(&show(five.clone()), &show(five)));
    assert_eq!(show::cache::<Rc<i32>>().len(), 1);
    assert_eq!(
        (*size::<u8, 2>(), *size::<u8, 3>(), *size::<u16, 2>()),
        (2, 3, 4)
    );
}

#[test]
fn references_to_what_stays_in_its_thread_are_keys_in_its_cache() {
    #[derive(Clone, PartialEq, Eq, Hash)]
    struct Node(Rc<str>);
    #[memoize(thread_local)]
    fn text(node: &Node, more: &[Node]) -> String {
        format!("{}{}", node.0, more.len())
    }
    let node = Node("a".into());
    assert_eq!(text(&node, std::slice::from_ref(&node)), "a1");
    assert_eq!(text::peek(&node, &[]), None);
    assert!(text::peek(&node, std::slice::from_ref(&node)).is_some());
}
