//! `LocalCache`: the same engine for one thread, without locks.

mod builder;

use std::cell::{Cell, RefCell, RefMut};
use std::convert::Infallible;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::rc::Rc;
use std::time::Duration;

pub use builder::LocalCacheBuilder;

use crate::cache::{Keep, Made};
use crate::clock::{self, NEVER, Nanos, Now, Time};
use crate::expiry::Steps;
use crate::hash::{KeyHash, RandomState};
use crate::load::{FlightRef, Purpose};
use crate::lookup::Lookup;
use crate::policy::Policy;
use crate::slots::SlotId;
use crate::stats::StatsInfo;
use crate::store::{Fresh, Given, Reads, Shard, Source};

/// A cache for one thread: its keys and values need not be `Send`, and nothing is locked.
///
/// It is what `#[memoize(thread_local)]` uses. It has the same policies as [`Cache`](crate::Cache), one ttl for all its entries,
/// and of its methods those that memoizing takes. A clone is another handle on the same cache.
///
/// # Panics
/// If `Hash`, `Eq` or `Clone` of a key or value uses the same cache. What computes a value, and destructors, may use it.
///
/// ```
/// use std::rc::Rc;
/// use cacheout::LocalCache;
///
/// let cache = LocalCache::builder().max_size(2).build();
/// cache.set("a", Rc::new(1));
/// assert_eq!(cache.get(&"a"), Some(Rc::new(1)));
/// assert_eq!(cache.get_or_set_with(&"b", || Rc::new(2)), Rc::new(2));
/// assert_eq!(cache.len(), 2);
/// ```
pub struct LocalCache<K, V, S = RandomState> {
    inner: Rc<Inner<K, V, S>>,
}

struct Inner<K, V, S> {
    hasher: S,
    shard: RefCell<Shard<K, V>>,
    reads: Reads,
    max_size: usize,
    ttl: Nanos,
    time: Time,
    policy: Policy,
    hits: Cell<u64>,
    misses: Cell<u64>,
    evictions: Cell<u64>,
    expiries: Cell<u64>,
}

impl LocalCache<(), ()> {
    /// Starts to build a cache, of whatever types.
    pub fn builder() -> LocalCacheBuilder {
        LocalCacheBuilder {
            max_size: 256,
            ttl: Duration::ZERO,
            policy: Policy::default(),
        }
    }
}

impl<K, V, S> LocalCache<K, V, S> {
    /// The number of entries; it may count some that have expired and were not removed yet.
    pub fn len(&self) -> usize {
        self.inner.shard.borrow().len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many entries there may be; 0 stands for any number.
    pub fn max_size(&self) -> usize {
        match self.inner.max_size {
            usize::MAX => 0,
            size => size,
        }
    }

    /// The eviction policy.
    pub fn policy(&self) -> Policy {
        self.inner.policy
    }

    /// The figures of this thread's uses. They are always counted: here, that costs next to nothing.
    pub fn info(&self) -> StatsInfo {
        let inner = &*self.inner;
        StatsInfo {
            hit_count: inner.hits.get(),
            miss_count: inner.misses.get(),
            eviction_count: inner.evictions.get(),
            expiry_count: inner.expiries.get(),
            entry_count: self.len(),
        }
    }
}

impl<K, V, S> LocalCache<K, V, S>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S: BuildHasher,
{
    /// A copy of the value of `key`, if there is a live entry: a use, and a hit or a miss.
    #[inline]
    pub fn get<Q: ?Sized + Lookup<K>>(&self, key: &Q) -> Option<V> {
        self.read(self.hash(key), key)
    }

    /// The value of `key`, which `make` computes and the cache stores where there is none. `make` may use the cache; a
    /// `set`, `delete` or `clear` of the key meanwhile wins, and the result is not stored.
    pub fn get_or_set_with<Q: ?Sized + Lookup<K>>(&self, key: &Q, make: impl FnOnce() -> V) -> V {
        let hash = self.hash(key);
        match self.read(hash, key) {
            Some(value) => value,
            None => {
                let Ok(value) = self.load(hash, key.to_key(), false, || {
                    Ok::<_, Infallible>(Made::from(make()))
                });
                value
            }
        }
    }

    /// A copy of the value of `key`, but no use, neither hit nor miss.
    pub fn peek<Q: ?Sized + Lookup<K>>(&self, key: &Q) -> Option<V> {
        let now = self.inner.time.start();
        let hash = self.hash(key);
        let shard = self.inner.shard.borrow();
        let slot = shard.find(hash.word(), |other| key.equals(other))?;
        (!shard.is_expired(slot, &now)).then(|| shard.node(slot).value.clone())
    }

    /// Stores a value; answers the live one that it replaces.
    pub fn set(&self, key: K, value: V) -> Option<V> {
        let now = self.inner.time.start();
        let end = self.end(Keep::Default, &now).unwrap_or(NEVER);
        self.insert(self.hash(&key), Given(key), value, end, &now)
    }

    /// Deletes the entry of `key`; answers whether there was a live one.
    pub fn delete<Q: ?Sized + Lookup<K>>(&self, key: &Q) -> bool {
        self.remove(self.hash(key), |other| key.equals(other))
    }

    pub(crate) fn remove(&self, hash: KeyHash, is_key: impl Fn(&K) -> bool) -> bool {
        let now = self.inner.time.start();
        let mut shard = self.inner.shard.borrow_mut();
        shard.flights.beat(hash.word(), &is_key);
        let Some(slot) = shard.find(hash.word(), is_key) else {
            return false;
        };
        let is_live = self.remove_counted(&mut shard, slot, &now);
        release(shard);
        is_live
    }

    /// Removes an entry, and counts it if it had expired; answers whether it was alive.
    fn remove_counted(&self, shard: &mut Shard<K, V>, slot: SlotId, now: &Now) -> bool {
        let is_live = !shard.is_expired(slot, now);
        if !is_live {
            self.inner.expiries.set(self.inner.expiries.get() + 1);
        }
        shard.remove(slot);
        is_live
    }

    /// Removes everything.
    pub fn clear(&self) {
        let mut shard = self.inner.shard.borrow_mut();
        shard.flights.beat_all();
        shard.clear();
        release(shard);
    }

    pub(crate) fn hash<Q: ?Sized + Lookup<K>>(&self, key: &Q) -> KeyHash {
        KeyHash::of(&self.inner.hasher, |state| key.hash_key(state))
    }

    /// When an entry expires that is stored now; none if it is not to be stored.
    fn end(&self, keep: Keep, now: &Now) -> Option<Nanos> {
        let ttl = match keep {
            Keep::Default if self.inner.ttl == 0 => return Some(NEVER),
            Keep::Default => self.inner.ttl,
            Keep::For(ttl) if !ttl.is_zero() => clock::nanos(ttl),
            Keep::For(_) | Keep::No => return None,
        };
        Some(clock::deadline(now.get(), ttl))
    }

    #[inline]
    pub(crate) fn read<Q: ?Sized + Lookup<K>>(&self, hash: KeyHash, key: &Q) -> Option<V> {
        let inner = &*self.inner;
        let shard = inner.shard.borrow();
        let is_key = |other: &K| key.equals(other);
        if let Some(value) = shard.glance(hash.word(), is_key, &inner.reads) {
            inner.hits.set(inner.hits.get() + 1);
            return Some(value.clone());
        }
        drop(shard);
        self.read_anywhere(hash, key)
    }

    /// [`read`](Self::read) where the first glance did not do.
    #[inline(never)]
    fn read_anywhere<Q: ?Sized + Lookup<K>>(&self, hash: KeyHash, key: &Q) -> Option<V> {
        let inner = &*self.inner;
        let now = inner.time.start();
        let mut shard = inner.shard.borrow_mut();
        let found = shard.find(hash.word(), |other| key.equals(other));
        if let Some(slot) = found {
            if !shard.is_expired(slot, &now) {
                inner.hits.set(inner.hits.get() + 1);
                let node = shard.hit(slot, || 0, &now);
                return Some(node.value.clone());
            }
            self.remove_counted(&mut shard, slot, &now);
            release(shard);
        }
        inner.misses.set(inner.misses.get() + 1);
        None
    }

    /// Stores an entry, unless its computation was beaten, and removes what has to leave for it.
    fn insert(
        &self,
        hash: KeyHash,
        source: impl Source<K, V>,
        value: V,
        end: Nanos,
        now: &Now,
    ) -> Option<V> {
        let word = hash.word();
        let fresh = Fresh::new(value, end);
        self.inner.reads.heed(end);
        let mut shard = self.inner.shard.borrow_mut();
        let Ok(found) = shard.find_source(word, &source) else {
            let closed = source.close(&mut shard.flights);
            drop(shard);
            drop(closed);
            return None;
        };
        source.beat_rivals(word, &mut shard.flights);
        if let Some(slot) = found {
            if !shard.is_expired(slot, now) {
                let old = shard.node(slot).value.clone();
                let (key, _) = shard.close(source);
                shard.replace(slot, key, fresh, 0, now);
                release(shard);
                return Some(old);
            }
            self.remove_counted(&mut shard, slot, now);
        }
        self.make_room(&mut shard, now);
        let (key, _) = shard.close(source);
        shard.insert(word, key, fresh, 0, now);
        release(shard);
        None
    }

    /// Has leave what has expired, a batch of it, and then the policy's victim if the cache is full.
    fn make_room(&self, shard: &mut Shard<K, V>, now: &Now) {
        let inner = &*self.inner;
        let mut steps = Steps::batch();
        while let Some(slot) = shard.due(now, &mut steps) {
            self.remove_counted(shard, slot, now);
        }
        while shard.len() >= inner.max_size
            && let Some(slot) = shard.victim()
        {
            inner.evictions.set(inner.evictions.get() + 1);
            shard.evict(slot);
        }
    }

    /// Computes what was not found, or, `anew`, what may be there. Nobody else can wait for it; but whoever writes the key
    /// meanwhile beats it.
    pub(crate) fn load<E>(
        &self,
        hash: KeyHash,
        key: K,
        anew: bool,
        make: impl FnOnce() -> Result<Made<V>, E>,
    ) -> Result<V, E> {
        let flight = self
            .inner
            .shard
            .borrow_mut()
            .flights
            .open(hash.word(), key, Purpose::Watch);
        let open = OpenFlight {
            cache: self,
            flight,
        };
        let made = make()?;
        let now = self.inner.time.start();
        match self.end(made.keep, &now) {
            Some(end) => drop(self.insert(hash, flight, made.value.clone(), end, &now)),
            None if anew => self.displace(hash, flight, &now),
            None => {}
        }
        drop(open);
        Ok(made.value)
    }

    /// Removes what a new value makes outdated that is not to be stored, unless its computation was beaten.
    fn displace(&self, hash: KeyHash, flight: FlightRef, now: &Now) {
        let mut shard = self.inner.shard.borrow_mut();
        if let Ok(Some(slot)) = shard.find_source(hash.word(), &flight) {
            self.remove_counted(&mut shard, slot, now);
        }
        release(shard);
    }
}

/// Drops what was taken out of a shard when that is not borrowed any more: it may use the cache.
fn release<K, V>(mut shard: RefMut<'_, Shard<K, V>>) {
    let dead = shard.take_dead();
    drop(shard);
    drop(dead);
}

/// A computation that is under way. However it ends, it is closed.
struct OpenFlight<'a, K, V, S> {
    cache: &'a LocalCache<K, V, S>,
    flight: FlightRef,
}

impl<K, V, S> Drop for OpenFlight<'_, K, V, S> {
    fn drop(&mut self) {
        let mut shard = self.cache.inner.shard.borrow_mut();
        let closed = shard.flights.close(self.flight);
        drop(shard);
        drop(closed);
    }
}

impl<K, V, S> Clone for LocalCache<K, V, S> {
    fn clone(&self) -> Self {
        let inner = Rc::clone(&self.inner);
        LocalCache { inner }
    }
}

impl<K, V, S> fmt::Debug for LocalCache<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalCache")
            .field("len", &self.len())
            .field("max_size", &self.max_size())
            .field("policy", &self.policy())
            .finish_non_exhaustive()
    }
}
