//! Who computes and who waits: decided under the lock of the key's shard.

use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::lead::Lead;
use super::{Cache, Inner};
use crate::clock::Now;
use crate::hash::KeyHash;
use crate::listener::RemovalCause;
use crate::load::{Computing, FlightRef, Join, Landing};
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
    pub(super) hash: KeyHash,
    pub(super) step: Step<'c, K, V, S>,
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
pub(super) enum Step<'c, K, V, S>
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
            Step::Lead(lead) if runs_code => Some(Computing::start(lead.flight.id)),
            _ => None,
        }
    }
}

impl<K, V, S> Cache<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    /// The value of `key`, or what its caller has to do: decided under one lock, counted and told after it.
    // as in `get`; but not in a debug build, where its callers would keep room for it while they compute
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn begin<Q>(&self, key: &Q) -> Result<V, Begun<'_, K, V, S>>
    where
        Q: ?Sized + Lookup<K>,
    {
        let hash = self.hash(key);
        self.inner.store.glance::<true, _>(
            hash,
            move |other| key.equals(other),
            |value| Ok(value.clone()),
            move |candidate| self.begin_found(key, candidate),
            move |is_likely| match is_likely {
                true => self.begin_missing(hash, key),
                false => self.begin_anywhere(hash, key),
            },
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

    /// [`begin`](Self::begin) where there most likely is no entry. Where nobody is to be told of anything, this is all that a miss takes
    /// before it computes.
    #[inline(never)]
    fn begin_missing<Q>(&self, hash: KeyHash, key: &Q) -> Result<V, Begun<'_, K, V, S>>
    where
        Q: ?Sized + Lookup<K>,
    {
        let Inner { store, time, .. } = &*self.inner;
        if !store.reads.are_plain() {
            return self.begin_otherwise(hash, key);
        }
        if self.inner.watches_writes {
            return self.begin_locked(hash, key, &time.start());
        }
        let mut shard = store.shard(hash);
        if let Some(slot) = shard.find(hash.word(), |other| key.equals(other)) {
            return self.begin_late(hash, key, &time.start(), slot, shard);
        }
        let step = match shard.flights.join(hash.word(), |other| key.equals(other)) {
            Some(joined) => {
                let waiting = self.wait_for(joined, key.to_key(), None);
                drop(shard); // which may panic: what is returned is not made before
                Step::Join(waiting)
            }
            None => {
                let own = key.to_key();
                let flight = shard.open(hash.word(), own);
                Step::Lead(self.lead(hash, flight, None, shard))
            }
        };
        Err(Begun { hash, step })
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
            Look::Missing => self.begin_missing(hash, key),
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
        let flight = shard.open(hash.word(), own);
        Step::Lead(Lead::new(self, hash, flight, told.take()))
    }

    /// `since` is when the caller began to wait, perhaps for another computation: none if it begins now.
    #[cold]
    pub(super) fn wait_for(
        &self,
        joined: (FlightRef, Arc<Landing<V>>),
        key: K,
        since: Option<Instant>,
    ) -> Box<(Join<V>, K)> {
        let (flight, landing) = joined;
        let limit = Duration::from_nanos(self.inner.wait_limit.load(Relaxed));
        Box::new((Join::new(flight, landing, limit, since), key))
    }
}
