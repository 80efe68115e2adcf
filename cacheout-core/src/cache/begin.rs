//! Who computes and who waits: decided under the lock of the key's shard, and carried through.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::hash::{BuildHasher, Hash};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Cache;
use super::lead::Lead;
use super::made::{Made, Sharing, Unshared};
use crate::clock::Now;
use crate::hash::KeyHash;
use crate::listener::RemovalCause;
use crate::load::{Computing, FlightId, Join, Joined, Landing, Outcome, Purpose};
use crate::lookup::Lookup;
use crate::slots::{Candidate, Look, SlotId};
use crate::store::Guard;
use crate::sync::atomic::Ordering::Relaxed;

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
    Join(Box<(Join<V>, K)>),
}

impl<K, V, S> Step<'_, K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    /// Who asks for the key from a callback, or while a value is dropped, would wait for the very caller that leads: if
    /// such code is about to run (`runs_code`), that caller counts as computing already.
    #[inline]
    fn computing(&self, runs_code: bool) -> Option<Computing> {
        match self {
            Step::Lead(lead) if runs_code => Some(Computing::start(lead.id)),
            _ => None,
        }
    }
}

/// What a caller does that has waited.
enum Waited<V, E> {
    Done(Result<V, E>),
    Alone,
    Again,
}

/// Beginning a load and carrying it through.
impl<K, V, S> Cache<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    pub(super) fn load_value(&self, begun: Begun<'_, K, V, S>, make: impl FnOnce() -> V) -> V {
        let make = || Ok::<_, Infallible>(Made::from(make()));
        let Ok(value) = self.load::<_, Unshared>(begun, make);
        value
    }

    /// The value of `key`, or what its caller has to do: decided under one lock, counted and told after it.
    #[inline(always)] // as in `get`
    pub(crate) fn begin<Q>(&self, key: &Q) -> Result<V, Begun<'_, K, V, S>>
    where
        Q: ?Sized + Lookup<K>,
    {
        let hash = self.hash(key);
        self.inner.store.glance(
            hash,
            move |other| key.equals(other),
            |value| Ok(value.clone()),
            move |candidate| self.begin_found(key, candidate),
            move || self.begin_anywhere(hash, key),
        )
    }

    /// [`begin`](Self::begin) where the first glance found the entry, and more is to be done.
    #[inline(never)]
    fn begin_found<Q>(
        &self,
        key: &Q,
        candidate: Candidate<'_, K, V>,
    ) -> Result<V, Begun<'_, K, V, S>>
    where
        Q: ?Sized + Lookup<K>,
    {
        let store = &self.inner.store;
        if !store.reads.are_plain() {
            let used = self.use_found_otherwise(key, candidate);
            return used.map_or_else(|| self.begin_otherwise(self.hash(key), key), Ok);
        }
        match store.use_found(candidate, V::clone) {
            Some(value) => Ok(value),
            None => self.begin_anywhere(self.hash(key), key),
        }
    }

    /// [`begin`](Self::begin) where the first glance did not do.
    #[inline(never)]
    fn begin_anywhere<Q>(&self, hash: KeyHash, key: &Q) -> Result<V, Begun<'_, K, V, S>>
    where
        Q: ?Sized + Lookup<K>,
    {
        let is_key = |other: &K| key.equals(other);
        match self.inner.store.look_plainly(hash, is_key, V::clone) {
            Look::Found(value) => Ok(value),
            Look::Missing => self.begin_locked(hash, key, &self.inner.time.start()),
            Look::Unknown => self.begin_otherwise(hash, key),
        }
    }

    /// [`begin`](Self::begin) with all that may have to be done besides.
    #[inline(never)]
    fn begin_otherwise<Q>(&self, hash: KeyHash, key: &Q) -> Result<V, Begun<'_, K, V, S>>
    where
        Q: ?Sized + Lookup<K>,
    {
        if !self.is_enabled() {
            self.tell_read(key, None);
            return Err(Begun::alone());
        }
        let now = self.inner.time.start();
        let is_key = |other: &K| key.equals(other);
        let store = &self.inner.store;
        if let Look::Found(value) = store.look(hash, is_key, true, &now, V::clone) {
            self.tell_read(key, Some(&value));
            return Ok(value);
        }
        self.begin_locked(hash, key, &now)
    }

    /// [`begin`](Self::begin) under the lock of the key's shard.
    #[inline(never)]
    fn begin_locked<Q>(&self, hash: KeyHash, key: &Q, now: &Now) -> Result<V, Begun<'_, K, V, S>>
    where
        Q: ?Sized + Lookup<K>,
    {
        let is_watched = self.inner.listeners.on_get.is_some();
        let _computing;
        let step; // a destructor may panic when the shard is let go: who leads must not be forgotten then
        {
            let mut told = None; // dropped after the shard is let go, whatever panics
            let mut shard = self.inner.store.shard(hash);
            if let Some(slot) = shard.find(hash.word(), |other| key.equals(other)) {
                return self.begin_late(hash, key, now, slot, shard);
            }
            step = self.join_or_lead(hash, key, &mut shard, &mut told);
            _computing = step.computing(is_watched || !shard.is_quiet());
        }
        self.tell_read(key, None);
        Err(Begun { hash, step })
    }

    /// [`begin_locked`](Self::begin_locked) where there is an entry: somebody was faster, or it has expired.
    #[inline(never)]
    fn begin_late<Q: ?Sized + Lookup<K>>(
        &self,
        hash: KeyHash,
        key: &Q,
        now: &Now,
        slot: SlotId,
        shard: Guard<'_, K, V>,
    ) -> Result<V, Begun<'_, K, V, S>> {
        let store = &self.inner.store;
        let mut removals = self.removals();
        let _computing;
        let step; // as above
        {
            let mut told = None; // as above
            let mut shard = shard;
            if !shard.is_expired(slot, now) {
                let value = shard.hit(slot, || store.next_stamp(), now).value.clone();
                drop(shard);
                self.tell_read(key, Some(&value));
                return Ok(value);
            }
            store.take_out(&mut shard, slot, RemovalCause::Expired, &mut removals);
            step = self.join_or_lead(hash, key, &mut shard, &mut told);
            _computing = step.computing(true);
        }
        self.tell_removals(removals);
        self.tell_read(key, None);
        Err(Begun { hash, step })
    }

    /// Joins the computation of a key of which there is no entry, or opens one. `told` is for a copy of the key.
    #[inline(always)]
    fn join_or_lead<Q: ?Sized + Lookup<K>>(
        &self,
        hash: KeyHash,
        key: &Q,
        shard: &mut Guard<'_, K, V>,
        told: &mut Option<K>,
    ) -> Step<'_, K, V, S> {
        let joined = shard.flights.join(hash.word(), |other| key.equals(other));
        if let Some(joined) = joined {
            return Step::Join(self.wait_for(joined, key.to_key(), None));
        }
        *told = self.wants_keys().then(|| key.to_key());
        let own = key.to_key();
        let id = shard.open(hash.word(), own);
        Step::Lead(Lead::new(self, hash, id, told.take()))
    }

    /// `since` is when the caller began to wait, perhaps for another computation: none if it begins now.
    #[cold]
    fn wait_for(
        &self,
        joined: (FlightId, Arc<Landing<V>>),
        key: K,
        since: Option<Instant>,
    ) -> Box<(Join<V>, K)> {
        let (id, landing) = joined;
        let limit = Duration::from_nanos(self.inner.wait_limit.load(Relaxed));
        Box::new((Join::new(id, landing, limit, since), key))
    }

    /// Computes what was not found, or waits until it is computed.
    pub(crate) fn load<'c, E, X: Sharing<E>>(
        &'c self,
        begun: Begun<'c, K, V, S>,
        make: impl FnOnce() -> Result<Made<V>, E>,
    ) -> Result<V, E> {
        let Begun { hash, step } = begun;
        match step {
            Step::Lead(lead) => lead.compute::<E, X>(make),
            other => self.load_otherwise::<E, X>(hash, other, make),
        }
    }

    #[inline(never)]
    fn load_otherwise<'c, E, X: Sharing<E>>(
        &'c self,
        hash: KeyHash,
        mut step: Step<'c, K, V, S>,
        make: impl FnOnce() -> Result<Made<V>, E>,
    ) -> Result<V, E> {
        let mut since = None;
        loop {
            let (waited, key) = match step {
                Step::Hit(value) => return Ok(value),
                Step::Lead(lead) => return lead.compute::<E, X>(make),
                Step::Alone => return make().map(|made| made.value),
                Step::Join(waiter) => {
                    let (join, key) = *waiter;
                    since.get_or_insert_with(Instant::now);
                    (self.after::<E, X>(hash, join.block()), key)
                }
            };
            match waited {
                Waited::Done(result) => return result,
                Waited::Alone => return make().map(|made| made.value),
                Waited::Again => step = self.step(hash, key, since),
            }
        }
    }

    /// [`load`](Self::load) for a task. No error lives while something is awaited: it need not be `Send` for the task to be.
    pub(crate) async fn load_async<E, X: Sharing<E>>(
        &self,
        begun: Begun<'_, K, V, S>,
        make: impl Future<Output = Result<Made<V>, E>>,
    ) -> Result<V, E> {
        let make = pin!(make);
        let Begun { hash, mut step } = begun;
        let mut since = None;
        loop {
            let (join, key) = match step {
                Step::Hit(value) => return Ok(value),
                Step::Lead(lead) => return lead.compute_async::<E, X>(make).await,
                Step::Alone => break,
                Step::Join(waiter) => *waiter,
            };
            since.get_or_insert_with(Instant::now);
            let joined = join.await;
            match self.after::<E, X>(hash, joined) {
                Waited::Done(result) => return result,
                Waited::Alone => break,
                Waited::Again => {}
            }
            step = self.step(hash, key, since);
        }
        make.await.map(|made| made.value)
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

    /// Decides anew, under the shard's lock, what a caller has to do that has waited in vain `since` then.
    fn step(&self, hash: KeyHash, key: K, since: Option<Instant>) -> Step<'_, K, V, S> {
        if !self.is_enabled() {
            return Step::Alone;
        }
        let now = self.inner.time.start();
        let mut shard = self.inner.store.shard(hash);
        let found = shard.find(hash.word(), |other| *other == key);
        if let Some(slot) = found
            && !shard.is_expired(slot, &now)
        {
            return Step::Hit(shard.node(slot).value.clone());
        }
        if let Some(joined) = shard.flights.join(hash.word(), |other| *other == key) {
            return Step::Join(self.wait_for(joined, key, since));
        }
        let told = self.wants_keys().then(|| key.clone());
        let purpose = match found {
            None => Purpose::Miss,
            Some(_) => Purpose::Reload, // what has expired is still there
        };
        let id = shard.flights.open(hash.word(), key, purpose);
        Step::Lead(self.lead(hash, id, told, shard))
    }

    /// Beats whatever is under way for the key, and leads a computation of its own.
    fn supersede(&self, hash: KeyHash, key: K) -> Option<Lead<'_, K, V, S>> {
        if !self.is_enabled() {
            return None;
        }
        let told = self.wants_keys().then(|| key.clone());
        let mut shard = self.inner.store.shard(hash);
        shard.flights.beat(hash.word(), |other| *other == key);
        let id = shard.flights.open(hash.word(), key, Purpose::Reload);
        let mut lead = self.lead(hash, id, told, shard);
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

    /// Leads a flight that was just opened, and lets go of its shard. That may drop values, which may panic, or ask for
    /// the key: then the flight is closed, and the caller does not wait for itself.
    pub(super) fn lead(
        &self,
        hash: KeyHash,
        id: FlightId,
        told: Option<K>,
        shard: Guard<'_, K, V>,
    ) -> Lead<'_, K, V, S> {
        let _computing = (!shard.is_quiet()).then(|| Computing::start(id));
        let lead = Lead::new(self, hash, id, told);
        drop(shard);
        lead
    }
}
