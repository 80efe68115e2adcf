//! Entries that stay in memory while somebody holds on to them, whatever becomes of their slots.

use std::ops::Deref;

use super::ends::EndOf;
use super::readers::{Section, Stay};
use crate::slots::Node;

/// An entry that a glance found and did not read: it stays in memory while this lives.
pub(crate) struct Candidate<'a, K, V> {
    pub(super) node: &'a Node<K, V>,
    pub(super) end: EndOf<'a>,
    pub(super) section: Section,
}

impl<K, V> Candidate<'_, K, V> {
    /// Reads it. If it is on its way in, it must not be used: who comes later might not find it.
    #[inline(always)]
    pub(crate) fn read<R>(
        self,
        read: impl FnOnce(&Node<K, V>, EndOf<'_>) -> Option<R>,
    ) -> Option<R> {
        let Candidate { node, end, section } = self;
        let answer = read(node, end);
        drop(section);
        answer
    }
}

/// A value that stays in memory while this lives.
pub(crate) struct Pinned<'a, K, V> {
    pub(super) node: &'a Node<K, V>,
    pub(super) _stay: Stay,
}

impl<K, V> Deref for Pinned<'_, K, V> {
    type Target = V;

    #[inline]
    fn deref(&self) -> &V {
        &self.node.value
    }
}
