//! The facade's integration tests: one binary, a file per subject.
#![allow(missing_docs, clippy::pedantic)]

mod conformance;
mod spec_cache;
mod spec_manager;
