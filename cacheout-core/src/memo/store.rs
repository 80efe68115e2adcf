//! Where a memoized function keeps its values: what every store that it may use answers by these names.

use std::convert::Infallible;
use std::future::Future;
use std::hash::{BuildHasher, Hash};

use crate::cache::{Cache, Made, Sharing};
use crate::hash::KeyHash;
use crate::lookup::Lookup;

/// A key that was not found, ready to be filled.
#[derive(Debug)]
pub struct Miss<K> {
    hash: KeyHash,
    key: K,
}

/// The value of a computation that cannot fail.
#[inline]
pub fn sure<V>(result: Result<V, Infallible>) -> V {
    let Ok(value) = result;
    value
}

#[doc(hidden)]
impl<K, V, S> Cache<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    /// The cache itself, of whatever points to it.
    pub fn memo_store(&self) -> &Self {
        self
    }

    /// The value of a call, or what is needed to fill it.
    ///
    /// # Errors
    /// A miss.
    #[inline]
    pub fn memo_find<Q: Lookup<K>>(&self, call: &Q) -> Result<V, Miss<K>> {
        let hash = self.hash(call);
        match self.read_counted(hash, call) {
            Some(value) => Ok(value),
            None => Err(self.miss(hash, call)),
        }
    }

    #[cold]
    fn miss<Q: Lookup<K>>(&self, hash: KeyHash, call: &Q) -> Miss<K> {
        let key = call.to_key();
        Miss { hash, key }
    }

    /// Computes a value for all who ask for it.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn memo_fill<E, X: Sharing<E>>(
        &self,
        miss: Miss<K>,
        _: X,
        make: impl FnOnce() -> Result<Made<V>, E>,
    ) -> Result<V, E> {
        self.load::<E, X>(miss.hash, miss.key, make)
    }

    /// [`memo_fill`](Self::memo_fill) for a task.
    ///
    /// # Errors
    /// Those of `make`.
    pub async fn memo_fill_async<E, X: Sharing<E>>(
        &self,
        miss: Miss<K>,
        _: X,
        make: impl Future<Output = Result<Made<V>, E>>,
    ) -> Result<V, E> {
        self.load_async::<E, X>(miss.hash, miss.key, make).await
    }

    /// Computes a value anew, whatever is stored.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn memo_refill<E, X: Sharing<E>>(
        &self,
        miss: Miss<K>,
        _: X,
        make: impl FnOnce() -> Result<Made<V>, E>,
    ) -> Result<V, E> {
        self.reload::<E, X>(miss.hash, miss.key, make)
    }

    /// [`memo_refill`](Self::memo_refill) for a task.
    ///
    /// # Errors
    /// Those of `make`.
    pub async fn memo_refill_async<E, X: Sharing<E>>(
        &self,
        miss: Miss<K>,
        _: X,
        make: impl Future<Output = Result<Made<V>, E>>,
    ) -> Result<V, E> {
        self.reload_async::<E, X>(miss.hash, miss.key, make).await
    }

    /// What is needed to fill a call, whether it is stored or not.
    pub fn memo_key<Q: Lookup<K>>(&self, call: &Q) -> Miss<K> {
        let hash = self.hash(call);
        self.miss(hash, call)
    }
}
