//! The facade's integration tests: one binary, a file per subject.
#![allow(missing_docs, unreachable_pub, clippy::pedantic)]

mod cache_corners;
mod concurrency;
mod conformance;
mod engine;
mod memoize_caches;
mod memoize_corners;
mod memoize_regressions;
// signatures as users write them, whatever clippy would
#[allow(clippy::toplevel_ref_arg, clippy::let_and_return)]
mod memoize_signatures;
mod model;
mod reclaim;
mod regressions;
mod shards;
#[allow(clippy::all)]
mod spec_cache;
mod spec_manager;
mod ui;
// given as it is: it shows what a user may write, whatever clippy would
#[allow(dropping_copy_types, clippy::all)]
mod spec_memoize;
