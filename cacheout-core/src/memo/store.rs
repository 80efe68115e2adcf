//! Where a memoized function keeps its values: what every store that it may use answers by these names.

use std::convert::Infallible;
use std::future::Future;
use std::hash::{BuildHasher, Hash};

use crate::cache::{Begun, Cache, Keep, Made, Sharing};
use crate::hash::KeyHash;
use crate::lookup::Lookup;
use crate::stats::StatsInfo;

/// The key of a call that is to be computed, whatever is stored.
#[derive(Debug)]
pub struct Known<K> {
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
    #[inline(always)]
    pub fn memo_find<Q: Lookup<K>>(&self, call: &Q) -> Result<V, Begun<'_, K, V, S>> {
        self.begin(call)
    }

    /// What is needed to compute a value past the cache.
    ///
    /// # Errors
    /// Always.
    pub fn memo_pass(&self) -> Result<V, Begun<'_, K, V, S>> {
        Err(Begun::alone())
    }

    /// Computes a value for all who ask for it.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn memo_fill<E, X: Sharing<E>>(
        &self,
        begun: Begun<'_, K, V, S>,
        _: X,
        make: impl FnOnce() -> Result<Made<V>, E>,
    ) -> Result<V, E> {
        self.load::<E, X>(begun, make)
    }

    /// [`memo_fill`](Self::memo_fill) for a task.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn memo_fill_async<'c, E, X: Sharing<E>>(
        &'c self,
        begun: Begun<'c, K, V, S>,
        _: X,
        make: impl Future<Output = Result<Made<V>, E>>,
    ) -> impl Future<Output = Result<V, E>> {
        self.load_async::<E, X>(begun, make)
    }

    /// Computes a value anew, whatever is stored.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn memo_refill<E, X: Sharing<E>>(
        &self,
        known: Known<K>,
        _: X,
        make: impl FnOnce() -> Result<Made<V>, E>,
    ) -> Result<V, E> {
        self.reload::<E, X>(known.hash, known.key, make)
    }

    /// [`memo_refill`](Self::memo_refill) for a task.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn memo_refill_async<E, X: Sharing<E>>(
        &self,
        known: Known<K>,
        _: X,
        make: impl Future<Output = Result<Made<V>, E>>,
    ) -> impl Future<Output = Result<V, E>> {
        self.reload_async::<E, X>(known.hash, known.key, make)
    }

    /// What is needed to fill a call, whether it is stored or not.
    pub fn memo_key<Q: Lookup<K>>(&self, call: &Q) -> Known<K> {
        Known {
            hash: self.hash(call),
            key: call.to_key(),
        }
    }

    /// Stores the value of a call.
    pub fn memo_set<Q: Lookup<K>>(&self, call: &Q, value: V, keep: Keep) {
        let key = call.to_key();
        match keep {
            Keep::Default => self.set(key, value),
            Keep::For(ttl) => self.set_with_ttl(key, value, ttl),
            Keep::No => None,
        };
    }

    /// The figures of its statistics.
    pub fn memo_info(&self) -> StatsInfo {
        self.stats().info()
    }

    /// What forgets the value of a call.
    pub fn memo_forget<Q: Lookup<K>>(&self, call: &Q) -> Box<dyn FnOnce() + Send>
    where
        K: Send + Sync + 'static,
        V: Send + Sync + 'static,
        S: Send + Sync + 'static,
    {
        let (cache, key) = (self.clone(), call.to_key());
        Box::new(move || _ = cache.delete(&key))
    }
}
