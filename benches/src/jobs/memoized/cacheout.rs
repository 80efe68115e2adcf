//! This crate's `#[memoize]`. Its bound is 128 unless stated.
#![allow(
    clippy::needless_pass_by_value,
    reason = "what is measured is a function that takes a `String`"
)]

use super::{compute, compute_text};

#[cacheout::memoize(unbounded)]
pub fn unbounded(n: u64) -> u64 {
    compute(n)
}

#[cacheout::memoize]
pub fn bounded(n: u64) -> u64 {
    compute(n)
}

#[cacheout::memoize(unbounded, ttl = 60)]
pub fn ttl(n: u64) -> u64 {
    compute(n)
}

#[cacheout::memoize(ttl = 60)]
pub fn bounded_ttl(n: u64) -> u64 {
    compute(n)
}

#[cacheout::memoize]
pub fn of_str(text: &str) -> String {
    compute_text(text)
}

#[cacheout::memoize]
pub fn of_string(text: String) -> String {
    compute_text(&text)
}

#[cacheout::memoize]
pub fn fib(run: u64, n: u64) -> u64 {
    if n < 2 {
        n
    } else {
        fib(run, n - 1) + fib(run, n - 2)
    }
}

#[cacheout::memoize(unbounded, thread_local)]
pub fn per_thread(n: u64) -> u64 {
    compute(n)
}
