//! Walking over a cache that may change meanwhile.

use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::vec;

use super::Cache;
use crate::hash::RandomState;

/// The entries of a cache, oldest first; see [`Cache::iter`].
pub struct Iter<'a, K, V, S = RandomState> {
    cache: &'a Cache<K, V, S>,
    keys: vec::IntoIter<K>,
}

impl<'a, K, V, S> Iter<'a, K, V, S> {
    pub(super) fn new(cache: &'a Cache<K, V, S>, keys: Vec<K>) -> Self {
        let keys = keys.into_iter();
        Iter { cache, keys }
    }
}

impl<K, V, S> Iterator for Iter<'_, K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        loop {
            let key = self.keys.next()?;
            if let Some(value) = self.cache.inspect(&key) {
                return Some((key, value));
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.keys.len()))
    }
}

impl<K, V, S> std::iter::FusedIterator for Iter<'_, K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
}

impl<'a, K, V, S> IntoIterator for &'a Cache<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    type Item = (K, V);
    type IntoIter = Iter<'a, K, V, S>;

    fn into_iter(self) -> Iter<'a, K, V, S> {
        self.iter()
    }
}

impl<K, V, S> fmt::Debug for Iter<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter")
            .field("left", &self.keys.len())
            .finish_non_exhaustive()
    }
}
