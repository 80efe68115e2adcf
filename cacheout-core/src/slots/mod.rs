//! Slots: where entries stand, so that they can be read without a lock.
//!
//! A shard's [`Owner`] writes them, under its lock; a [`View`] reads them without one. `unlocked` is, system calls (`os`)
//! aside, the one module of this crate with unsafe code; `locked` offers the same without any, and leaves all reads to the
//! lock. It is what `RUSTFLAGS="--cfg cacheout_locked_reads"` builds with.

mod node;

#[cfg(cacheout_locked_reads)]
mod locked;
#[cfg(not(cacheout_locked_reads))]
mod unlocked;

#[cfg(cacheout_locked_reads)]
use locked as engine;
#[cfg(not(cacheout_locked_reads))]
use unlocked as engine;

pub(crate) use engine::{Candidate, EndOf, Ends, Guarded, Held, Owner, Pinned, View, Views, fetch};
pub(crate) use node::{Mark, Node};

/// What has to be done with a value under its lock, before that is let go.
pub(crate) trait Settle<T> {
    /// What comes of it, to be dropped when the lock is not held any more.
    type Left;

    /// Whether there is nothing to do.
    fn is_settled(&self, value: &T) -> bool;

    fn settle(&self, value: &mut T) -> Self::Left;
}

/// Nothing ever.
impl<T> Settle<T> for () {
    type Left = ();

    #[inline]
    fn is_settled(&self, _: &T) -> bool {
        true
    }

    fn settle(&self, _: &mut T) {}
}

/// The number of an entry's slot in its shard.
pub(crate) type SlotId = u32;

/// What a look without a lock found.
#[cfg_attr(
    cacheout_locked_reads,
    expect(dead_code, reason = "under the lock alone, all is unknown")
)]
pub(crate) enum Look<R> {
    Found(R),
    /// There is no such entry.
    Missing,
    /// That has to be asked under the lock.
    Unknown,
}
