//! The crate memoize. Its shared cache is behind a mutex; a function that takes a reference it refuses.
#![allow(
    clippy::needless_pass_by_value,
    reason = "what is measured is a function that takes a `String`"
)]

use std::time::Duration;

use super::{compute, compute_text};

#[memoize::memoize]
pub fn per_thread(n: u64) -> u64 {
    compute(n)
}

#[memoize::memoize(SharedCache)]
pub fn unbounded(n: u64) -> u64 {
    compute(n)
}

#[memoize::memoize(SharedCache, Capacity: 128)]
pub fn bounded(n: u64) -> u64 {
    compute(n)
}

#[memoize::memoize(SharedCache, TimeToLive: Duration::from_mins(1))]
pub fn ttl(n: u64) -> u64 {
    compute(n)
}

#[memoize::memoize(SharedCache, Capacity: 128, TimeToLive: Duration::from_mins(1))]
pub fn bounded_ttl(n: u64) -> u64 {
    compute(n)
}

#[memoize::memoize(SharedCache, Capacity: 128)]
pub fn of_string(text: String) -> String {
    compute_text(&text)
}

#[memoize::memoize(SharedCache, Capacity: 128)]
pub fn fib(run: u64, n: u64) -> u64 {
    if n < 2 {
        n
    } else {
        fib(run, n - 1) + fib(run, n - 2)
    }
}
