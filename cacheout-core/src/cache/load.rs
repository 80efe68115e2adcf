//! Computing what is not there: once per key, for threads and tasks.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, poll_fn};
use std::hash::{BuildHasher, Hash};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use super::{Cache, End};
use crate::clock::Now;
use crate::hash::KeyHash;
use crate::listener::RemovalCause;
use crate::load::{
    Awaited, Beaten, Computing, FlightId, Join, Joined, Landing, Outcome, SharedError,
};
use crate::lookup::Lookup;
use crate::policy::SlotId;
use crate::store::{Condition, Inserted, KeySource, Shard};
use crate::sync::MutexGuard;
use crate::sync::atomic::Ordering::Relaxed;

/// What a computation made, and whether and for how long it is to be stored.
#[doc(hidden)]
#[derive(Debug)]
pub struct Made<V> {
    pub value: V,
    pub keep: Keep,
}

/// For how long a value is stored.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Keep {
    /// For the cache's ttl.
    Default,
    For(Duration),
    /// Not at all: it goes to those who wait for it.
    No,
}

impl<V> From<V> for Made<V> {
    fn from(value: V) -> Self {
        let keep = Keep::Default;
        Made { value, keep }
    }
}

/// How a computation's error gets to those who wait for it.
#[doc(hidden)]
pub trait Sharing<E> {
    fn share(error: &E) -> Option<SharedError>;
    fn receive(error: &SharedError) -> Option<E>;
}

/// It does not: another caller tries.
#[doc(hidden)]
#[derive(Debug)]
pub struct Unshared;

/// Each has a copy.
#[doc(hidden)]
#[derive(Debug)]
pub struct Shared;

impl<E> Sharing<E> for Unshared {
    fn share(_: &E) -> Option<SharedError> {
        None
    }

    fn receive(_: &SharedError) -> Option<E> {
        None
    }
}

impl<E: Clone + Send + Sync + 'static> Sharing<E> for Shared {
    fn share(error: &E) -> Option<SharedError> {
        Some(Arc::new(error.clone()))
    }

    fn receive(error: &SharedError) -> Option<E> {
        error.downcast_ref().cloned()
    }
}

/// A load that found nothing, and what its caller has to do now.
#[doc(hidden)]
pub struct Begun<'c, K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    hash: KeyHash,
    step: Step<'c, K, V, S>,
}

impl<K, V, S> Begun<'_, K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    /// A load that passes the cache by.
    pub fn alone() -> Self {
        Begun {
            hash: KeyHash::new(0),
            step: Step::Alone,
        }
    }
}

impl<K, V, S> fmt::Debug for Begun<'_, K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Begun").finish_non_exhaustive()
    }
}

/// What a caller that found nothing has to do.
enum Step<'c, K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    /// Take this: somebody was faster.
    Hit(V),
    /// Compute for all.
    Lead(Lead<'c, K, V, S>),
    /// Compute for itself alone.
    Alone,
    /// Wait, and then perhaps try for this key.
    Join(Join<V>, K),
}

/// What a caller does that has waited.
enum Waited<V, E> {
    Done(Result<V, E>),
    Alone,
    Again,
}

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
        let make = async { make.await.map(Made::from) };
        self.load_async::<E, Shared>(begun, make).await
    }

    pub(super) fn load_value(&self, begun: Begun<'_, K, V, S>, make: impl FnOnce() -> V) -> V {
        let make = || Ok::<_, Infallible>(Made::from(make()));
        let Ok(value) = self.load::<_, Unshared>(begun, make);
        value
    }

    /// The value of `key`, or what its caller has to do: decided under one lock, counted and told after it.
    #[inline]
    pub(crate) fn begin<Q>(&self, key: &Q) -> Result<V, Begun<'_, K, V, S>>
    where
        Q: ?Sized + Lookup<K>,
    {
        let hash = self.hash(key);
        if !self.is_enabled() {
            self.tell_read(key, None);
            return Err(Begun::alone());
        }
        let now = self.inner.time.start();
        let store = &self.inner.store;
        let mut shard = store.shard_to_read(hash);
        let found = shard.find(hash.word(), |other| key.equals(other));
        if let Some(slot) = found
            && !shard.is_expired(slot, &now)
        {
            let value = shard.hit(slot, || store.use_stamp(), &now).value.clone();
            drop(shard);
            self.tell_read(key, Some(&value));
            return Ok(value);
        }
        Err(self.begin_miss(hash, key, shard, found))
    }

    #[cold]
    fn begin_miss<Q: ?Sized + Lookup<K>>(
        &self,
        hash: KeyHash,
        key: &Q,
        mut shard: MutexGuard<'_, Shard<K, V>>,
        expired: Option<SlotId>,
    ) -> Begun<'_, K, V, S> {
        let expired = expired.map(|slot| self.inner.store.take_out(&mut shard, slot));
        let step = match shard.flights.join(hash.word(), |other| key.equals(other)) {
            Some((id, landing)) => Step::Join(self.wait_for(id, landing), key.to_key()),
            None => {
                let told = self.wants_keys().then(|| key.to_key());
                let id = shard.flights.open(hash.word(), key.to_key(), true);
                Step::Lead(Lead::new(self, hash, id, told))
            }
        };
        drop(shard);
        {
            // who asks for this key from a callback would wait for this very caller
            let _computing = match &step {
                Step::Lead(lead) => Some(Computing::start(lead.id)),
                _ => None,
            };
            if let Some(node) = expired {
                self.expire(node);
            }
            self.tell_read(key, None);
        }
        Begun { hash, step }
    }

    fn wait_for(&self, id: FlightId, landing: Arc<Landing<V>>) -> Join<V> {
        let limit = Duration::from_nanos(self.inner.wait_limit.load(Relaxed));
        Join::new(id, landing, limit)
    }

    /// Computes what was not found, or waits until it is computed.
    pub(crate) fn load<E, X: Sharing<E>>(
        &self,
        begun: Begun<'_, K, V, S>,
        make: impl FnOnce() -> Result<Made<V>, E>,
    ) -> Result<V, E> {
        let Begun { hash, mut step } = begun;
        loop {
            let (waited, key) = match step {
                Step::Hit(value) => return Ok(value),
                Step::Lead(lead) => return lead.compute::<E, X>(make),
                Step::Alone => return make().map(|made| made.value),
                Step::Join(join, key) => (self.after::<E, X>(hash, join.block()), key),
            };
            match waited {
                Waited::Done(result) => return result,
                Waited::Alone => return make().map(|made| made.value),
                Waited::Again => step = self.step(hash, key),
            }
        }
    }

    /// [`load`](Self::load) for a task.
    pub(crate) async fn load_async<E, X: Sharing<E>>(
        &self,
        begun: Begun<'_, K, V, S>,
        make: impl Future<Output = Result<Made<V>, E>>,
    ) -> Result<V, E> {
        let make = pin!(make);
        let Begun { hash, mut step } = begun;
        loop {
            let (waited, key) = match step {
                Step::Hit(value) => return Ok(value),
                Step::Lead(lead) => return lead.compute_async::<E, X>(make).await,
                Step::Alone => return make.await.map(|made| made.value),
                Step::Join(join, key) => (self.after::<E, X>(hash, join.await), key),
            };
            match waited {
                Waited::Done(result) => return result,
                Waited::Alone => return make.await.map(|made| made.value),
                Waited::Again => step = self.step(hash, key),
            }
        }
    }

    /// Computes anew, whatever is there or under way, and stores the result.
    pub(crate) fn reload<E, X: Sharing<E>>(
        &self,
        hash: KeyHash,
        key: K,
        make: impl FnOnce() -> Result<Made<V>, E>,
    ) -> Result<V, E> {
        match self.supersede(hash, key) {
            Some(lead) => lead.compute::<E, X>(make),
            None => make().map(|made| made.value),
        }
    }

    /// [`reload`](Self::reload) for a task.
    pub(crate) async fn reload_async<E, X: Sharing<E>>(
        &self,
        hash: KeyHash,
        key: K,
        make: impl Future<Output = Result<Made<V>, E>>,
    ) -> Result<V, E> {
        let Some(lead) = self.supersede(hash, key) else {
            return make.await.map(|made| made.value);
        };
        lead.compute_async::<E, X>(pin!(make)).await
    }

    /// Decides anew, under the shard's lock, what a caller has to do that has waited in vain.
    fn step(&self, hash: KeyHash, key: K) -> Step<'_, K, V, S> {
        if !self.is_enabled() {
            return Step::Alone;
        }
        let now = self.inner.time.start();
        let mut shard = self.inner.store.shard_to_read(hash);
        if let Some(slot) = shard.find(hash.word(), |other| *other == key)
            && !shard.is_expired(slot, &now)
        {
            return Step::Hit(shard.node(slot).value.clone());
        }
        if let Some((id, landing)) = shard.flights.join(hash.word(), |other| *other == key) {
            return Step::Join(self.wait_for(id, landing), key);
        }
        let told = self.wants_keys().then(|| key.clone());
        let id = shard.flights.open(hash.word(), key, true);
        drop(shard);
        Step::Lead(Lead::new(self, hash, id, told))
    }

    /// Beats whatever is under way for the key, and leads a computation of its own.
    fn supersede(&self, hash: KeyHash, key: K) -> Option<Lead<'_, K, V, S>> {
        if !self.is_enabled() {
            return None;
        }
        let told = self.wants_keys().then(|| key.clone());
        let mut shard = self.inner.store.shard(hash);
        shard.flights.beat(hash.word(), |other| *other == key);
        let id = shard.flights.open(hash.word(), key, true);
        drop(shard);
        let mut lead = Lead::new(self, hash, id, told);
        lead.is_reload = true;
        Some(lead)
    }

    /// What a caller does when its wait has ended.
    fn after<E, X: Sharing<E>>(&self, hash: KeyHash, joined: Joined<V>) -> Waited<V, E> {
        match joined {
            Joined::Landed(Outcome::Value(value)) => Waited::Done(Ok(value)),
            Joined::Landed(Outcome::Error(error)) => match X::receive(&error) {
                Some(error) => Waited::Done(Err(error)),
                None => Waited::Again,
            },
            Joined::Landed(Outcome::Gone) => Waited::Again,
            Joined::Circle => Waited::Alone,
            Joined::Late(id) => {
                self.inner.store.shard(hash).flights.retire(hash.word(), id);
                Waited::Again
            }
        }
    }

    /// One attempt of [`update`](Cache::update). An error if the entry was written meanwhile.
    pub(super) fn try_update<Q: ?Sized + Lookup<K>>(
        &self,
        key: &Q,
        make: &mut impl FnMut(Option<V>) -> Option<V>,
    ) -> Result<Option<V>, Beaten> {
        let (present, lead) = self.watch(key, &self.inner.time.start());
        let made = make(present.filter(|_| self.is_enabled()));
        let now = self.inner.time.start();
        match made {
            Some(value) => {
                let end = End {
                    time: self.end(None, &now),
                    keeps: true,
                };
                let is_stored = lead.store(&value, Some(end), &now);
                is_stored.then_some(Some(value)).ok_or(Beaten)
            }
            None => lead.delete(&now).then_some(None).ok_or(Beaten),
        }
    }

    /// One attempt of [`retain`](Cache::retain) for one key. False if the entry was written meanwhile.
    pub(super) fn try_retain(&self, key: &K, keep: &mut impl FnMut(&K, &V) -> bool) -> bool {
        let now = self.inner.time.start();
        let (present, lead) = self.watch(key, &now);
        match present {
            Some(value) if !keep(key, &value) => lead.delete(&self.inner.time.start()),
            _ => true,
        }
    }

    /// The live value of a key, and a flight that nobody can join: it is there to be beaten by
    /// whoever writes the key from now on.
    fn watch<Q: ?Sized + Lookup<K>>(&self, key: &Q, now: &Now) -> (Option<V>, Lead<'_, K, V, S>) {
        let hash = self.hash(key);
        let told = self.wants_keys().then(|| key.to_key());
        let own = key.to_key();
        let mut shard = self.inner.store.shard(hash);
        let present = shard
            .find(hash.word(), |other| key.equals(other))
            .filter(|&slot| !shard.is_expired(slot, now))
            .map(|slot| shard.node(slot).value.clone());
        let id = shard.flights.open(hash.word(), own, false);
        drop(shard);
        (present, Lead::new(self, hash, id, told))
    }
}

/// A caller that computes for all. However it ends, those who wait are told.
struct Lead<'c, K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    cache: &'c Cache<K, V, S>,
    hash: KeyHash,
    id: FlightId,
    /// The key, for those who want to be told.
    told: Option<K>,
    /// Whether a value is there that the new one makes outdated.
    is_reload: bool,
    is_open: bool,
}

impl<'c, K, V, S> Lead<'c, K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    fn new(cache: &'c Cache<K, V, S>, hash: KeyHash, id: FlightId, told: Option<K>) -> Self {
        Lead {
            cache,
            hash,
            id,
            told,
            is_reload: false,
            is_open: true,
        }
    }

    fn compute<E, X: Sharing<E>>(self, make: impl FnOnce() -> Result<Made<V>, E>) -> Result<V, E> {
        let made = {
            let _computing = Computing::start(self.id);
            make()
        };
        self.end::<E, X>(made)
    }

    async fn compute_async<E, X: Sharing<E>>(
        self,
        mut make: Pin<&mut impl Future<Output = Result<Made<V>, E>>>,
    ) -> Result<V, E> {
        let id = self.id;
        let made = poll_fn(|cx| {
            let _computing = Computing::start(id);
            make.as_mut().poll(cx)
        });
        let made = made.await;
        self.end::<E, X>(made)
    }

    /// Ends the flight: stores what is to be stored, and tells those who wait.
    fn end<E, X: Sharing<E>>(mut self, made: Result<Made<V>, E>) -> Result<V, E> {
        let made = match made {
            Ok(made) => made,
            Err(error) => {
                let awaited = self.close();
                awaited.land(|| X::share(&error).map_or(Outcome::Gone, Outcome::Error));
                return Err(error);
            }
        };
        let now = self.cache.inner.time.start();
        let end = match made.keep {
            Keep::Default => Some(End::at(self.cache.end(None, &now))),
            Keep::For(Duration::ZERO) => None,
            Keep::For(ttl) => Some(End::at(self.cache.end(Some(ttl), &now))),
            Keep::No => {
                if self.is_reload {
                    None // the old answer is outdated, even if the new one is not kept
                } else {
                    self.close().land(|| Outcome::Value(made.value.clone()));
                    return Ok(made.value);
                }
            }
        };
        self.store(&made.value, end, &now);
        Ok(made.value)
    }

    /// Stores the value unless the flight was beaten, and tells it to those who wait; answers whether it was not.
    fn store(mut self, value: &V, end: Option<End>, now: &Now) -> bool {
        let source = KeySource::Flight(self.id);
        let (told, copy) = (self.told.take(), value.clone());
        let cache = self.cache;
        let mut stored = cache.store(self.hash, source, told, copy, end, Condition::Always, now);
        self.is_open = false;
        let awaited = std::mem::replace(&mut stored.awaited, Awaited::by_nobody());
        awaited.land(|| Outcome::Value(value.clone()));
        !matches!(cache.tell_stored(stored), Inserted::Refused)
    }

    /// Deletes the entry unless the flight was beaten; answers whether it was not.
    fn delete(mut self, now: &Now) -> bool {
        let source = KeySource::Flight(self.id);
        let cause = RemovalCause::Deleted;
        let cache = self.cache;
        let stored = cache.displace(self.hash, source, Condition::Always, cause, now);
        self.is_open = false;
        !matches!(cache.tell_stored(stored), Inserted::Refused)
    }

    fn close(&mut self) -> Awaited<V> {
        self.is_open = false;
        let mut shard = self.cache.inner.store.shard_to_read(self.hash);
        let closed = shard.flights.close(self.hash.word(), self.id);
        drop(shard); // before the key
        closed.map_or_else(Awaited::by_nobody, |(_, awaited)| awaited)
    }
}

impl<K, V, S> Drop for Lead<'_, K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    /// The computation panicked, or its future was dropped.
    fn drop(&mut self) {
        if self.is_open {
            drop(self.close()); // which tells that another has to try
        }
    }
}
