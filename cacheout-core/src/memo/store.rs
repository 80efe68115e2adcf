//! Where a memoized function keeps its values: what every store that it may use answers by these names.

use std::convert::Infallible;
use std::future::Future;
use std::hash::{BuildHasher, Hash};

use crate::cache::{Cache, Made, Sharing};
use crate::hash::KeyHash;
use crate::lookup::Lookup;
use crate::stats::StatsInfo;

/// A key that was not found, ready to be filled; or nothing, for a call that passes the cache by.
#[derive(Debug)]
pub struct Miss<K>(Option<(KeyHash, K)>);

impl<K> Miss<K> {
    /// A call that passes the cache by.
    pub const PASS: Self = Miss(None);

    #[cold]
    pub(crate) fn new<Q: Lookup<K>>(hash: KeyHash, call: &Q) -> Self {
        Miss(Some((hash, call.to_key())))
    }

    pub(crate) fn into_parts(self) -> Option<(KeyHash, K)> {
        self.0
    }
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
            None => Err(Miss::new(hash, call)),
        }
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
        match miss.0 {
            Some((hash, key)) => self.load::<E, X>(hash, key, make),
            None => make().map(|made| made.value),
        }
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
        match miss.0 {
            Some((hash, key)) => self.load_async::<E, X>(hash, key, make).await,
            None => make.await.map(|made| made.value),
        }
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
        match miss.0 {
            Some((hash, key)) => self.reload::<E, X>(hash, key, make),
            None => make().map(|made| made.value),
        }
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
        match miss.0 {
            Some((hash, key)) => self.reload_async::<E, X>(hash, key, make).await,
            None => make.await.map(|made| made.value),
        }
    }

    /// What is needed to fill a call, whether it is stored or not.
    pub fn memo_key<Q: Lookup<K>>(&self, call: &Q) -> Miss<K> {
        Miss::new(self.hash(call), call)
    }

    /// Stores the value of a call.
    pub fn memo_set<Q: Lookup<K>>(&self, call: &Q, value: V) {
        self.set(call.to_key(), value);
    }

    /// The figures of its statistics.
    pub fn memo_info(&self) -> StatsInfo {
        self.stats().info()
    }

    /// What forgets the value of a call.
    pub fn memo_forget<Q: Lookup<K>>(&self, call: &Q) -> Box<dyn FnOnce() + Send>
    where
        K: Send + 'static,
        V: Send + 'static,
        S: Send + Sync + 'static,
    {
        let (cache, key) = (self.clone(), call.to_key());
        Box::new(move || drop(cache.take(&key)))
    }
}
