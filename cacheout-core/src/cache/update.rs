//! Making new values from the present ones: outside all locks, and again if somebody else was faster.

use std::hash::{BuildHasher, Hash};

use super::lead::Lead;
use super::{Cache, End};
use crate::clock::Now;
use crate::load::{Beaten, Purpose};
use crate::lookup::Lookup;

/// Making new values from the present ones.
impl<K, V, S> Cache<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    /// Makes a new value from the present one, atomically for this key, and answers it.
    ///
    /// `make` is given the present value, or none, and answers the new one, or none to delete the entry. It runs
    /// outside all locks, and runs again if the entry was written, was deleted, or left meanwhile, so it should have no side
    /// effects; if it writes the same key itself, each time, this never ends. A new value keeps the deadline of the one
    /// that it replaces; where there was none it lives for the cache's ttl.
    ///
    /// ```
    /// let cache: cacheout::Cache<&str, u32> = cacheout::Cache::new(10);
    /// let count = |key| cache.update(&key, |count| Some(count.unwrap_or(0) + 1));
    /// assert_eq!((count("a"), count("a"), count("b")), (Some(1), Some(2), Some(1)));
    /// cache.update(&"a", |_| None);
    /// assert!(!cache.has(&"a"));
    /// ```
    #[doc(alias = "entry")]
    #[doc(alias = "incr")]
    pub fn update<Q, F>(&self, key: &Q, mut make: F) -> Option<V>
    where
        Q: ?Sized + Lookup<K>,
        F: FnMut(Option<V>) -> Option<V>,
    {
        loop {
            if let Ok(updated) = self.try_update(key, &mut make) {
                return updated;
            }
        }
    }

    /// One attempt of [`update`](Cache::update). An error if the entry was written meanwhile, or is gone.
    fn try_update<Q: ?Sized + Lookup<K>>(
        &self,
        key: &Q,
        make: &mut impl FnMut(Option<V>) -> Option<V>,
    ) -> Result<Option<V>, Beaten> {
        let (present, mut lead) = self.watch(key, &self.inner.time.start());
        let keeps = present.is_some();
        let made = make(present.filter(|_| self.is_enabled()));
        let now = self.inner.time.start();
        match made {
            Some(value) => {
                let end = End {
                    time: self.end(None, &now),
                    keeps,
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
        let (present, mut lead) = self.watch(key, &now);
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
        let flight = shard.flights.open(hash.word(), own, Purpose::Watch);
        (present, self.lead(hash, flight, told, shard))
    }
}
