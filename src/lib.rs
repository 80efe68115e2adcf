#![doc = include_str!("../README.md")]

pub use cacheout_core::{
    AnyCache, Cache, CacheBuilder, CacheConfig, CacheManager, Clock, Error, Filter, FloatKey, Iter,
    KeyRef, LocalCache, LocalCacheBuilder, Lookup, ManualClock, MemoKey, Policy, RandomState,
    RemovalCause, Stats, StatsInfo, SystemClock, TextKey, Untyped, UntypedKey, UntypedRef,
};

/// Answers a function from a cache: a call whose arguments were seen before is answered without running the body.
///
/// ```
/// use cacheout::memoize;
///
/// #[memoize(max_size = 100, ttl = "1h")]
/// fn lines(path: &str) -> std::io::Result<usize> {
///     Ok(std::fs::read_to_string(path)?.lines().count())
/// }
///
/// let path = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
/// assert_eq!(lines(path)?, lines(path)?); // read once
/// assert!(lines("no such file").is_err()); // not remembered
/// assert_eq!(lines::cache().len(), 1);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # What is stored
///
/// The returned value, cloned for each caller: `Clone + Send + Sync + 'static`. Of a return type written as some `Result`, the
/// `Ok` value alone, so the error may borrow; an `Err` is not stored, under whatever name the `Result` goes, unless `cache_err` says so. A `None`
/// is, unless `cache_none = false`. `unless = |value| …` leaves out more.
///
/// # What tells calls apart
///
/// All arguments, but those in `skip(…)`. References are looked up as they are and stored as what owns them (`&str` as
/// `String`); floats are compared by value (NaN equals itself); all else is its own key: `Hash + Eq + Clone + Send + Sync`. Or what
/// `key: Type = expression` makes of them. A hit allocates nothing for its key. Names in an argument's pattern stand for
/// copies, or in a key and a condition for references to what is not `Copy` (`unless` comes when the body has taken that); `skip` takes all the names of one pattern. A type that
/// borrows shows it, `Name<'_>` for `struct Name<'a>`: else it is taken for one that owns.
///
/// A generic function holds equal values of different types as one key ([`Untyped`]: `1` and `1u8`), or, with
/// `typed = true`, as several. Types that no argument shows (`fn size<T>()`) are always told apart, and so are those of a method
/// with `in_trait`.
///
/// # Many callers at once
///
/// One computes, the others wait for it, as with [`Cache::get_or_set_with`]: recursion, cycles, panics, cancelled tasks
/// and invalidations during a computation are looked after there. If it fails, those who wait get a copy of its error if that is
/// `Clone + Send + Sync + 'static`, as with [`Cache::try_get_or_share_with`]; else they try one after the other, as with
/// [`Cache::try_get_or_set_with`].
///
/// # Companions
///
/// Beside a free function `f` stands a type `f` (types and values have names apart) with these functions. Those that call the
/// function take all of its arguments, the others those that the key is made of:
///
/// | function | |
/// |---|---|
/// | `f::uncached(…)` | the body, past the cache |
/// | `f::cache()` | the [`Cache`] itself, or with `thread_local` this thread's [`LocalCache`]; not where `cache = EXPR` is given |
/// | `f::cache_key(…)` | what a cache of the function's own holds a call's value under |
/// | `f::peek(…)` | the value, if it is there |
/// | `f::prime(…, value)` | stores a value without computing it |
/// | `f::refresh(…)` | computes and stores anew |
/// | `f::invalidate(…)` · `f::clear()` | forgets one value; all that its cache holds, those of functions that share it too |
/// | `f::stats()` | [`StatsInfo`]: but for the number of entries all is zero until statistics are switched on, by `f::cache().stats().enable()` or the manager; with `thread_local` they are always collected |
///
/// In a cache with [`MemoKey`]s, which functions share, `f::cache_key` answers the arguments alone, as elsewhere: which type a given
/// cache has keys of, the macro cannot see. Ask such a cache for a call by `f::peek`, `f::prime` and `f::invalidate`, or by
/// the text of its keys.
///
/// A method `m` has `m_uncached`, `m_cache_key` and, unless `cache = EXPR` is given, `m_cache` beside it; `m_cache_key` takes `self`
/// only if the key is made of it. It has to say how `self` is keyed:
/// `cache = self.field`, `key: Type = …self…`, or `skip(self)`; a function of an `impl` that has no `self` says `in_impl`, and
/// a method of a trait, default methods too, `in_trait` (without companions).
///
/// # Options
///
/// They are listed in the [README](crate#the-attribute). A mistake is reported at its word, all mistakes at once.
pub use cacheout_macros::memoize;

/// Forgets what memoized functions hold, once the function that it stands before has succeeded: returned an `Ok`, or
/// anything that is no `Result`.
///
/// `f(args)` forgets the answer of that call, `f` all that its cache holds: of a cache that functions share, theirs too. The arguments are expressions over the function's own; the
/// keys are made before its body runs. A generic function is named with its types, `size::<u32>`, where no argument tells
/// them. A method's answers are forgotten in the body, by its siblings: what `m_cache_key` makes of the arguments is deleted from
/// `Self::m_cache()` or, with `cache = self.field`, from that. With `before`, answers are forgotten before the body runs, whatever it
/// returns. Where cacheout was renamed, `crate = path` says so, as with [`memoize`].
///
/// ```
/// use cacheout::{invalidates, memoize};
///
/// #[memoize]
/// fn price(id: u64) -> u64 {
///     id * 100
/// }
///
/// #[invalidates(price(id))]
/// fn set_price(id: u64, cents: u64) -> Result<(), String> {
///     if cents == 0 { Err(format!("item {id} cannot be free")) } else { Ok(()) }
/// }
///
/// price(1);
/// assert!(set_price(1, 0).is_err());
/// assert_eq!(price::peek(1), Some(100));
/// set_price(1, 5).unwrap();
/// assert_eq!(price::peek(1), None);
/// ```
pub use cacheout_macros::invalidates;

/// What generated code calls; not for use by hand.
#[doc(hidden)]
pub use cacheout_core::memo as __private;
