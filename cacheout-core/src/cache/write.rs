//! Writing and removing one entry.

use std::hash::{BuildHasher, Hash};
use std::time::Duration;

use super::{Cache, End, Stored};
use crate::clock::{self, Now};
use crate::hash::KeyHash;
use crate::listener::RemovalCause;
use crate::lookup::Lookup;
use crate::store::{Arrival, Attempt, Condition, Fresh, Given, Halted, Inserted, Source};
use crate::sync::atomic::Ordering::Relaxed;

/// Writing and removing one entry.
impl<K, V, S> Cache<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    /// Stores a value, for the cache's ttl, and answers the live one that it replaces.
    ///
    /// Where the cache is full, another entry leaves first: one that has expired, or else the policy's victim.
    #[doc(alias = "insert")]
    #[doc(alias = "put")]
    pub fn set(&self, key: K, value: V) -> Option<V> {
        self.set_for(key, value, None)
    }

    /// Stores a value that lives for `ttl`, whatever the cache's is. With a ttl of zero nothing is stored, and what was
    /// there is removed.
    ///
    /// ```
    /// use std::time::Duration;
    /// let cache = cacheout::Cache::new(2);
    /// cache.set_with_ttl("session", 7, Duration::from_secs(60));
    /// assert!(cache.get_ttl(&"session").unwrap() > Duration::from_secs(59));
    /// cache.set_with_ttl("session", 7, Duration::ZERO);
    /// assert!(!cache.has(&"session"));
    /// ```
    pub fn set_with_ttl(&self, key: K, value: V, ttl: Duration) -> Option<V> {
        self.set_for(key, value, Some(ttl))
    }

    /// Stores a value if there is no live entry of `key`; answers whether it did.
    ///
    /// ```
    /// let cache = cacheout::Cache::new(2);
    /// assert!(cache.add("key", 1));
    /// assert!(!cache.add("key", 2));
    /// assert_eq!(cache.get(&"key"), Some(1));
    /// ```
    #[doc(alias = "try_insert")]
    pub fn add(&self, key: K, value: V) -> bool {
        matches!(self.put(key, value, None, Condition::Absent), Inserted::New)
    }

    /// [`add`](Cache::add) with a ttl of the entry's own. One of zero stores nothing.
    pub fn add_with_ttl(&self, key: K, value: V, ttl: Duration) -> bool {
        matches!(
            self.put(key, value, Some(ttl), Condition::Absent),
            Inserted::New
        )
    }

    /// Stores a value, for the cache's ttl unless it has its own; answers the one that it replaces.
    #[inline]
    fn set_for(&self, key: K, value: V, ttl: Option<Duration>) -> Option<V> {
        match self.put(key, value, ttl, Condition::Always) {
            Inserted::New | Inserted::Refused => None,
            Inserted::Replaced(old) => Some(old),
            Inserted::Displaced(old) => old,
        }
    }

    /// Stores a value that the caller brings.
    fn put(&self, key: K, value: V, ttl: Option<Duration>, condition: Condition) -> Inserted<V> {
        let hash = self.hash(&key);
        if ttl.is_some() || !self.stores_plainly() {
            return self.put_otherwise(hash, key, value, ttl, condition);
        }
        match self
            .inner
            .store
            .try_insert(hash, Given(key), value, condition)
        {
            Attempt::Stored { has_evicted, .. } => {
                self.count_evicted(has_evicted);
                Inserted::New
            }
            Attempt::Halted(halted) => self.go_on(halted, &self.inner.time.start()).0,
        }
    }

    /// [`put`](Self::put) with all that may have to be done besides.
    #[inline(never)]
    fn put_otherwise(
        &self,
        hash: KeyHash,
        key: K,
        value: V,
        ttl: Option<Duration>,
        condition: Condition,
    ) -> Inserted<V> {
        let now = self.inner.time.start();
        let end = match ttl {
            Some(Duration::ZERO) if condition == Condition::Absent => return Inserted::Refused,
            Some(Duration::ZERO) => None,
            ttl => Some(End::at(self.end(ttl, &now))),
        };
        let told = self.wants_keys().then(|| key.clone());
        let stored = self.store(hash, Given(key), told, value, end, condition, &now);
        self.tell_stored(stored).0
    }

    /// Stores what is already in its shard, where no listener is to be told.
    #[inline(never)]
    pub(super) fn go_on<'a, W: Source<K, V>>(
        &'a self,
        halted: Halted<'a, K, V, W>,
        now: &Now,
    ) -> (Inserted<V>, W::Waiting) {
        let mut removals = self.removals();
        let stored = self.inner.store.go_on(halted, now, &mut removals);
        self.tell_removals(removals);
        stored
    }

    /// Whether there is nothing to be done at a set but to store, without an end, and nobody to be told of what leaves for it, nor
    /// anything that has expired to leave before.
    #[inline]
    pub(super) fn stores_plainly(&self) -> bool {
        let inner = &*self.inner;
        !inner.watches_writes
            && inner.ttl.load(Relaxed) == 0
            && inner.store.reads.let_write_plainly()
    }

    /// Whether weigher or listener want to see the keys of what is stored.
    pub(super) fn wants_keys(&self) -> bool {
        self.inner.weigher.is_some() || self.inner.listeners.on_set.is_some()
    }

    /// The way into the store for all that is not [stored plainly](Self::stores_plainly). `end` is none where the value is
    /// not to be stored, but makes the present one outdated; `told` is the key, if [`wants_keys`](Self::wants_keys).
    #[expect(
        clippy::too_many_arguments,
        reason = "one private door for whatever may have to be done"
    )]
    pub(super) fn store<W: Source<K, V>>(
        &self,
        hash: KeyHash,
        source: W,
        told: Option<K>,
        value: V,
        end: Option<End>,
        condition: Condition,
        now: &Now,
    ) -> Stored<K, V, W::Waiting> {
        let inner = &*self.inner;
        let weight = match (&inner.weigher, &told) {
            (Some(weigh), Some(key)) => weigh(key, &value),
            _ => 0,
        };
        let admitted = inner.store.bounds.admits(weight);
        let Some(end) = end.filter(|_| admitted && self.is_enabled()) else {
            let cause = match admitted {
                true => RemovalCause::Deleted,
                false => RemovalCause::Full,
            };
            return self.displace(hash, source, condition, cause, now);
        };
        let copy = match &inner.listeners.on_set {
            Some(_) => told.map(|key| (key, value.clone())),
            None => None,
        };
        let arrival = Arrival {
            hash,
            source,
            fresh: Fresh {
                value,
                end: end.time,
                keeps_end: end.keeps,
                weight,
            },
            condition,
        };
        let mut removals = self.removals();
        let (inserted, waiting) = inner.store.insert(arrival, now, &mut removals);
        Stored {
            inserted,
            waiting,
            removals,
            copy,
        }
    }

    /// See [`Store::displace`](crate::store::Store::displace).
    pub(super) fn displace<W: Source<K, V>>(
        &self,
        hash: KeyHash,
        source: W,
        condition: Condition,
        cause: RemovalCause,
        now: &Now,
    ) -> Stored<K, V, W::Waiting> {
        let mut removals = self.removals();
        let store = &self.inner.store;
        let (inserted, waiting) =
            store.displace(hash, source, condition, cause, now, &mut removals);
        Stored {
            inserted,
            waiting,
            removals,
            copy: None,
        }
    }

    /// Tells the listeners what storing did.
    pub(super) fn tell_stored<W>(&self, stored: Stored<K, V, W>) -> (Inserted<V>, W) {
        self.tell_removals(stored.removals);
        if let (Some(on_set), Some((key, value))) = (&self.inner.listeners.on_set, stored.copy) {
            match &stored.inserted {
                Inserted::New => on_set(&key, &value, None),
                Inserted::Replaced(old) => on_set(&key, &value, Some(old)),
                Inserted::Displaced(_) | Inserted::Refused => {}
            }
        }
        (stored.inserted, stored.waiting)
    }

    /// Deletes the entry of `key`; answers whether there was a live one.
    ///
    /// ```
    /// let cache = cacheout::Cache::new(2);
    /// cache.set("a", 1);
    /// assert!(cache.delete(&"a") && !cache.delete(&"a"));
    /// ```
    #[doc(alias = "remove")]
    #[doc(alias = "invalidate")]
    pub fn delete<Q: ?Sized + Lookup<K>>(&self, key: &Q) -> bool {
        self.remove(self.hash(key), |other| key.equals(other), |_| ())
            .is_some()
    }

    /// Deletes the entry of `key` and answers its value, if it was live.
    ///
    /// ```
    /// let cache = cacheout::Cache::new(2);
    /// cache.set("a", 1);
    /// assert_eq!((cache.take(&"a"), cache.take(&"a")), (Some(1), None));
    /// ```
    #[doc(alias = "remove")]
    pub fn take<Q: ?Sized + Lookup<K>>(&self, key: &Q) -> Option<V> {
        self.remove(self.hash(key), |other| key.equals(other), V::clone)
    }

    /// Takes out an entry, and beats whatever is being computed for its key; answers what `keep` makes of the value, if
    /// it was live.
    pub(super) fn remove<T>(
        &self,
        hash: KeyHash,
        is_key: impl Fn(&K) -> bool,
        keep: impl FnOnce(&V) -> T,
    ) -> Option<T> {
        let store = &self.inner.store;
        let now = self.inner.time.start();
        let mut removals = self.removals();
        let kept; // dropped after the shard is let go, whatever panics
        let mut shard = store.shard(hash);
        shard.flights.beat(hash.word(), &is_key);
        let slot = shard.find(hash.word(), is_key)?;
        let is_live = !shard.is_expired(slot, &now);
        kept = is_live.then(|| keep(&shard.node(slot).value));
        let cause = match is_live {
            true => RemovalCause::Deleted,
            false => RemovalCause::Expired,
        };
        store.take_out(&mut shard, slot, cause, &mut removals);
        shard.collect();
        drop(shard);
        self.tell_removals(removals);
        kept
    }

    /// Gives the live entry of `key` a new ttl, counted from now; answers whether there is one. A ttl of zero deletes
    /// it. Where the cache has a tti, it counts as a use.
    #[doc(alias = "expire")]
    pub fn touch<Q: ?Sized + Lookup<K>>(&self, key: &Q, ttl: Duration) -> bool {
        if ttl.is_zero() {
            return self.delete(key);
        }
        let now = self.inner.time.start();
        let hash = self.hash(key);
        let mut shard = self.inner.store.shard(hash);
        match shard.find(hash.word(), |other| key.equals(other)) {
            Some(slot) if self.is_enabled() && !shard.is_expired(slot, &now) => {
                let end = clock::deadline(now.get(), clock::nanos(ttl));
                self.inner.store.set_deadline(&mut shard, slot, end, &now);
                true
            }
            _ => false,
        }
    }

    /// Takes out the entry that the policy would evict next; of many entries in several [parts](crate::CacheConfig::shards), that
    /// of the fullest part. Expired entries, which leave before it, are not answered.
    ///
    /// ```
    /// let cache = cacheout::Cache::builder().policy(cacheout::Policy::Lifo).build();
    /// cache.set_many([("a", 1), ("b", 2)]);
    /// assert_eq!(cache.pop_item(), Some(("b", 2)));
    /// ```
    #[doc(alias = "popitem")]
    pub fn pop_item(&self) -> Option<(K, V)> {
        let mut removals = self.removals();
        let store = &self.inner.store;
        let popped = store.pop(&self.inner.time.start(), &mut removals);
        self.tell_removals(removals);
        popped
    }

    /// Makes room for one more entry now: removes what has expired and, if the cache is full even so, the policy's
    /// victim. Answers how many live entries were evicted.
    pub fn evict(&self) -> usize {
        let store = &self.inner.store;
        let now = self.inner.time.start();
        let mut removals = self.removals();
        store.remove_expired(&now, &mut removals);
        store.evict(&mut removals);
        let count = removals.evicted;
        self.tell_removals(removals);
        usize::try_from(count).unwrap_or(usize::MAX)
    }

    /// Removes all entries that have expired; answers how many. No caller needs this: what has expired is answered by
    /// no read, and leaves before a live entry is evicted (by idleness, nearly always).
    pub fn delete_expired(&self) -> usize {
        let mut removals = self.removals();
        self.inner
            .store
            .remove_expired(&self.inner.time.start(), &mut removals);
        let count = removals.expired;
        self.tell_removals(removals);
        usize::try_from(count).unwrap_or(usize::MAX)
    }

    /// Removes everything. What is being computed goes to those who wait for it, and is not stored.
    pub fn clear(&self) {
        let mut removals = self.removals();
        self.inner.store.clear(&mut removals);
        self.tell_removals(removals);
    }
}
