//! Callbacks: what a cache tells of gets, sets and removals.

use std::fmt;

use crate::slots::Node;

/// Why an entry left the cache.
///
/// ```
/// use std::sync::mpsc;
/// use cacheout::{Cache, RemovalCause};
///
/// let (sender, told) = mpsc::channel();
/// let cache = Cache::builder()
///     .max_size(1)
///     .on_delete(move |&key, _: &&str, cause| sender.send((key, cause)).unwrap())
///     .build();
/// cache.set(1, "one");
/// cache.set(2, "two");
/// cache.delete(&2);
/// assert_eq!(told.try_iter().collect::<Vec<_>>(), [(1, RemovalCause::Full), (2, RemovalCause::Deleted)]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RemovalCause {
    /// It was deleted by its key, by a filter, by [`retain`](crate::Cache::retain) or by
    /// [`update`](crate::Cache::update); by a ttl of zero; or by a newer value that is not kept.
    Deleted,
    /// Its time had come.
    Expired,
    /// Another entry, or a smaller bound, needed its place; or a new value of its key is heavier than the cache.
    Full,
    /// It was taken by [`pop_item`](crate::Cache::pop_item).
    Popped,
    /// The whole cache was cleared.
    Cleared,
}

impl fmt::Display for RemovalCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            RemovalCause::Deleted => "deleted",
            RemovalCause::Expired => "expired",
            RemovalCause::Full => "full",
            RemovalCause::Popped => "popped",
            RemovalCause::Cleared => "cleared",
        })
    }
}

type OnGet<K, V> = Box<dyn Fn(&K, Option<&V>) + Send + Sync>;
type OnSet<K, V> = Box<dyn Fn(&K, &V, Option<&V>) + Send + Sync>;
type OnDelete<K, V> = Box<dyn Fn(&K, &V, RemovalCause) + Send + Sync>;

/// The callbacks of a cache. They are called when no lock is held any more, in the order of what happened.
#[expect(
    clippy::struct_field_names,
    reason = "they are named as the builder's methods are"
)]
pub(crate) struct Listeners<K, V> {
    pub(crate) on_get: Option<OnGet<K, V>>,
    pub(crate) on_set: Option<OnSet<K, V>>,
    pub(crate) on_delete: Option<OnDelete<K, V>>,
}

impl<K, V> Default for Listeners<K, V> {
    fn default() -> Self {
        Listeners {
            on_get: None,
            on_set: None,
            on_delete: None,
        }
    }
}

impl<K, V> fmt::Debug for Listeners<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listeners")
            .field("on_get", &self.on_get.is_some())
            .field("on_set", &self.on_set.is_some())
            .field("on_delete", &self.on_delete.is_some())
            .finish()
    }
}

/// An entry that left.
pub(crate) struct Removed<K, V> {
    pub(crate) key: K,
    pub(crate) value: V,
    pub(crate) cause: RemovalCause,
}

/// What left the cache during one operation: counted, and told of after the lock is gone.
///
/// The entries themselves are dropped by their shard, when nobody reads them any more. Copies are made only where
/// somebody wants to be told.
pub(crate) struct Removals<K, V> {
    is_told: bool,
    pub(crate) evicted: u64,
    pub(crate) expired: u64,
    /// Made when it is needed, as mostly it is not.
    kept: Option<Box<Kept<K, V>>>,
}

struct Kept<K, V> {
    copies: Vec<Removed<K, V>>,
    /// Entries to be dropped with this, where more is locked than a shard.
    dead: Vec<Node<K, V>>,
}

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Kept {
            copies: Vec::new(),
            dead: Vec::new(),
        }
    }
}

impl<K, V> Removals<K, V> {
    /// None yet. `is_told` says whether copies are wanted.
    #[inline]
    pub(crate) fn new(is_told: bool) -> Self {
        Removals {
            is_told,
            evicted: 0,
            expired: 0,
            kept: None,
        }
    }

    /// An entry is about to leave.
    #[inline(always)]
    pub(crate) fn note(&mut self, key: &K, value: &V, cause: RemovalCause)
    where
        K: Clone,
        V: Clone,
    {
        if self.is_told {
            self.push(key.clone(), value.clone(), cause);
        }
        match cause {
            RemovalCause::Full => self.evicted += 1,
            RemovalCause::Expired => self.expired += 1,
            _ => {}
        }
    }

    /// Drops entries when this is dropped.
    pub(crate) fn bury(&mut self, mut dead: Vec<Node<K, V>>) {
        if !dead.is_empty() {
            self.kept.get_or_insert_default().dead.append(&mut dead);
        }
    }

    /// Whether somebody wants copies.
    pub(crate) fn is_told(&self) -> bool {
        self.is_told
    }

    /// A copy of an entry that left.
    pub(crate) fn push(&mut self, key: K, value: V, cause: RemovalCause) {
        let kept = self.kept.get_or_insert_default();
        kept.copies.push(Removed { key, value, cause });
    }
}

impl<K, V> IntoIterator for Removals<K, V> {
    type Item = Removed<K, V>;
    type IntoIter = std::vec::IntoIter<Removed<K, V>>;

    fn into_iter(self) -> Self::IntoIter {
        let copies = self.kept.map(|kept| kept.copies);
        copies.unwrap_or_default().into_iter()
    }
}
