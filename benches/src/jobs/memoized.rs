//! Calling a memoized function whose answer is there; and one that recurses, all answers missing.

mod by_hand;
mod cached;
#[cfg(feature = "memoize")]
mod cacheout;
mod call;
mod memoize;

use std::sync::LazyLock;

use crate::measure::Settings;
use crate::peers::Kind::{Baseline, Peer};
use crate::zipf::Rng;
pub use call::Call;
use call::{call, compare, compare_alone};

/// How many different arguments there are; all answers fit into a bound of 128.
const ARGUMENTS: u64 = 100;

fn compute(n: u64) -> u64 {
    n.wrapping_mul(n)
}

fn compute_text(text: &str) -> String {
    text.to_uppercase()
}

pub fn run(settings: Settings) {
    numbers(settings);
    texts(settings);
    recursion(settings);
    cleared(settings);
}

/// The rows of this crate's macro, while the feature is off: none.
macro_rules! own {
    ($($function:expr),*) => {
        [$(
            #[cfg(feature = "memoize")]
            call("cacheout", crate::peers::Kind::Own, $function),
        )*]
    };
}

fn numbers(settings: Settings) {
    compare_hits("u64 → u64, unbounded", settings, &unbounded());
    compare_hits("u64 → u64, at most 128", settings, &bounded());
    compare_hits("u64 → u64, unbounded with ttl", settings, &ttl());
    compare_hits("u64 → u64, at most 128 with ttl", settings, &bounded_ttl());
}

pub fn unbounded() -> Vec<Call> {
    let own = own![cacheout::unbounded];
    let others = [
        #[cfg(feature = "memoize")]
        call(
            "cacheout, a cache per thread",
            Baseline,
            cacheout::per_thread,
        ),
        call("cached", Peer, cached::unbounded),
        call("memoize, shared", Peer, memoize::unbounded),
        call("memoize, a cache per thread", Baseline, memoize::per_thread),
        call("by hand: map in a mutex", Baseline, by_hand::unbounded),
        call("by hand: map per thread", Baseline, by_hand::per_thread),
    ];
    own.into_iter().chain(others).collect()
}

pub fn bounded() -> Vec<Call> {
    let own = own![cacheout::bounded];
    let others = [
        call("cached", Peer, cached::bounded),
        call("memoize, shared", Peer, memoize::bounded),
    ];
    own.into_iter().chain(others).collect()
}

pub fn ttl() -> Vec<Call> {
    let own = own![cacheout::ttl];
    let others = [
        call("cached", Peer, cached::ttl),
        call("memoize, shared", Peer, memoize::ttl),
    ];
    own.into_iter().chain(others).collect()
}

pub fn bounded_ttl() -> Vec<Call> {
    let own = own![cacheout::bounded_ttl];
    let others = [
        call("cached", Peer, cached::bounded_ttl),
        call("memoize, shared", Peer, memoize::bounded_ttl),
    ];
    own.into_iter().chain(others).collect()
}

/// Arguments of 15 bytes.
static TEXTS: LazyLock<Vec<String>> =
    LazyLock::new(|| (0..ARGUMENTS).map(|n| format!("argument {n:06}")).collect());

fn text(number: u64) -> &'static str {
    &TEXTS[usize::try_from(number).unwrap_or_default()]
}

fn texts(settings: Settings) {
    let own = own![|n| cacheout::of_str(text(n))];
    let others = [
        call("cached", Peer, |n| cached::of_str(text(n))),
        call("by hand: map in a mutex, unbounded", Baseline, |n| {
            by_hand::of_str(text(n))
        }),
    ];
    let calls: Vec<Call> = own.into_iter().chain(others).collect();
    compare_hits("&str → String, at most 128", settings, &calls);
    let own = own![|n| cacheout::of_string(text(n).to_owned())];
    let others = [
        call("cached", Peer, |n| cached::of_string(text(n).to_owned())),
        call("memoize, shared", Peer, |n| {
            memoize::of_string(text(n).to_owned())
        }),
        call("by hand: map in a mutex, unbounded", Baseline, |n| {
            by_hand::of_string(text(n).to_owned())
        }),
    ];
    let calls: Vec<Call> = own.into_iter().chain(others).collect();
    let what = "String → String, at most 128, the argument made for each call";
    compare_hits(what, settings, &calls);
}

fn compare_hits(what: &str, settings: Settings, calls: &[Call]) {
    let mut rng = Rng::new(7);
    let title = format!("Memoized hit: {what}");
    compare(&title, settings, calls, || {
        draw(&mut rng, settings.operations)
    });
}

/// So many arguments whose answers are there once all have been asked for.
pub fn arguments(count: usize) -> Vec<u64> {
    draw(&mut Rng::new(7), count)
}

fn draw(rng: &mut Rng, count: usize) -> Vec<u64> {
    (0..count).map(|_| rng.next() % ARGUMENTS).collect()
}

/// A call of `fib` takes thousands of times what a hit takes.
const FIB_CALLS: usize = 300;

fn recursion(settings: Settings) {
    let own = own![|run| cacheout::fib(run, 90)];
    let others = [
        call("cached", Peer, |run| cached::fib(run, 90)),
        call("memoize, shared", Peer, |run| memoize::fib(run, 90)),
    ];
    let calls: Vec<Call> = own.into_iter().chain(others).collect();
    let mut next_run = 0;
    let title =
        "Memoized fib(90), nothing there, at most 128: one call is 91 computations and 88 hits";
    compare(title, settings, &calls, || {
        let first = next_run;
        next_run += FIB_CALLS as u64;
        (first..next_run).collect()
    });
}

fn cleared(settings: Settings) {
    let own = own![|run| {
        cacheout::fib::clear();
        cacheout::fib(run, 90)
    }];
    let others = [
        call("cached", Peer, |run| {
            cached::clear_fib();
            cached::fib(run, 90)
        }),
        call("memoize, shared", Peer, |run| {
            memoize::memoized_flush_fib();
            memoize::fib(run, 90)
        }),
    ];
    let calls: Vec<Call> = own.into_iter().chain(others).collect();
    let title = "Memoized fib(90), at most 128, after its cache was cleared (as part of the call)";
    compare_alone(title, settings, &calls, &[0; FIB_CALLS]);
}
