//! Many entries at once.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};
use std::time::Duration;

use super::{Cache, Iter};
use crate::clock::{NEVER, Now};
use crate::filter::{Filter, KeyRef, Target};
use crate::hash::KeyHash;
use crate::policy::Stamp;
use crate::slots::Node;
use crate::sorted::by_number;
use crate::stats::Event;

/// Many entries at once. What comes as a list comes oldest first: in the order in which entries were set or, under
/// [`Policy::Lru`](crate::Policy::Lru) and [`Policy::Mru`](crate::Policy::Mru), last used. A bounded cache of more than 1,024
/// entries, which is divided into shards, keeps no order over all of them: there one shard's entries follow another's, each
/// in the order of its policy.
impl<K, V, S> Cache<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    /// The live entries that `filter` selects: each a use and a hit. A list of keys is answered in its own order, and
    /// counts no misses.
    pub fn get_many(&self, filter: impl Filter<K>) -> Vec<(K, V)> {
        let mut getter = Getter {
            cache: self,
            found: Vec::new(),
        };
        filter.visit(&mut getter);
        getter.found
    }

    /// Deletes the entries that `filter` selects; answers how many were live. What is being computed for a selected key
    /// is not stored.
    pub fn delete_many(&self, filter: impl Filter<K>) -> usize {
        let mut deleter = Deleter {
            cache: self,
            count: 0,
        };
        filter.visit(&mut deleter);
        deleter.count
    }

    /// Stores all entries, one after the other.
    pub fn set_many(&self, entries: impl IntoIterator<Item = (K, V)>) {
        for (key, value) in entries {
            self.set(key, value);
        }
    }

    /// Stores all entries for `ttl`.
    pub fn set_many_with_ttl(&self, entries: impl IntoIterator<Item = (K, V)>, ttl: Duration) {
        for (key, value) in entries {
            self.set_with_ttl(key, value, ttl);
        }
    }

    /// Stores those entries whose keys have no live one; answers how many.
    pub fn add_many(&self, entries: impl IntoIterator<Item = (K, V)>) -> usize {
        let added = |(key, value)| usize::from(self.add(key, value));
        entries.into_iter().map(added).sum()
    }

    /// [`add_many`](Cache::add_many) for `ttl`.
    pub fn add_many_with_ttl(
        &self,
        entries: impl IntoIterator<Item = (K, V)>,
        ttl: Duration,
    ) -> usize {
        let added = |(key, value)| usize::from(self.add_with_ttl(key, value, ttl));
        entries.into_iter().map(added).sum()
    }

    /// The keys of all live entries.
    pub fn keys(&self) -> Vec<K> {
        self.snapshot(|node| node.key.clone())
    }

    /// The values of all live entries.
    pub fn values(&self) -> Vec<V> {
        self.snapshot(|node| node.value.clone())
    }

    /// All live entries.
    pub fn items(&self) -> Vec<(K, V)> {
        self.snapshot(|node| (node.key.clone(), node.value.clone()))
    }

    /// All live entries, as a map.
    #[doc(alias = "copy")]
    pub fn to_map(&self) -> HashMap<K, V> {
        self.items().into_iter().collect()
    }

    /// Walks over the entries that are live now. The cache may be changed meanwhile: what is deleted before its turn is
    /// left out, what is added is not visited.
    pub fn iter(&self) -> Iter<'_, K, V, S> {
        Iter::new(self, self.keys())
    }

    /// When each entry expires that can, by its ttl or by idleness, as a time of the cache's clock.
    pub fn expire_times(&self) -> Vec<(K, Duration)> {
        let now = self.inner.time.start();
        let mut times = Vec::new();
        for shard in self.inner.store.each() {
            for slot in shard.live(&now) {
                let deadline = shard.deadline(slot);
                if deadline != NEVER {
                    let key = shard.node(slot).key.clone();
                    times.push((shard.stamp(slot), (key, Duration::from_nanos(deadline))));
                }
            }
        }
        in_order(times)
    }

    /// Deletes the live entries for which `keep` answers false.
    ///
    /// `keep` runs outside all locks, on a copy of the value. If it answers false, and the entry was written meanwhile,
    /// it is asked again; what is written later than it was asked is not looked at.
    ///
    /// ```
    /// let cache: cacheout::Cache<_, _> = (0..10).map(|n| (n, n * n)).collect();
    /// cache.retain(|_, square| square % 2 == 0);
    /// assert_eq!(cache.keys(), [0, 2, 4, 6, 8]);
    /// ```
    pub fn retain(&self, mut keep: impl FnMut(&K, &V) -> bool) {
        for key in self.keys() {
            while !self.try_retain(&key, &mut keep) {}
        }
    }

    /// What `show` makes of the live entries, oldest first.
    fn snapshot<T>(&self, show: impl Fn(&Node<K, V>) -> T) -> Vec<T> {
        let now = self.inner.time.start();
        let mut shown: Vec<(Stamp, T)> = Vec::with_capacity(self.len());
        for shard in self.inner.store.each() {
            let live = shard.live(&now);
            shown.extend(live.map(|slot| (shard.stamp(slot), show(shard.node(slot)))));
        }
        in_order(shown)
    }

    /// The keys for which something is being computed.
    fn keys_in_flight(&self) -> Vec<K> {
        let shards = self.inner.store.each();
        shards
            .flat_map(|shard| shard.flights.keys().cloned().collect::<Vec<_>>())
            .collect()
    }

    fn hash_ref(&self, key: &dyn KeyRef<K>) -> KeyHash {
        KeyHash::of(&self.inner.hasher, |state| key.hash_ref(state))
    }

    /// Reads the entry of a selected key: a use and a hit, or nothing.
    fn pick(&self, hash: KeyHash, is_key: impl Fn(&K) -> bool) -> Option<(K, V)> {
        let now: Now = self.inner.time.start();
        let store = &self.inner.store;
        let (key, value); // dropped after the shard is let go, whatever panics
        let mut shard = store.shard(hash);
        let slot = shard.find(hash.word(), is_key)?;
        if !self.is_enabled() || shard.is_expired(slot, &now) {
            return None;
        }
        let node = shard.hit(slot, || store.next_stamp(), &now);
        key = node.key.clone();
        value = node.value.clone();
        drop(shard);
        self.inner.counters.count(Event::Hit);
        if let Some(on_get) = &self.inner.listeners.on_get {
            on_get(&key, Some(&value));
        }
        Some((key, value))
    }
}

/// Items by their stamps. Where all stamps are equal, they stay as they are.
fn in_order<T>(stamped: Vec<(Stamp, T)>) -> Vec<T> {
    let places = stamped.iter().zip(0..).map(|((stamp, _), at)| (*stamp, at));
    let places = by_number(places.collect());
    let mut items: Vec<_> = stamped.into_iter().map(|(_, item)| Some(item)).collect();
    let in_order = places.into_iter();
    in_order
        .filter_map(|at| items[at as usize].take())
        .collect()
}

struct Getter<'a, K, V, S> {
    cache: &'a Cache<K, V, S>,
    found: Vec<(K, V)>,
}

impl<K, V, S> Target<K> for Getter<'_, K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    fn key(&mut self, key: &dyn KeyRef<K>) {
        let hash = self.cache.hash_ref(key);
        self.found
            .extend(self.cache.pick(hash, |other| key.is(other)));
    }

    fn test(&mut self, test: &mut dyn FnMut(&K) -> bool) {
        for key in self.cache.keys() {
            if test(&key) {
                let hash = self.cache.hash(&key);
                self.found
                    .extend(self.cache.pick(hash, |other| *other == key));
            }
        }
    }
}

struct Deleter<'a, K, V, S> {
    cache: &'a Cache<K, V, S>,
    count: usize,
}

impl<K, V, S> Deleter<'_, K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    fn delete(&mut self, hash: KeyHash, is_key: impl Fn(&K) -> bool) {
        let removed = self.cache.remove(hash, is_key, |_| ());
        self.count += usize::from(removed.is_some());
    }
}

impl<K, V, S> Target<K> for Deleter<'_, K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    fn key(&mut self, key: &dyn KeyRef<K>) {
        self.delete(self.cache.hash_ref(key), |other| key.is(other));
    }

    fn test(&mut self, test: &mut dyn FnMut(&K) -> bool) {
        // what is being computed comes first: once it is stored, it is among the keys
        let mut keys = self.cache.keys_in_flight();
        keys.extend(self.cache.keys());
        for key in keys {
            if test(&key) {
                self.delete(self.cache.hash(&key), |other| *other == key);
            }
        }
    }
}

impl<K, V, S> Extend<(K, V)> for Cache<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    /// [`set_many`](Cache::set_many).
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        self.set_many(entries);
    }
}

impl<K, V> FromIterator<(K, V)> for Cache<K, V>
where
    K: Hash + Eq + Clone,
    V: Clone,
{
    /// A default cache with these entries, or 256 of them.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let cache = Cache::default();
        cache.set_many(entries);
        cache
    }
}
