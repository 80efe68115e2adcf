//! Where entries are: shards behind locks, under common bounds.

mod bounds;
mod column;
mod guard;
mod insert;
mod look;
mod room;
mod shard;
mod sharded;
mod source;

pub(crate) use bounds::Bounds;
pub(crate) use guard::Guard;
pub(crate) use insert::{Arrival, Attempt, Condition, Fresh, Halted, Inserted};
pub(crate) use look::{COUNTING, OFF, Reads, SPECIAL};
pub(crate) use shard::Shard;
pub(crate) use sharded::Store;
pub(crate) use source::{Given, Source};
