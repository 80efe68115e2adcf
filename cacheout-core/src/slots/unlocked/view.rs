//! The readers' half of a shard's slots.

use std::sync::Arc;

use super::shared::Shared;
use crate::clock::Nanos;
use crate::hash::HashWord;
use crate::slots::{Look, Node};

/// Reads without a lock.
pub(crate) struct View<K, V>(pub(super) Arc<Shared<K, V>>);

impl<K, V> View<K, V> {
    /// Finds the entry of a key, expired or not, and reads it and the end of its ttl. Where `read` answers none, the answer
    /// is unknown: what has expired is removed under the lock.
    ///
    /// While `is_key` and `read` run, nothing is locked, but what was removed from this shard is not dropped.
    #[inline]
    pub(crate) fn read<R>(
        &self,
        word: HashWord,
        is_key: impl FnMut(&K) -> bool,
        read: impl FnOnce(&Node<K, V>, Nanos) -> Option<R>,
    ) -> Look<R> {
        self.0.read(word, is_key, read)
    }
}
