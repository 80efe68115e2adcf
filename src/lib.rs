#![doc = include_str!("../README.md")]

pub use cacheout_core::{
    AnyCache, Cache, CacheBuilder, CacheConfig, CacheManager, Clock, Error, Filter, FloatKey, Iter,
    KeyRef, LocalCache, LocalCacheBuilder, Lookup, ManualClock, MemoKey, Policy, RandomState,
    RemovalCause, Stats, StatsInfo, SystemClock, TextKey, Untyped, UntypedKey, UntypedRef,
};
pub use cacheout_macros::{invalidates, memoize};

/// What generated code calls; not for use by hand.
#[doc(hidden)]
pub use cacheout_core::memo as __private;
