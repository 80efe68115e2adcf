//! `#[cached]`, as it comes: one lock, no synchronization of computations.
#![allow(
    clippy::needless_pass_by_value,
    reason = "what is measured is a function that takes a `String`"
)]

use cached::Cached;
use cached::macros::cached;

use super::{compute, compute_text};

#[cached]
pub fn unbounded(n: u64) -> u64 {
    compute(n)
}

#[cached(max_size = 128)]
pub fn bounded(n: u64) -> u64 {
    compute(n)
}

#[cached(ttl_secs = 60)]
pub fn ttl(n: u64) -> u64 {
    compute(n)
}

#[cached(max_size = 128, ttl_secs = 60)]
pub fn bounded_ttl(n: u64) -> u64 {
    compute(n)
}

#[cached(max_size = 128, key = "String", convert = { text.to_owned() })]
pub fn of_str(text: &str) -> String {
    compute_text(text)
}

#[cached(max_size = 128)]
pub fn of_string(text: String) -> String {
    compute_text(&text)
}

#[cached(max_size = 128)]
pub fn fib(run: u64, n: u64) -> u64 {
    if n < 2 {
        n
    } else {
        fib(run, n - 1) + fib(run, n - 2)
    }
}

pub fn clear_fib() {
    FIB.write().cache_clear();
}
