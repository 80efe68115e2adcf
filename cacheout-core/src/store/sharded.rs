//! Many shards as one store: finds the shard of a key, and keeps the bounds over all of them.
//!
//! A shard's lock is held for one operation. Several are held at once only where room is made over all of them (`room`),
//! and then all, taken in the order of their numbers.

use std::ops::{Deref, DerefMut};

use super::bounds::Bounds;
use super::shard::{Fresh, KeySource, Node, Shard};
use crate::clock::{NEVER, Nanos, Now};
use crate::hash::KeyHash;
use crate::listener::{RemovalCause, Removals, Removed};
use crate::load::Awaited;
use crate::policy::{Policy, SlotId, Stamp};
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use crate::sync::{Lock, MutexGuard, Padded};

pub(crate) struct Store<K, V> {
    pub(super) cells: Box<[Padded<Cell<K, V>>]>,
    pub(crate) bounds: Bounds,
    /// Whether there ever was a deadline.
    pub(super) has_deadlines: AtomicBool,
    /// The stamp given out last.
    clock: Padded<AtomicU64>,
}

pub(super) struct Cell<K, V> {
    shard: Lock<Shard<K, V>>,
    /// The shard's next deadline, to be seen from outside.
    pub(super) next_deadline: AtomicU64,
}

/// What has to hold for an entry to be stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    Always,
    /// There is no live entry of this key.
    Absent,
}

/// What became of an entry that was to be stored.
pub(crate) enum Inserted<V> {
    /// It is the only one of its key so far.
    New,
    /// It took the place of this value.
    Replaced(V),
    /// It was not to be stored, and this value, which it makes outdated, is gone.
    Displaced(Option<V>),
    /// It was not stored: its condition did not hold, or its computation was beaten by a later write.
    Refused,
}

impl<K, V> Store<K, V> {
    pub(crate) fn new(shards: usize, policy: Policy, max_size: usize, max_weight: u64) -> Self {
        debug_assert!(shards.is_power_of_two());
        let cell = |_| {
            Padded(Cell {
                shard: Lock::new(Shard::new(policy)),
                next_deadline: AtomicU64::new(NEVER),
            })
        };
        Store {
            cells: (0..shards).map(cell).collect(),
            bounds: Bounds::new(max_size, max_weight),
            has_deadlines: AtomicBool::new(false),
            clock: Padded(AtomicU64::new(0)),
        }
    }

    pub(crate) fn shards(&self) -> usize {
        self.cells.len()
    }

    /// Locks the shard of a key.
    #[inline]
    pub(crate) fn shard(&self, hash: KeyHash) -> Guard<'_, K, V> {
        self.guard(&self.cells[hash.shard(self.cells.len() - 1)].0)
    }

    #[inline]
    pub(super) fn guard<'a>(&'a self, cell: &'a Cell<K, V>) -> Guard<'a, K, V> {
        Guard {
            shard: cell.shard.lock(),
            next_deadline: &cell.next_deadline,
            has_deadlines: &self.has_deadlines,
        }
    }

    /// Locks the shard of a key, for a look that puts no deadline forward.
    #[inline]
    pub(crate) fn shard_to_read(&self, hash: KeyHash) -> MutexGuard<'_, Shard<K, V>> {
        self.cells[hash.shard(self.cells.len() - 1)].0.shard.lock()
    }

    /// Locks the shards one after the other.
    pub(crate) fn each(&self) -> impl Iterator<Item = Guard<'_, K, V>> {
        self.cells.iter().map(|cell| self.guard(&cell.0))
    }

    /// The stamp of an entry that is being stored: later than all before.
    #[inline]
    fn next_stamp(&self) -> Stamp {
        if self.cells.len() == 1 {
            // the shard's lock is held: nobody else counts
            let stamp = self.clock.0.load(Relaxed) + 1;
            self.clock.0.store(stamp, Relaxed);
            return stamp;
        }
        self.clock.0.fetch_add(1, Relaxed) + 1
    }

    /// The stamp of an entry that is used. Where the order over all shards matters it is later than all before, else
    /// not earlier, which costs no write.
    #[inline]
    pub(crate) fn use_stamp(&self) -> Stamp {
        if self.cells.len() == 1 || self.bounds.is_exact() {
            self.next_stamp()
        } else {
            self.clock.0.load(Relaxed)
        }
    }

    /// Stores an entry, and removes what has to leave for it. If it comes from a computation, that is closed, and who
    /// waits for it is answered.
    pub(crate) fn insert(
        &self,
        hash: KeyHash,
        source: KeySource<K>,
        mut fresh: Fresh<V>,
        condition: Condition,
        now: &Now,
        removals: &mut Removals<K, V>,
    ) -> (Inserted<V>, Awaited<V>)
    where
        K: Eq,
        V: Clone,
    {
        let word = hash.word();
        let mut replaced: Option<Node<K, V>> = None;
        loop {
            let mut shard = self.shard(hash);
            let Ok(found) = shard.find_source(word, &source) else {
                removals.extend(replaced.map(|node| node.removed(RemovalCause::Full)));
                return refused(shard, hash, source);
            };
            let live = self.if_live(&mut shard, found, now, removals);
            if live.is_some() && condition == Condition::Absent {
                return (Inserted::Refused, Awaited::by_nobody());
            }
            shard.beat_rivals(word, &source);
            if !self.bounds.admits(fresh.weight) {
                // a smaller bound came meanwhile, and this alone exceeds it
                drop(shard);
                let cause = RemovalCause::Full;
                return self.displace(hash, source, condition, cause, now, removals);
            }
            // from here on nobody's code runs: what is taken is not lost
            if let Some(slot) = live {
                if self.bounds.reweigh(shard.weight(slot), fresh.weight) {
                    let (old, awaited) = self.put_over(shard, slot, hash, source, fresh, now);
                    return (Inserted::Replaced(old), awaited);
                }
                // too heavy for the old one's place: that leaves, and the new one finds room like any other
                if fresh.keeps_end {
                    fresh.end = shard.end(slot);
                }
                let old = self.take_out(&mut shard, slot);
                removals.extend(
                    replaced
                        .replace(old)
                        .map(|node| node.removed(RemovalCause::Full)),
                );
            }
            self.purge(&mut shard, now, removals);
            if self.find_place(&mut shard, fresh.weight, now, removals) {
                let awaited = self.put_in(shard, hash, source, fresh, now);
                let inserted =
                    replaced.map_or(Inserted::New, |node| Inserted::Replaced(node.value));
                return (inserted, awaited);
            }
            drop(shard);
            self.make_room(fresh.weight, now, removals);
        }
    }

    /// Puts an entry in whose place is taken, and lets go of the shard.
    fn put_in(
        &self,
        mut shard: Guard<'_, K, V>,
        hash: KeyHash,
        source: KeySource<K>,
        fresh: Fresh<V>,
        now: &Now,
    ) -> Awaited<V> {
        let closed = shard.close(hash.word(), source);
        let (key, awaited) = closed.expect("it was there a moment ago, and the lock is held");
        shard.insert(hash.word(), key, fresh, self.next_stamp(), now);
        awaited
    }

    /// Puts a new value in the place of the present one, which it answers, and lets go of the shard.
    fn put_over(
        &self,
        mut shard: Guard<'_, K, V>,
        slot: SlotId,
        hash: KeyHash,
        source: KeySource<K>,
        fresh: Fresh<V>,
        now: &Now,
    ) -> (V, Awaited<V>) {
        let closed = shard.close(hash.word(), source);
        let old = shard.replace(slot, fresh, self.next_stamp(), now);
        drop(shard); // before the key
        (old, awaited(closed))
    }

    /// Removes the entry of a key whose new value is not to be stored, but makes the present one outdated. A
    /// computation is closed as by [`insert`](Self::insert).
    pub(crate) fn displace(
        &self,
        hash: KeyHash,
        source: KeySource<K>,
        condition: Condition,
        cause: RemovalCause,
        now: &Now,
        removals: &mut Removals<K, V>,
    ) -> (Inserted<V>, Awaited<V>)
    where
        K: Eq,
        V: Clone,
    {
        let word = hash.word();
        let mut shard = self.shard(hash);
        let Ok(found) = shard.find_source(word, &source) else {
            return refused(shard, hash, source);
        };
        let live = self.if_live(&mut shard, found, now, removals);
        if condition == Condition::Absent {
            return (Inserted::Refused, Awaited::by_nobody());
        }
        shard.beat_rivals(word, &source);
        let closed = shard.close(word, source);
        let node = live.map(|slot| self.take_out(&mut shard, slot));
        drop(shard);
        let awaited = awaited(closed);
        let old = node.map(|node| {
            let old = node.value.clone();
            removals.push(node.removed(cause));
            old
        });
        (Inserted::Displaced(old), awaited)
    }

    /// `found`, if its entry has not expired; else that is removed.
    fn if_live(
        &self,
        shard: &mut Shard<K, V>,
        found: Option<SlotId>,
        now: &Now,
        removals: &mut Removals<K, V>,
    ) -> Option<SlotId> {
        let slot = found?;
        if shard.is_expired(slot, now) {
            removals.push(self.take_out(shard, slot).removed(RemovalCause::Expired));
            return None;
        }
        Some(slot)
    }

    pub(crate) fn set_policy(&self, policy: Policy) {
        self.each().for_each(|mut shard| shard.set_policy(policy));
    }

    pub(crate) fn set_idle_limit(&self, limit: Option<Nanos>, now: &Now) {
        self.each()
            .for_each(|mut shard| shard.set_idle_limit(limit, now));
    }

    /// Takes everything out, oldest first, and beats every computation that is under way.
    pub(crate) fn clear(&self) -> Vec<Node<K, V>> {
        let mut nodes = Vec::new();
        for mut shard in self.each() {
            shard.flights.beat_all();
            let (taken, count, weight) = shard.take_all();
            self.bounds.give_many(count, weight);
            drop(shard);
            let before = nodes.len();
            nodes.extend(taken.into_iter().flatten());
            nodes[before..].sort_unstable_by_key(|node| node.stamp);
        }
        nodes.sort_by_key(|node| node.stamp); // finds the sorted runs and merges them
        nodes
    }
}

impl<K, V> Node<K, V> {
    pub(crate) fn removed(self, cause: RemovalCause) -> Removed<K, V> {
        Removed {
            key: self.key,
            value: self.value,
            cause,
        }
    }
}

/// A computation was beaten: it is closed, and its key dropped after the lock.
fn refused<K, V>(
    mut shard: Guard<'_, K, V>,
    hash: KeyHash,
    source: KeySource<K>,
) -> (Inserted<V>, Awaited<V>) {
    let closed = shard.close(hash.word(), source);
    drop(shard);
    (Inserted::Refused, awaited(closed))
}

/// Those who wait for a computation that was closed; its key is dropped.
fn awaited<K, V>(closed: Option<(K, Awaited<V>)>) -> Awaited<V> {
    closed.map_or_else(Awaited::by_nobody, |(_, awaited)| awaited)
}

/// A locked shard. When it is let go, its next deadline is there for all to see.
pub(crate) struct Guard<'a, K, V> {
    shard: MutexGuard<'a, Shard<K, V>>,
    next_deadline: &'a AtomicU64,
    has_deadlines: &'a AtomicBool,
}

impl<K, V> Deref for Guard<'_, K, V> {
    type Target = Shard<K, V>;

    #[inline]
    fn deref(&self) -> &Shard<K, V> {
        &self.shard
    }
}

impl<K, V> DerefMut for Guard<'_, K, V> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Shard<K, V> {
        &mut self.shard
    }
}

impl<K, V> Drop for Guard<'_, K, V> {
    #[inline]
    fn drop(&mut self) {
        let next = self.shard.next_deadline();
        if self.next_deadline.load(Relaxed) != next {
            self.next_deadline.store(next, Relaxed);
            self.has_deadlines.store(true, Relaxed);
        }
    }
}
