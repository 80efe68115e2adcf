//! Where a memoized function keeps its values for one thread: what [`Cache`](crate::Cache) answers by the same names.

use std::hash::{BuildHasher, Hash};

use crate::cache::{Keep, Made, Sharing};
use crate::hash::KeyHash;
use crate::local::LocalCache;
use crate::lookup::Lookup;
use crate::stats::StatsInfo;

/// A call that was not found, ready to be filled; or nothing, for one that passes the cache by.
#[doc(hidden)]
#[derive(Debug)]
pub struct LocalMiss<K>(Option<(KeyHash, K)>);

/// What `#[memoize(thread_local)]` calls; see the same methods of `Cache`.
#[doc(hidden)]
#[allow(
    clippy::missing_errors_doc,
    clippy::unused_self,
    reason = "hidden, and called by a name that stores share"
)]
impl<K, V, S> LocalCache<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    pub fn memo_store(&self) -> &Self {
        self
    }

    #[inline]
    pub fn memo_find<Q: Lookup<K>>(&self, call: &Q) -> Result<V, LocalMiss<K>> {
        let hash = self.hash(call);
        self.read(hash, call)
            .ok_or_else(|| LocalMiss(Some((hash, call.to_key()))))
    }

    pub fn memo_pass(&self) -> Result<V, LocalMiss<K>> {
        Err(LocalMiss(None))
    }

    pub fn memo_key<Q: Lookup<K>>(&self, call: &Q) -> LocalMiss<K> {
        LocalMiss(Some((self.hash(call), call.to_key())))
    }

    pub fn memo_fill<E, X: Sharing<E>>(
        &self,
        miss: LocalMiss<K>,
        _: X,
        make: impl FnOnce() -> Result<Made<V>, E>,
    ) -> Result<V, E> {
        self.fill(miss, false, make)
    }

    pub fn memo_refill<E, X: Sharing<E>>(
        &self,
        miss: LocalMiss<K>,
        _: X,
        make: impl FnOnce() -> Result<Made<V>, E>,
    ) -> Result<V, E> {
        self.fill(miss, true, make)
    }

    /// Computes a value; `anew`, whatever is stored.
    fn fill<E>(
        &self,
        miss: LocalMiss<K>,
        anew: bool,
        make: impl FnOnce() -> Result<Made<V>, E>,
    ) -> Result<V, E> {
        match miss.0 {
            Some((hash, key)) => self.load(hash, key, anew, make),
            None => make().map(|made| made.value),
        }
    }

    /// For the cache's own time: no other can be said of it.
    pub fn memo_set<Q: Lookup<K>>(&self, call: &Q, value: V, _: Keep) {
        self.set(call.to_key(), value);
    }

    pub fn memo_forget<Q: Lookup<K>>(&self, call: &Q) -> Box<dyn FnOnce()>
    where
        K: 'static,
        V: 'static,
        S: 'static,
    {
        let (cache, key) = (self.clone(), call.to_key());
        let hash = self.hash(call);
        Box::new(move || {
            cache.remove(hash, |other| *other == key);
        })
    }

    pub fn memo_info(&self) -> StatsInfo {
        self.info()
    }
}
