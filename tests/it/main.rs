//! The facade's integration tests: one binary, a file per subject.
#![allow(missing_docs, unreachable_pub, dropping_copy_types, clippy::pedantic)]

mod conformance;
mod model;
mod spec_cache;
mod spec_manager;
mod spec_memoize;
