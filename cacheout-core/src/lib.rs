//! The runtime of [cacheout](https://docs.rs/cacheout): use it through that crate.
//!
//! | module | what is in it |
//! |---|---|
//! | `cache` | `Cache`: the handle, its builder, its bulk operations |
//! | `store` | shards, under common bounds: written under their locks, read without |
//! | `slots` | where entries stand, so that they can be read while others are written |
//! | `local` | the same for one thread, without locks |
//! | `policy` | who leaves when the cache is full |
//! | `expiry`, `clock` | deadlines, and the time |
//! | `load` | one computation per key |
//! | `manager` | caches by name |
//! | `memo` | what the code calls that `#[memoize]` writes |
//!
//! Each knows only those that stand below it: `manager`, `memo` → `cache` → `store`, `load` → `policy`, `expiry` →
//! `slots` → `clock`, `lookup`. `manager` and `memo` know each other: each memoized function is in the one, and keeps its
//! caches in the other.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "slots are counted in 32 bits, shards are picked by low bits, and odds are floats"
)]
#![allow(
    clippy::result_large_err,
    reason = "what a load begins with is no error to be passed on: it is taken apart where it was made"
)]
#![allow(
    clippy::inline_always,
    reason = "the steps of an insertion, which pass entries on by value: measured, each call that stays copies them"
)]

mod cache;
mod clock;
mod error;
mod expiry;
mod filter;
mod glob;
mod hash;
mod listener;
mod load;
mod local;
mod lookup;
mod manager;
#[doc(hidden)]
pub mod memo;
#[cfg(all(
    any(target_os = "linux", target_os = "android"),
    target_pointer_width = "64"
))]
mod os;
mod policy;
mod rng;
mod slots;
mod sorted;
mod stats;
mod store;
mod sync;

pub use cache::{Cache, CacheBuilder, CacheConfig, Iter};
pub use clock::{Clock, ManualClock, SystemClock};
pub use error::Error;
pub use filter::{Filter, KeyRef, TextKey};
pub use hash::RandomState;
pub use listener::RemovalCause;
pub use local::{LocalCache, LocalCacheBuilder};
pub use lookup::Lookup;
pub use manager::{AnyCache, CacheManager};
pub use memo::{FloatKey, MemoKey, Untyped, UntypedKey, UntypedRef};
pub use policy::Policy;
pub use stats::{Stats, StatsInfo};
