//! Carrying a load through: computing, or waiting for who computes, until there is a value.

use std::convert::Infallible;
use std::future::Future;
use std::hash::{BuildHasher, Hash};
use std::pin::pin;
use std::time::Instant;

use super::Cache;
use super::begin::{Begun, Step};
use super::lead::Lead;
use super::made::{Made, Sharing, Unshared};
use crate::hash::KeyHash;
use crate::load::{Computing, FlightRef, Joined, Outcome, Purpose};
use crate::store::Guard;

/// What a caller does that has waited.
enum Waited<V, E> {
    Done(Result<V, E>),
    Alone,
    Again,
}

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
        self.supersede(hash, key).compute::<E, X>(make)
    }

    /// [`reload`](Self::reload) for a task.
    pub(crate) async fn reload_async<E, X: Sharing<E>>(
        &self,
        hash: KeyHash,
        key: K,
        make: impl Future<Output = Result<Made<V>, E>>,
    ) -> Result<V, E> {
        let lead = self.supersede(hash, key);
        lead.compute_async::<E, X>(pin!(make)).await
    }

    /// Decides anew, under the shard's lock, what a caller has to do that has waited in vain `since` then.
    fn step(&self, hash: KeyHash, key: K, since: Option<Instant>) -> Step<'_, K, V, S> {
        if !self.is_enabled() {
            return Step::Alone;
        }
        let now = self.inner.time.start();
        let step; // a destructor may panic when the shard is let go: who waits must not be forgotten then
        {
            let mut shard = self.inner.store.shard(hash);
            let found = shard.find(hash.word(), |other| *other == key);
            if let Some(slot) = found
                && !shard.is_expired(slot, &now)
            {
                step = Step::Hit(shard.node(slot).value.clone());
            } else if let Some(joined) = shard.flights.join(hash.word(), |other| *other == key) {
                step = Step::Join(self.wait_for(joined, key, since));
            } else {
                let told = self.wants_keys().then(|| key.clone());
                let purpose = match found {
                    None => Purpose::Miss,
                    Some(_) => Purpose::Reload, // what has expired is still there
                };
                let flight = shard.flights.open(hash.word(), key, purpose);
                step = Step::Lead(self.lead(hash, flight, told, shard));
            }
        }
        step
    }

    /// Beats whatever is under way for the key, and leads a computation of its own. Of a cache that is switched off the result is
    /// not kept, but the old one goes all the same.
    fn supersede(&self, hash: KeyHash, key: K) -> Lead<'_, K, V, S> {
        let told = self.wants_keys().then(|| key.clone());
        let mut shard = self.inner.store.shard(hash);
        shard.flights.beat(hash.word(), |other| *other == key);
        let flight = shard.flights.open(hash.word(), key, Purpose::Reload);
        let mut lead = self.lead(hash, flight, told, shard);
        lead.is_reload = true;
        lead
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
            Joined::Late(flight) => {
                self.inner.store.shard(hash).flights.retire(flight);
                Waited::Again
            }
        }
    }

    /// Leads a flight that was just opened, and lets go of its shard. That may drop values, which may panic, or ask for
    /// the key: then the flight is closed, and the caller does not wait for itself.
    pub(super) fn lead(
        &self,
        hash: KeyHash,
        flight: FlightRef,
        told: Option<K>,
        shard: Guard<'_, K, V>,
    ) -> Lead<'_, K, V, S> {
        if shard.is_quiet() {
            drop(shard);
            return Lead::new(self, hash, flight, told);
        }
        let _computing = Computing::start(flight.id);
        let lead = Lead::new(self, hash, flight, told);
        drop(shard);
        lead
    }
}
