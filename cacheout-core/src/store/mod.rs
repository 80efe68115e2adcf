//! Where entries are: shards behind locks, under common bounds.

mod bounds;
mod room;
mod shard;
mod sharded;

pub(crate) use bounds::Bounds;
pub(crate) use shard::{Fresh, KeySource, Node, Shard};
pub(crate) use sharded::{Condition, Inserted, Store};
