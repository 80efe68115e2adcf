//! Reading one entry.

use std::hash::{BuildHasher, Hash};
use std::time::Duration;

use super::settings::some_duration;
use super::{Cache, Fallback};
use crate::clock::{self, NEVER, Nanos, Now};
use crate::hash::KeyHash;
use crate::listener::RemovalCause;
use crate::lookup::Lookup;
use crate::slots::{Candidate, Look, SlotId};
use crate::stats::Event;
use crate::store::Guard;

/// How a value is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Copied, and that is a use.
    Use,
    /// As if nobody looked.
    Peek,
    /// By the caller's own code, and that is a use.
    View,
}

/// Reading one entry.
impl<K, V, S> Cache<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    #[inline]
    pub(crate) fn hash<Q: ?Sized + Lookup<K>>(&self, key: &Q) -> KeyHash {
        KeyHash::of(&self.inner.hasher, |state| key.hash_key(state))
    }

    /// A copy of the value of `key`, if there is a live entry: a use, and a hit or a miss. Where there is none, what the
    /// cache was built to answer instead ([`default_value`](crate::CacheBuilder::default_value),
    /// [`default_with`](crate::CacheBuilder::default_with)).
    ///
    /// ```
    /// let cache = cacheout::Cache::new(2);
    /// cache.set("a".to_owned(), 1);
    /// assert_eq!((cache.get("a"), cache.get("b")), (Some(1), None));
    /// ```
    #[inline(always)] // that a value is where most are; all else is called
    pub fn get<Q: ?Sized + Lookup<K>>(&self, key: &Q) -> Option<V> {
        let hash = self.hash(key);
        self.inner.store.glance::<false, _>(
            hash,
            move |other| key.equals(other),
            |value| Some(value.clone()),
            move |candidate| self.get_found(key, candidate),
            move |_| self.get_anywhere(hash, key),
        )
    }

    /// [`get`](Self::get) where the first glance found the entry, and more is to be done.
    #[inline(never)]
    fn get_found<Q: ?Sized + Lookup<K>>(
        &self,
        key: &Q,
        candidate: Candidate<'_, K, V>,
    ) -> Option<V> {
        let store = &self.inner.store;
        if !store.reads.are_plain() {
            let used = self.use_found_otherwise(key, candidate);
            return used.or_else(|| self.get_otherwise(self.hash(key), key));
        }
        match store.use_found(candidate, V::clone) {
            Some(value) => Some(value),
            None => self.get_anywhere(self.hash(key), key),
        }
    }

    /// Uses an entry that a glance found, where more than that is to be done, if no lock is to be taken for it.
    #[inline(never)]
    pub(super) fn use_found_otherwise<Q: ?Sized + Lookup<K>>(
        &self,
        key: &Q,
        candidate: Candidate<'_, K, V>,
    ) -> Option<V> {
        let inner = &*self.inner;
        let value = inner
            .store
            .use_found_otherwise(candidate, &inner.time, V::clone)?;
        self.tell_read(key, Some(&value));
        Some(value)
    }

    /// [`get`](Self::get) where the first glance did not do.
    #[inline(never)]
    fn get_anywhere<Q: ?Sized + Lookup<K>>(&self, hash: KeyHash, key: &Q) -> Option<V> {
        let is_key = |other: &K| key.equals(other);
        match self.inner.store.look_plainly(hash, is_key, V::clone) {
            Look::Found(value) => Some(value),
            Look::Missing => None,
            Look::Unknown => self.get_otherwise(hash, key),
        }
    }

    /// [`get`](Self::get) with all that may have to be done besides.
    fn get_otherwise<Q: ?Sized + Lookup<K>>(&self, hash: KeyHash, key: &Q) -> Option<V> {
        match &self.inner.fallback {
            Fallback::None => self.read_counted(hash, key),
            Fallback::Value(value) => self.read_counted(hash, key).or_else(|| Some(value())),
            Fallback::With(make) => Some(match self.begin(key) {
                Ok(value) => value,
                Err(begun) => self.load_value(begun, || make(&key.to_key())),
            }),
        }
    }

    /// Reads a value, counts that, and tells of it.
    fn read_counted<Q: ?Sized + Lookup<K>>(&self, hash: KeyHash, key: &Q) -> Option<V> {
        let found = self.read(hash, key, Reading::Use, V::clone);
        self.tell_read(key, found.as_ref());
        found
    }

    /// Counts what a read found, and tells of it; no lock is held.
    #[inline]
    pub(super) fn tell_read<Q: ?Sized + Lookup<K>>(&self, key: &Q, found: Option<&V>) {
        if self.inner.counters.is_active() {
            self.inner.counters.count(match found {
                Some(_) => Event::Hit,
                None => Event::Miss,
            });
        }
        if let Some(on_get) = &self.inner.listeners.on_get {
            on_get(&key.to_key(), found);
        }
    }

    /// Finds the live entry of `key` and calls `read` with its value. What has expired is removed.
    #[inline]
    pub(super) fn read<Q, R>(
        &self,
        hash: KeyHash,
        key: &Q,
        reading: Reading,
        read: impl FnOnce(&V) -> R,
    ) -> Option<R>
    where
        Q: ?Sized + Lookup<K>,
    {
        if !self.is_enabled() {
            return None;
        }
        let now = self.inner.time.start();
        let mut read = Some(read);
        let mut read_once = |value: &V| read.take().map(|read| read(value));
        let is_key = |other: &K| key.equals(other);
        let store = &self.inner.store;
        let is_use = reading != Reading::Peek;
        match store.look(hash, is_key, is_use, &now, &mut read_once) {
            Look::Found(answer) => answer,
            Look::Missing => None,
            Look::Unknown => self.read_locked(hash, key, reading, &now, read_once),
        }
    }

    /// [`read`](Self::read), for which the entry is found and used under the lock of its shard.
    #[inline(never)]
    fn read_locked<Q, R>(
        &self,
        hash: KeyHash,
        key: &Q,
        reading: Reading,
        now: &Now,
        read: impl FnOnce(&V) -> Option<R>,
    ) -> Option<R>
    where
        Q: ?Sized + Lookup<K>,
    {
        let store = &self.inner.store;
        let mut shard = store.shard(hash);
        let slot = shard.find(hash.word(), |other| key.equals(other))?;
        if shard.is_expired(slot, now) {
            self.expire(shard, slot);
            return None;
        }
        if reading != Reading::Peek {
            shard.hit(slot, || store.next_stamp(), now);
        }
        if reading == Reading::View {
            let value = shard.pin(slot);
            drop(shard);
            return read(&value);
        }
        read(&shard.node(slot).value)
    }

    /// Removes an entry that was found to have expired, lets go of its shard, and tells.
    #[cold]
    pub(super) fn expire(&self, shard: Guard<'_, K, V>, slot: SlotId) {
        let mut removals = self.removals();
        let mut shard = shard; // let go first, whatever panics
        let store = &self.inner.store;
        store.take_out(&mut shard, slot, RemovalCause::Expired, &mut removals);
        shard.collect();
        drop(shard);
        self.tell_removals(removals);
    }

    /// Reads a value in place, without cloning it: a use, and a hit or a miss, that is not told to `on_get`.
    ///
    /// Nothing is locked while `read` runs: it may use this cache, even change the entry that it looks at, which stays as it
    /// is for `read`. What is removed from this shard meanwhile is not dropped before `read` ends, so it should be short.
    ///
    /// ```
    /// let cache = cacheout::Cache::new(2);
    /// cache.set("a", vec![1, 2, 3]);
    /// let before = cache.view(&"a", |list| {
    ///     cache.set("a", Vec::new());
    ///     list.len()
    /// });
    /// assert_eq!((before, cache.get(&"a")), (Some(3), Some(Vec::new())));
    /// ```
    pub fn view<Q, R>(&self, key: &Q, read: impl FnOnce(&V) -> R) -> Option<R>
    where
        Q: ?Sized + Lookup<K>,
    {
        let found = self.read(self.hash(key), key, Reading::View, read);
        self.inner.counters.count(match found {
            Some(_) => Event::Hit,
            None => Event::Miss,
        });
        found
    }

    /// A copy of the value of `key` as [`get`](Cache::get) answers it, but no use: policy, idleness and statistics do
    /// not notice, and nothing is answered in its place.
    ///
    /// ```
    /// let cache = cacheout::Cache::builder().max_size(2).policy(cacheout::Policy::Lru).build();
    /// cache.set_many([("a", 1), ("b", 2)]);
    /// assert_eq!(cache.peek(&"a"), Some(1));
    /// cache.set("c", 3);
    /// assert_eq!(cache.peek(&"a"), None);
    /// ```
    pub fn peek<Q: ?Sized + Lookup<K>>(&self, key: &Q) -> Option<V> {
        self.read(self.hash(key), key, Reading::Peek, V::clone)
    }

    /// Whether there is a live entry of `key`; no use, neither hit nor miss.
    #[doc(alias = "contains_key")]
    pub fn has<Q: ?Sized + Lookup<K>>(&self, key: &Q) -> bool {
        self.read(self.hash(key), key, Reading::Peek, |_| ())
            .is_some()
    }

    /// [`peek`](Cache::peek), even where the cache is switched off.
    pub(super) fn inspect(&self, key: &K) -> Option<V> {
        let hash = self.hash(key);
        let now = self.inner.time.start();
        let shard = self.inner.store.shard(hash);
        let slot = shard.find(hash.word(), |other| other == key)?;
        (!shard.is_expired(slot, &now)).then(|| shard.node(slot).value.clone())
    }

    /// What is left of the live entry's time. None if there is no such entry, or if it does not expire.
    pub fn get_ttl<Q: ?Sized + Lookup<K>>(&self, key: &Q) -> Option<Duration> {
        let now = self.inner.time.start();
        let deadline = self.deadline(key).filter(|&deadline| deadline != NEVER)?;
        let left = deadline.checked_sub(now.get())?;
        some_duration(left)
    }

    /// Whether `key` has no live entry: none at all, or one that has expired. As in the Python original, an unknown key
    /// counts as expired.
    #[doc(alias = "is_expired")]
    pub fn expired<Q: ?Sized + Lookup<K>>(&self, key: &Q) -> bool {
        let now = self.inner.time.start();
        self.deadline(key)
            .is_none_or(|deadline| now.has_come(deadline))
    }

    /// Whether `key` has no entry, or one that will have expired at `time` of the cache's clock.
    pub fn expired_at<Q: ?Sized + Lookup<K>>(&self, key: &Q, time: Duration) -> bool {
        self.deadline(key)
            .is_none_or(|deadline| clock::nanos(time) >= deadline)
    }

    /// When the entry of `key` expires, if there is one.
    pub(super) fn deadline<Q: ?Sized + Lookup<K>>(&self, key: &Q) -> Option<Nanos> {
        if !self.is_enabled() {
            return None;
        }
        let hash = self.hash(key);
        let shard = self.inner.store.shard(hash);
        let slot = shard.find(hash.word(), |other| key.equals(other))?;
        Some(shard.deadline(slot))
    }
}
