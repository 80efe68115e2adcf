//! Many shards as one store: finds the shard of a key, and keeps the bounds over all of them.
//!
//! A shard's lock is held for one operation. Several are held at once only where room is made over all of them (`room`),
//! and then all, taken in the order of their numbers. Most reads take none (`look`).

use super::bounds::Bounds;
use super::guard::{Guard, Guards};
use super::look::Reads;
use super::shard::{Fresh, Shard};
use super::source::Source;
use crate::clock::{NEVER, Nanos, Now};
use crate::hash::KeyHash;
use crate::listener::{RemovalCause, Removals};
use crate::load::Beaten;
use crate::policy::{Policy, SlotId, Stamp};
use crate::slots::{Guarded, View};
use crate::sorted::by_number;
use crate::sync::Padded;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

#[repr(C)] // what a read needs stands together
pub(crate) struct Store<K, V> {
    pub(crate) reads: Reads,
    pub(super) cells: Box<[Padded<Cell<K, V>>]>,
    pub(crate) bounds: Bounds,
    /// Whether there ever was a deadline.
    pub(super) has_deadlines: AtomicBool,
    /// The stamp given out last.
    clock: Padded<AtomicU64>,
}

pub(super) struct Cell<K, V> {
    pub(super) view: View<K, V>,
    pub(super) shard: Padded<Guarded<Shard<K, V>>>,
    /// The shard's next deadline, to be seen from outside.
    pub(super) next_deadline: AtomicU64,
}

impl<K, V> Cell<K, V> {
    fn new(policy: Policy) -> Self {
        let mut shard = Shard::new(policy);
        Cell {
            view: shard.view(),
            shard: Padded(Guarded::new(shard)),
            next_deadline: AtomicU64::new(NEVER),
        }
    }
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
        let mut cells = Vec::with_capacity(shards);
        for _ in 0..shards {
            cells.push(Padded(Cell::new(policy)));
        }
        let store = Store {
            reads: Reads::new(policy),
            cells: cells.into_boxed_slice(),
            bounds: Bounds::new(max_size, max_weight),
            has_deadlines: AtomicBool::new(false),
            clock: Padded(AtomicU64::new(0)),
        };
        store.apply_bounds();
        store
    }

    pub(crate) fn shards(&self) -> usize {
        self.cells.len()
    }

    #[inline]
    pub(super) fn cell(&self, hash: KeyHash) -> &Cell<K, V> {
        &self.cells[hash.shard(self.cells.len() - 1)].0
    }

    /// Locks the shard of a key.
    #[inline]
    pub(crate) fn shard(&self, hash: KeyHash) -> Guard<'_, K, V> {
        self.guard(self.cell(hash))
    }

    #[inline]
    pub(super) fn guard<'a>(&'a self, cell: &'a Cell<K, V>) -> Guard<'a, K, V> {
        Guard::lock(cell, &self.has_deadlines)
    }

    /// Locks all shards.
    pub(super) fn all(&self) -> Guards<'_, K, V> {
        Guards::lock(&self.cells, &self.has_deadlines)
    }

    /// Locks the shards one after the other.
    pub(crate) fn each(&self) -> impl Iterator<Item = Guard<'_, K, V>> {
        self.cells.iter().map(|cell| self.guard(&cell.0))
    }

    /// Whether the order of operations is kept over all shards.
    fn keeps_order(&self) -> bool {
        self.cells.len() == 1 || self.bounds.is_exact()
    }

    /// Has the shards do what the present bounds ask of them.
    pub(super) fn apply_bounds(&self) {
        let is_kept = self.keeps_order();
        let share = share(self.bounds.max_size(), self.cells.len());
        for mut shard in self.each() {
            shard.keep_order(is_kept, || self.next_stamp());
            shard.expect(share);
        }
    }

    /// The stamp of an entry that is stored or used: later than all before, where the order is kept.
    #[inline]
    pub(crate) fn next_stamp(&self) -> Stamp {
        if self.cells.len() == 1 {
            // the shard's lock is held: nobody else counts
            let stamp = self.clock.0.load(Relaxed) + 1;
            self.clock.0.store(stamp, Relaxed);
            return stamp;
        }
        match self.bounds.is_exact() {
            true => self.clock.0.fetch_add(1, Relaxed) + 1,
            false => 0,
        }
    }

    /// Stores an entry, and removes what has to leave for it. If it comes from a computation, that is closed, and who
    /// waits for it is answered.
    #[inline(always)]
    pub(crate) fn insert<S: Source<K, V>>(
        &self,
        hash: KeyHash,
        source: S,
        fresh: Fresh<V>,
        condition: Condition,
        now: &Now,
        removals: &mut Removals<K, V>,
    ) -> (Inserted<V>, S::Waiting)
    where
        K: Eq + Clone,
        V: Clone,
    {
        let word = hash.word();
        let mut shard = self.shard(hash);
        let found = shard.find_source(word, &source);
        if matches!(found, Ok(None)) && fresh.is_plain() && shard.is_plain() && !removals.is_told()
        {
            source.beat_rivals(word, &mut shard.flights);
            if self.find_place_plainly(&mut shard, removals) {
                // from here on nobody's code runs: the place is not lost
                let (key, awaited) = shard.close(word, source);
                shard.insert_plainly(word, key, fresh.value, || self.next_stamp());
                return (Inserted::New, awaited);
            }
        }
        self.insert_otherwise(hash, source, fresh, condition, now, removals, found, shard)
    }

    /// [`insert`](Self::insert) with all that may have to be done besides. The shard, in which the key was looked for,
    /// comes last, so that it is let go first, whatever panics.
    #[inline(never)]
    #[expect(
        clippy::too_many_arguments,
        reason = "the rest of `insert`, and private"
    )]
    fn insert_otherwise<S: Source<K, V>>(
        &self,
        hash: KeyHash,
        source: S,
        fresh: Fresh<V>,
        condition: Condition,
        now: &Now,
        removals: &mut Removals<K, V>,
        mut found: Result<Option<SlotId>, Beaten>,
        shard: Guard<'_, K, V>,
    ) -> (Inserted<V>, S::Waiting)
    where
        K: Eq + Clone,
        V: Clone,
    {
        let word = hash.word();
        let mut shard = shard;
        loop {
            match found {
                Err(Beaten) => return refused(shard, hash, source),
                Ok(Some(slot)) if shard.is_expired(slot, now) => {
                    self.take_out(&mut shard, slot, RemovalCause::Expired, removals);
                }
                Ok(Some(_)) if condition == Condition::Absent => {
                    return (Inserted::Refused, S::nobody());
                }
                Ok(Some(slot)) => {
                    return self.insert_over(hash, source, fresh, now, removals, slot, shard);
                }
                Ok(None) => {}
            }
            source.beat_rivals(word, &mut shard.flights);
            self.purge(&mut shard, now, removals);
            if self.find_place(&mut shard, fresh.weight, now, removals) {
                // from here on nobody's code runs: the place is not lost
                let (key, awaited) = shard.close(word, source);
                shard.insert(word, key, fresh, self.next_stamp(), now);
                return (Inserted::New, awaited);
            }
            let computing = source.computing();
            drop(shard);
            if !self.bounds.admits(fresh.weight) {
                // a smaller bound came meanwhile, and this alone exceeds it
                let cause = RemovalCause::Full;
                return self.displace(hash, source, condition, cause, now, removals);
            }
            self.make_room(fresh.weight, now, removals);
            drop(computing);
            shard = self.shard(hash);
            found = shard.find_source(word, &source);
        }
    }

    /// [`insert`](Self::insert) where there is a live entry of the key. The shard comes last, so that it is let go first,
    /// whatever panics.
    #[expect(
        clippy::too_many_arguments,
        reason = "one step of `insert`, and private"
    )]
    fn insert_over<S: Source<K, V>>(
        &self,
        hash: KeyHash,
        source: S,
        mut fresh: Fresh<V>,
        now: &Now,
        removals: &mut Removals<K, V>,
        slot: SlotId,
        shard: Guard<'_, K, V>,
    ) -> (Inserted<V>, S::Waiting)
    where
        K: Eq + Clone,
        V: Clone,
    {
        let old;
        let mut shard = shard;
        old = shard.node(slot).value.clone();
        source.beat_rivals(hash.word(), &mut shard.flights);
        if self.bounds.reweigh(shard.weight(slot), fresh.weight) {
            let (key, awaited) = shard.close(hash.word(), source);
            shard.replace(slot, key, fresh, self.next_stamp(), now);
            return (Inserted::Replaced(old), awaited);
        }
        // too heavy for the old one's place: that leaves, and the new one finds room like any other
        if fresh.keeps_end {
            fresh.end = shard.end(slot);
        }
        self.drop_out(&mut shard, slot);
        let computing = source.computing();
        drop(shard);
        drop(computing);
        match self.insert_anew(hash, source, fresh, now, removals) {
            (Inserted::New, waiting) => (Inserted::Replaced(old), waiting),
            other => other,
        }
    }

    #[inline(never)]
    fn insert_anew<S: Source<K, V>>(
        &self,
        hash: KeyHash,
        source: S,
        fresh: Fresh<V>,
        now: &Now,
        removals: &mut Removals<K, V>,
    ) -> (Inserted<V>, S::Waiting)
    where
        K: Eq + Clone,
        V: Clone,
    {
        self.insert(hash, source, fresh, Condition::Always, now, removals)
    }

    /// Removes the entry of a key whose new value is not to be stored, but makes the present one outdated. A
    /// computation is closed as by [`insert`](Self::insert).
    pub(crate) fn displace<S: Source<K, V>>(
        &self,
        hash: KeyHash,
        source: S,
        condition: Condition,
        cause: RemovalCause,
        now: &Now,
        removals: &mut Removals<K, V>,
    ) -> (Inserted<V>, S::Waiting)
    where
        K: Eq + Clone,
        V: Clone,
    {
        let word = hash.word();
        let old; // dropped after the shard is let go, whatever panics
        let mut shard = self.shard(hash);
        let Ok(found) = shard.find_source(word, &source) else {
            return refused(shard, hash, source);
        };
        let live = self.if_live(&mut shard, found, now, removals);
        if condition == Condition::Absent {
            return (Inserted::Refused, S::nobody());
        }
        old = live.map(|slot| shard.node(slot).value.clone());
        source.beat_rivals(word, &mut shard.flights);
        if let Some(slot) = live {
            self.take_out(&mut shard, slot, cause, removals);
            shard.collect();
        }
        let (key, awaited) = shard.close(word, source);
        drop(shard); // before the key
        drop(key);
        (Inserted::Displaced(old), awaited)
    }

    /// `found`, if its entry has not expired; else that is removed.
    fn if_live(
        &self,
        shard: &mut Shard<K, V>,
        found: Option<SlotId>,
        now: &Now,
        removals: &mut Removals<K, V>,
    ) -> Option<SlotId>
    where
        K: Clone,
        V: Clone,
    {
        let slot = found?;
        if shard.is_expired(slot, now) {
            self.take_out(shard, slot, RemovalCause::Expired, removals);
            return None;
        }
        Some(slot)
    }

    pub(crate) fn set_policy(&self, policy: Policy) {
        let mut shards = self.all();
        for shard in shards.iter_mut() {
            shard.set_policy(policy);
        }
        self.reads.set_policy(policy);
    }

    pub(crate) fn set_idle_limit(&self, limit: Option<Nanos>, now: &Now) {
        let mut shards = self.all();
        for shard in shards.iter_mut() {
            shard.set_idle_limit(limit, now);
        }
        self.reads.set_timed(limit.is_some());
    }

    /// Takes everything out, oldest first, and beats every computation that is under way.
    pub(crate) fn clear(&self, removals: &mut Removals<K, V>)
    where
        K: Clone,
        V: Clone,
    {
        let mut left = Vec::new();
        let mut stamps = Vec::new();
        for mut shard in self.each() {
            shard.flights.beat_all();
            if removals.is_told() {
                for slot in shard.in_order() {
                    let node = shard.node(slot);
                    stamps.push((shard.stamp(slot), left.len() as u32));
                    left.push(Some((node.key.clone(), node.value.clone())));
                }
            }
            let (count, weight) = shard.clear();
            self.bounds.give_many(count, weight);
        }
        for at in by_number(stamps) {
            if let Some((key, value)) = left[at as usize].take() {
                removals.push(key, value, RemovalCause::Cleared);
            }
        }
    }
}

/// How many entries a shard holds at most, but for one in 30,000: hashes spread as dice do, and this is four standard
/// deviations above the mean.
fn share(max_size: usize, shards: usize) -> usize {
    match (max_size, shards) {
        (0, _) => usize::MAX,
        (_, 1) => max_size,
        (_, _) => {
            let mean = max_size.div_ceil(shards);
            mean + 4 * mean.isqrt()
        }
    }
}

/// A computation was beaten: it is closed, and its key dropped after the lock.
#[cold]
fn refused<K, V, S: Source<K, V>>(
    mut shard: Guard<'_, K, V>,
    hash: KeyHash,
    source: S,
) -> (Inserted<V>, S::Waiting) {
    let closed = source.close(hash.word(), &mut shard.flights);
    drop(shard);
    let waiting = closed.map_or_else(S::nobody, |(_, waiting)| waiting);
    (Inserted::Refused, waiting)
}
