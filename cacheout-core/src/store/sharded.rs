//! Many shards as one store: finds the shard of a key, and keeps the bounds over all of them.
//!
//! A shard's lock is held for one operation. Several are held at once only where room is made over all of them (`room`),
//! and then all, taken in the order of their numbers. Most reads take none (`look`).

use super::bounds::Bounds;
use super::guard::{Guard, Guards, Locked};
use super::look::Reads;
use super::shard::Shard;
use super::shard::order::DEALT;
use crate::clock::{NEVER, Nanos, Now};
use crate::hash::KeyHash;
use crate::listener::{RemovalCause, Removals};
use crate::policy::{Policy, Stamp};
use crate::slots::{Guarded, View, Views};
use crate::sorted::by_number;
use crate::sync::Padded;
use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};

#[repr(C)] // what a read needs stands together
pub(crate) struct Store<K, V> {
    pub(crate) reads: Reads,
    pub(super) views: Views<K, V>,
    pub(super) cells: Box<[Padded<Cell<K, V>>]>,
    pub(crate) bounds: Bounds,
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
    fn new(policy: Policy, view: View<K, V>) -> Self {
        Cell {
            view: view.clone(),
            shard: Padded(Guarded::new(Shard::viewed(policy, view))),
            next_deadline: AtomicU64::new(NEVER),
        }
    }
}

impl<K, V> Store<K, V> {
    pub(crate) fn new(shards: usize, policy: Policy, max_size: usize, max_weight: u64) -> Self {
        let views = Views::new(shards, share(max_size, shards));
        let cell = |shard| Padded(Cell::new(policy, views.view(shard)));
        let cells = (0..shards).map(cell).collect();
        let store = Store {
            reads: Reads::new(policy),
            views,
            cells,
            bounds: Bounds::new(shards, max_size, max_weight),
            clock: Padded(AtomicU64::new(0)),
        };
        store.apply_bounds(&mut Removals::new(false));
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
    #[inline(always)]
    pub(crate) fn shard(&self, hash: KeyHash) -> Guard<'_, K, V> {
        Guard::lock(self.cell(hash))
    }

    /// Locks all shards.
    pub(super) fn all(&self) -> Guards<'_, K, V> {
        Guards::lock(&self.cells)
    }

    /// Locks the shards one after the other.
    pub(crate) fn each(&self) -> impl Iterator<Item = Guard<'_, K, V>> {
        self.cells.iter().map(|cell| Guard::lock(&cell.0))
    }

    /// Whether the order of operations is kept over all shards.
    pub(super) fn keeps_order(&self) -> bool {
        self.cells.len() == 1 || self.bounds.is_exact()
    }

    /// Has the shards do what the present bounds ask of them.
    pub(super) fn apply_bounds(&self, removals: &mut Removals<K, V>) {
        let order = self.keeps_order().then(|| match self.cells.len() {
            1 => 0, // its order is kept from the beginning, so there is nothing to deal
            _ => self.reserve_stamps(),
        });
        let share = share(self.bounds.max_size(), self.cells.len());
        for cell in &self.cells {
            let mut shard = Locked::lock(&cell.0);
            shard.keep_order(order);
            shard.set_limit(share);
            shard.release(removals);
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

    /// The first of [`DEALT`] stamps that nobody else is given.
    fn reserve_stamps(&self) -> Stamp {
        self.clock.0.fetch_add(DEALT, Relaxed)
    }

    /// Follows another policy. What else has to be dropped, as in all that changes settings, is left to `removals`: more is
    /// locked than shards.
    pub(crate) fn set_policy(&self, policy: Policy, removals: &mut Removals<K, V>) {
        let mut shards = self.all();
        for shard in shards.iter_mut() {
            shard.set_policy(policy);
        }
        self.reads.set_policy(policy);
        shards.release(removals);
    }

    pub(crate) fn set_idle_limit(
        &self,
        limit: Option<Nanos>,
        now: &Now,
        removals: &mut Removals<K, V>,
    ) {
        let mut shards = self.all();
        for shard in shards.iter_mut() {
            shard.set_idle_limit(limit, now);
        }
        self.reads.set_timed(limit.is_some());
        shards.release(removals);
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
