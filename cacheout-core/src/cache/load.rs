//! Computing what is not there: once per key, for threads and tasks.

use std::convert::Infallible;
use std::future::Future;
use std::hash::{BuildHasher, Hash};
use std::pin::pin;

use super::Cache;
use super::made::{Made, Shared, Unshared};
use crate::lookup::Lookup;

/// The loads.
impl<K, V, S> Cache<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    /// The value of `key`, which `make` computes and the cache stores where there is none.
    ///
    /// Of several callers that miss the same key at the same time one computes, and the others wait for its value. No
    /// lock is held meanwhile: `make` may use the cache, for other keys and for this one. In particular:
    ///
    /// - A caller that would wait for itself computes on its own, and what it computes is not stored: the same key from
    ///   inside its own computation, or the last of several threads or tasks that wait for each other in a circle.
    /// - If `make` panics, the panic reaches its caller, and one of those who wait tries next.
    /// - A `set`, `delete`, `clear` or `delete_many` of the key during the computation wins: the result goes to those
    ///   who asked before, and is not stored.
    /// - Nobody waits longer than the cache's [`wait_limit`](crate::CacheConfig::wait_limit), 30 seconds unless set:
    ///   after that the caller computes anew, for all who come later.
    ///
    /// ```
    /// let cache: cacheout::Cache<String, usize> = cacheout::Cache::new(100);
    /// let length = |text: &str| cache.get_or_set_with(text, || text.len());
    /// assert_eq!((length("abc"), length("abc")), (3, 3));
    /// ```
    #[doc(alias = "get_with")]
    #[doc(alias = "get_or_insert_with")]
    pub fn get_or_set_with<Q>(&self, key: &Q, make: impl FnOnce() -> V) -> V
    where
        Q: ?Sized + Lookup<K>,
    {
        match self.begin(key) {
            Ok(value) => value,
            Err(begun) => self.load_value(begun, make),
        }
    }

    /// As [`get_or_set_with`](Cache::get_or_set_with), with a computation that may fail. An error is not stored.
    ///
    /// Where a computation fails that others wait for, they try one after the other, each with its own `make`. Use
    /// [`try_get_or_share_with`](Cache::try_get_or_share_with) to give all of them the first one's error.
    ///
    /// # Errors
    /// Those of `make`.
    ///
    /// ```
    /// let cache: cacheout::Cache<String, i32> = cacheout::Cache::new(100);
    /// let parse = |text: &str| cache.try_get_or_set_with(text, || text.parse::<i32>());
    /// assert_eq!(parse("7"), Ok(7));
    /// assert!(parse("seven").is_err() && !cache.has("seven"));
    /// ```
    #[doc(alias = "try_get_with")]
    pub fn try_get_or_set_with<Q, E>(
        &self,
        key: &Q,
        make: impl FnOnce() -> Result<V, E>,
    ) -> Result<V, E>
    where
        Q: ?Sized + Lookup<K>,
    {
        match self.begin(key) {
            Ok(value) => Ok(value),
            Err(begun) => self.load::<E, Unshared>(begun, || make().map(Made::from)),
        }
    }

    /// As [`try_get_or_set_with`](Cache::try_get_or_set_with), but those who wait for a computation that fails get a
    /// copy of its error instead of trying for themselves.
    ///
    /// # Errors
    /// Those of the computation, by whomever it was done.
    pub fn try_get_or_share_with<Q, E>(
        &self,
        key: &Q,
        make: impl FnOnce() -> Result<V, E>,
    ) -> Result<V, E>
    where
        Q: ?Sized + Lookup<K>,
        E: Clone + Send + Sync + 'static,
    {
        match self.begin(key) {
            Ok(value) => Ok(value),
            Err(begun) => self.load::<E, Shared>(begun, || make().map(Made::from)),
        }
    }

    /// As [`get_or_set_with`](Cache::get_or_set_with), for a task: whoever finds the computation under way awaits it,
    /// threads that block and tasks together. No runtime is assumed.
    ///
    /// `make` is polled by the caller that computes. If that caller's future is dropped, one of those who wait computes
    /// next, with its own `make`. If it is neither dropped nor polled, they wait until the cache's
    /// [`wait_limit`](crate::CacheConfig::wait_limit) is over.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache: cacheout::Cache<String, u8> = cacheout::Cache::new(100);
    /// assert_eq!(cache.get_or_set_async("key", async { 7 }).await, 7);
    /// assert_eq!(cache.get_or_set_async("key", async { unreachable!() }).await, 7);
    /// # });
    /// ```
    pub async fn get_or_set_async<Q>(&self, key: &Q, make: impl Future<Output = V>) -> V
    where
        Q: ?Sized + Lookup<K>,
    {
        let begun = match self.begin(key) {
            Ok(value) => return value,
            Err(begun) => begun,
        };
        let make = pin!(make); // so that the futures within hold but a reference to it
        let make = async { Ok::<_, Infallible>(Made::from(make.await)) };
        let Ok(value) = self.load_async::<_, Unshared>(begun, make).await;
        value
    }

    /// As [`try_get_or_set_with`](Cache::try_get_or_set_with), for a task.
    ///
    /// # Errors
    /// Those of `make`.
    pub async fn try_get_or_set_async<Q, E>(
        &self,
        key: &Q,
        make: impl Future<Output = Result<V, E>>,
    ) -> Result<V, E>
    where
        Q: ?Sized + Lookup<K>,
    {
        let begun = match self.begin(key) {
            Ok(value) => return Ok(value),
            Err(begun) => begun,
        };
        let make = pin!(make); // as above
        let make = async { make.await.map(Made::from) };
        self.load_async::<E, Unshared>(begun, make).await
    }

    /// As [`try_get_or_share_with`](Cache::try_get_or_share_with), for a task.
    ///
    /// # Errors
    /// Those of the computation, by whomever it was done.
    pub async fn try_get_or_share_async<Q, E>(
        &self,
        key: &Q,
        make: impl Future<Output = Result<V, E>>,
    ) -> Result<V, E>
    where
        Q: ?Sized + Lookup<K>,
        E: Clone + Send + Sync + 'static,
    {
        let begun = match self.begin(key) {
            Ok(value) => return Ok(value),
            Err(begun) => begun,
        };
        let make = pin!(make); // as above
        let make = async { make.await.map(Made::from) };
        self.load_async::<E, Shared>(begun, make).await
    }
}
