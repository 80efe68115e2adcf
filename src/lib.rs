#![doc = include_str!("../README.md")]

pub use cacheout_core::{
    AnyCache, Cache, CacheBuilder, CacheConfig, CacheManager, Clock, Error, Filter, FloatKey, Iter,
    KeyRef, Lookup, ManualClock, Policy, RandomState, RemovalCause, Stats, StatsInfo, SystemClock,
    TextKey,
};
pub use cacheout_macros::memoize;

/// What generated code calls; not for use by hand.
#[doc(hidden)]
pub use cacheout_core::memo as __private;
