//! A caller that computes for all.

use std::future::{Future, poll_fn};
use std::hash::{BuildHasher, Hash};
use std::pin::Pin;
use std::time::Duration;

use super::made::{Keep, Made, Sharing};
use super::{Cache, End};
use crate::clock::Now;
use crate::hash::KeyHash;
use crate::listener::RemovalCause;
use crate::load::{Awaited, Computing, FlightRef, Outcome};
use crate::store::{Attempt, Condition, Inserted};

/// A caller that computes for all. However it ends, those who wait are told.
pub(super) struct Lead<'c, K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    cache: &'c Cache<K, V, S>,
    hash: KeyHash,
    pub(super) flight: FlightRef,
    /// The key, for those who want to be told.
    pub(super) told: Option<K>,
    /// Whether a value is there that the new one makes outdated.
    pub(super) is_reload: bool,
    is_open: bool,
}

impl<'c, K, V, S> Lead<'c, K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    pub(super) fn new(
        cache: &'c Cache<K, V, S>,
        hash: KeyHash,
        flight: FlightRef,
        told: Option<K>,
    ) -> Self {
        Lead {
            cache,
            hash,
            flight,
            told,
            is_reload: false,
            is_open: true,
        }
    }

    #[inline(never)] // it is called where nobody has waited, and where somebody has: once is enough
    pub(super) fn compute<E, X: Sharing<E>>(
        mut self,
        make: impl FnOnce() -> Result<Made<V>, E>,
    ) -> Result<V, E> {
        let made = {
            let _computing = Computing::start(self.flight.id);
            make()
        };
        self.end::<E, X>(made)
    }

    pub(super) async fn compute_async<E, X: Sharing<E>>(
        mut self,
        mut make: Pin<&mut impl Future<Output = Result<Made<V>, E>>>,
    ) -> Result<V, E> {
        let id = self.flight.id;
        let made = poll_fn(|cx| {
            let _computing = Computing::start(id);
            make.as_mut().poll(cx)
        });
        let made = made.await;
        self.end::<E, X>(made)
    }

    /// Ends the flight: stores what is to be stored, and tells those who wait. It is called, as what it takes of the stack would be
    /// taken while the value is computed: callers that recurse come deeper so.
    #[inline(never)]
    fn end<E, X: Sharing<E>>(&mut self, made: Result<Made<V>, E>) -> Result<V, E> {
        let made = match made {
            Ok(made) => made,
            Err(error) => {
                let awaited = self.close();
                awaited.land(|| X::share(&error).map_or(Outcome::Gone, Outcome::Error));
                return Err(error);
            }
        };
        if matches!(made.keep, Keep::Default) && self.cache.stores_plainly() {
            self.store_plainly(&made.value);
            return Ok(made.value);
        }
        self.end_otherwise(&made);
        Ok(made.value)
    }

    /// [`end`](Self::end) with all that may have to be done besides.
    #[inline(never)]
    fn end_otherwise(&mut self, made: &Made<V>) {
        let now = self.cache.inner.time.start();
        let end = match made.keep {
            Keep::Default => Some(End::at(self.cache.end(None, &now))),
            Keep::For(Duration::ZERO) => None,
            Keep::For(ttl) => Some(End::at(self.cache.end(Some(ttl), &now))),
            Keep::No => {
                if self.is_reload {
                    None // the old answer is outdated, even if the new one is not kept
                } else {
                    return self.close().land(|| Outcome::Value(made.value.clone()));
                }
            }
        };
        self.store(&made.value, end, &now);
    }

    /// [`store`](Self::store) where the cache [stores plainly](Cache::stores_plainly), and the value does not expire.
    #[inline(always)]
    fn store_plainly(&mut self, value: &V) {
        let (cache, copy) = (self.cache, value.clone());
        let store = &cache.inner.store;
        let awaited = match store.try_insert(self.hash, self.flight, copy, Condition::Always) {
            Attempt::Stored {
                awaited,
                has_evicted,
            } => {
                cache.count_evicted(has_evicted);
                awaited
            }
            Attempt::Halted(halted) => cache.go_on(halted, &cache.inner.time.start()).1,
        };
        self.is_open = false;
        awaited.land(|| Outcome::Value(value.clone()));
    }

    /// Stores the value unless the flight was beaten, and tells it to those who wait; answers whether it was not.
    pub(super) fn store(&mut self, value: &V, end: Option<End>, now: &Now) -> bool {
        debug_assert!(self.is_open, "a flight ends once");
        let (told, copy) = (self.told.take(), value.clone());
        let (cache, hash, flight) = (self.cache, self.hash, self.flight);
        let mut stored = cache.store(hash, flight, told, copy, end, Condition::Always, now);
        self.is_open = false;
        let waiting = std::mem::replace(&mut stored.waiting, Awaited::by_nobody());
        waiting.land(|| Outcome::Value(value.clone()));
        !matches!(cache.tell_stored(stored).0, Inserted::Refused)
    }

    /// Deletes the entry unless the flight was beaten; answers whether it was not.
    pub(super) fn delete(&mut self, now: &Now) -> bool {
        debug_assert!(self.is_open, "a flight ends once");
        let cause = RemovalCause::Deleted;
        let cache = self.cache;
        let stored = cache.displace(self.hash, self.flight, Condition::Always, cause, now);
        self.is_open = false;
        !matches!(cache.tell_stored(stored).0, Inserted::Refused)
    }

    fn close(&mut self) -> Awaited<V> {
        self.is_open = false;
        let mut shard = self.cache.inner.store.shard(self.hash);
        let closed = shard.flights.close(self.flight);
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
