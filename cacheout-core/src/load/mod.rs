//! One computation per key: who computes, who waits, and what beats a computation.
//!
//! A miss opens a *flight* in the key's shard, under the shard's lock. Whoever asks for the same key meanwhile joins it
//! and waits; whoever writes or deletes the key *beats* it, so that its result goes to those who wait and not into the
//! cache. No lock is held while the computation runs.

mod alarm;
mod chains;
mod circle;
mod flight;
mod join;
mod landing;

pub(crate) use circle::Computing;
pub(crate) use flight::{Beaten, FlightRef, Flights, Purpose};
pub(crate) use join::{Join, Joined};
pub(crate) use landing::{Awaited, Landing, Outcome, SharedError};
