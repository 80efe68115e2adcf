//! Where entries are: shards behind locks, under common bounds.

mod bounds;
mod guard;
mod look;
mod room;
mod shard;
mod sharded;
mod source;

pub(crate) use bounds::Bounds;
pub(crate) use guard::Guard;
pub(crate) use look::{COUNTING, OFF, Reads, SPECIAL};
pub(crate) use shard::{Fresh, Shard};
pub(crate) use sharded::{Condition, Inserted, Store};
pub(crate) use source::{Given, Source};
