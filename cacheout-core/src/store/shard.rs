//! A part of a cache, for one writer at a time: the entries in their slots, their policy, their deadlines, and what is
//! being computed. It holds no lock and calls nobody but the keys' and values' own `Eq` and `Clone`.

pub(super) mod order;

use super::column::Column;
use super::insert::Fresh;
use super::look::Reads;
use super::room::Place;
use super::source::Source;
use crate::clock::{NEVER, Nanos, Now};
use crate::expiry::{Deadlines, Steps};
use crate::hash::HashWord;
use crate::load::{Beaten, FlightRef, Flights, Purpose};
use crate::policy::{Evict, Evictor, Marks, Policy, SlotId, Stamp};
use crate::slots::{Mark, Node, Owner, Pinned, View};

/// With so many entries, what their policy knows of them is not in the processor's nearest cache.
const LARGE: usize = 4096;

pub(crate) struct Shard<K, V> {
    slots: Owner<K, V>,
    policy: Policy,
    evictor: Evictor,
    deadlines: Deadlines,
    weights: Column,
    /// Their places in the order of the cache's operations, if that is kept.
    stamps: Option<Column>,
    pub(crate) flights: Flights<K, V>,
}

impl<K, V> Marks for Owner<K, V> {
    #[inline]
    fn get(&self, slot: SlotId) -> u32 {
        self.node(slot).mark.get()
    }

    #[inline]
    fn set(&self, slot: SlotId, mark: u32) {
        self.node(slot).mark.set(mark);
    }

    #[inline]
    fn word(&self, slot: SlotId) -> u32 {
        self.node(slot).word().get()
    }

    #[inline]
    fn look(&self, slot: SlotId) -> (u32, u32) {
        let node = self.node(slot);
        (node.mark.get(), node.word().get())
    }

    #[inline]
    fn fetch(&self, slot: SlotId) {
        Owner::fetch(self, slot);
    }
}

impl<K, V> Shard<K, V> {
    /// An empty shard for so many entries, which are read by nobody but its owner.
    pub(crate) fn alone(policy: Policy, limit: usize) -> Self {
        let mut shard = Shard::new(policy, Owner::alone(limit));
        shard.set_limit(limit);
        shard
    }

    /// An empty shard, whose entries are also read without its lock.
    pub(super) fn viewed(policy: Policy, view: View<K, V>) -> Self {
        Shard::new(policy, Owner::of(view))
    }

    fn new(policy: Policy, slots: Owner<K, V>) -> Self {
        Shard {
            slots,
            policy,
            evictor: Evictor::new(policy),
            deadlines: Deadlines::default(),
            weights: Column::default(),
            stamps: None,
            flights: Flights::default(),
        }
    }

    /// Keeps the value of an entry, which is in use, beyond the shard's lock, for this shard's view.
    #[inline]
    pub(super) fn pin_for<'a>(&self, view: &'a View<K, V>, slot: SlotId) -> Pinned<'a, K, V>
    where
        V: Clone,
    {
        self.slots.pin(view, slot)
    }

    /// The value of a key, where a use takes no more than to find and to mark it, as most do.
    #[inline(always)]
    pub(crate) fn glance(
        &self,
        word: HashWord,
        is_key: impl Fn(&K) -> bool,
        reads: &Reads,
    ) -> Option<&V> {
        let finish = |mark: &Mark| reads.finish(mark);
        self.slots.glance(word, is_key, finish)
    }

    /// The slot of a key, its entry expired or not.
    #[inline(always)]
    pub(crate) fn find(&self, word: HashWord, is_key: impl Fn(&K) -> bool) -> Option<SlotId> {
        self.slots.find(word, is_key)
    }

    /// As [`find`](Self::find), for the key of an entry on its way in, unless its computation was beaten.
    #[inline(always)]
    pub(crate) fn find_source(
        &self,
        word: HashWord,
        source: &impl Source<K, V>,
    ) -> Result<Option<SlotId>, Beaten>
    where
        K: Eq,
    {
        let Some(key) = source.key(&self.flights)? else {
            return Ok(None);
        };
        self.announce(word);
        Ok(self.slots.find(word, |other| other == key))
    }

    /// Opens a computation for a key, of which there is no entry.
    #[inline(always)]
    pub(crate) fn open(&mut self, word: HashWord, key: K) -> FlightRef {
        self.announce(word);
        self.flights.open(word, key, Purpose::Miss)
    }

    /// An entry of this key is about to be inserted: if there is much memory that will be asked for it, that arrives meanwhile.
    #[inline]
    fn announce(&self, word: HashWord) {
        if self.len() > LARGE {
            self.evictor.prefetch(word.get());
        }
    }

    /// Takes the key of a fresh entry, and closes the computation that it comes from, which is open.
    #[inline]
    pub(crate) fn close<S: Source<K, V>>(&mut self, source: S) -> (K, S::Waiting) {
        let closed = source.close(&mut self.flights);
        closed.expect("it was there a moment ago, and the lock is held")
    }

    /// The entry in a slot that is in use.
    #[inline]
    pub(crate) fn node(&self, slot: SlotId) -> &Node<K, V> {
        self.slots.node(slot)
    }

    /// When the entry expires, as things stand.
    pub(crate) fn deadline(&self, slot: SlotId) -> Nanos {
        self.deadlines.of(slot, self.slots.ends())
    }

    #[inline]
    pub(crate) fn is_expired(&self, slot: SlotId, now: &Now) -> bool {
        !self.deadlines.is_empty() && now.has_come(self.deadline(slot))
    }

    /// Whether any entry can expire.
    #[inline]
    pub(super) fn has_deadlines(&self) -> bool {
        !self.deadlines.is_empty()
    }

    /// No entry expires before this.
    pub(super) fn next_deadline(&self) -> Nanos {
        self.deadlines.next(self.slots.ends())
    }

    /// Tells policy and deadlines that the entry is used, and answers it.
    #[inline]
    pub(crate) fn hit(
        &mut self,
        slot: SlotId,
        stamp: impl FnOnce() -> Stamp,
        now: &Now,
    ) -> &Node<K, V> {
        let node = self.slots.node(slot);
        self.policy.uses().leave(&node.mark);
        if self.policy.orders_by_use() {
            self.evictor.hit(slot);
            if let Some(stamps) = &mut self.stamps {
                stamps.set(slot, stamp());
            }
        }
        if self.deadlines.counts_uses() {
            self.deadlines.hit(slot, now);
        }
        node
    }

    /// Gives the entry a new deadline.
    pub(crate) fn set_deadline(&mut self, slot: SlotId, end: Nanos, now: &Now) {
        self.deadlines.remove(slot);
        self.slots.set_end(slot, end);
        self.deadlines.file(slot, self.slots.ends(), now);
    }

    /// Whether no entry expires, and none weighs anything.
    #[inline]
    pub(super) fn is_plain(&self) -> bool {
        self.deadlines.is_unused() && self.weights.is_empty()
    }

    /// [`insert`](Self::insert) of what does not expire and weighs nothing, as all that is here. There has to be a victim, if
    /// its place is to be taken.
    #[inline(always)]
    pub(super) fn insert_plainly(
        &mut self,
        word: HashWord,
        key: K,
        value: V,
        place: Place,
        stamp: impl FnOnce() -> Stamp,
    ) {
        let unlisted = self.slots.fill(word, key, value, NEVER);
        let slot = unlisted.slot();
        match place {
            Place::Vacant => self.evictor.insert(slot, word.get()),
            Place::OfVictim => {
                let victim = self.evictor.evict_for(slot, word.get(), &self.slots);
                self.slots.remove(victim.expect("there are entries"));
            }
        }
        self.slots.list(word, unlisted);
        if let Some(stamps) = &mut self.stamps {
            stamps.set(slot, stamp());
        }
    }

    /// Puts in an entry whose key is not here.
    pub(crate) fn insert(
        &mut self,
        word: HashWord,
        key: K,
        fresh: Fresh<V>,
        stamp: Stamp,
        now: &Now,
    ) {
        let slot = self.slots.insert(word, key, fresh.value, fresh.end);
        self.evictor.insert(slot, word.get());
        self.evictor.prefetch_victim(&self.slots);
        self.file(slot, fresh.weight, stamp, now);
    }

    /// Puts a new value in the place of the present one.
    pub(crate) fn replace(
        &mut self,
        old: SlotId,
        key: K,
        fresh: Fresh<V>,
        stamp: Stamp,
        now: &Now,
    ) {
        let end = match fresh.keeps_end {
            true => self.slots.ends().of(old),
            false => fresh.end,
        };
        self.deadlines.remove(old);
        let slot = self.slots.replace(old, key, fresh.value, end);
        self.evictor.replace(old, slot, &self.slots);
        self.slots.give_up(old);
        self.file(slot, fresh.weight, stamp, now);
    }

    /// Tells everybody but the policy that a slot was filled.
    #[inline(always)]
    fn file(&mut self, slot: SlotId, weight: u64, stamp: Stamp, now: &Now) {
        self.deadlines.file(slot, self.slots.ends(), now);
        if let Some(stamps) = &mut self.stamps {
            stamps.set(slot, stamp);
        }
        self.weights.set(slot, weight);
    }

    pub(super) fn weight(&self, slot: SlotId) -> u64 {
        self.weights.get(slot)
    }

    /// Who makes a new value from this entry's has to look again.
    pub(super) fn beat_watchers_of(&mut self, slot: SlotId)
    where
        K: Eq,
    {
        let node = self.slots.node(slot);
        self.flights
            .beat_watchers(node.word(), |other| *other == node.key);
    }

    /// Takes an entry out.
    #[inline(always)]
    pub(crate) fn remove(&mut self, slot: SlotId) {
        self.evictor.remove(slot);
        self.take_out(slot);
    }

    /// Has the policy forget an entry, which stays until it [lines up](Self::line_up) again.
    pub(super) fn withdraw(&mut self, slot: SlotId) {
        self.evictor.remove(slot);
    }

    /// Tells the policy of an entry that was withdrawn, as of a new one.
    pub(super) fn line_up(&mut self, slot: SlotId) {
        self.slots.set(slot, 0);
        let word = self.slots.node(slot).word().get();
        self.evictor.insert(slot, word);
    }

    /// Takes the policy's victim out.
    #[inline(always)]
    pub(crate) fn evict(&mut self, slot: SlotId) {
        self.evictor.evict(slot, self.slots.node(slot).word().get());
        self.take_out(slot);
    }

    fn take_out(&mut self, slot: SlotId) {
        self.deadlines.remove(slot);
        self.slots.remove(slot);
    }

    /// Takes all entries out, and answers their number and weight; policy, idle limit and flights stay.
    pub(crate) fn clear(&mut self) -> (usize, u64) {
        let weight = match self.weights.is_empty() {
            true => 0,
            false => self.weights.total(&self.slots.slots()),
        };
        let count = self.len();
        self.slots.clear();
        self.weights.clear();
        if let Some(stamps) = &mut self.stamps {
            stamps.clear();
        }
        self.evictor.clear();
        self.deadlines.clear();
        (count, weight)
    }

    /// Drops what was taken out, as far as nobody reads it any more.
    pub(crate) fn collect(&mut self) {
        self.slots.collect_values();
    }

    /// Drops what was taken out while somebody was reading, if they have left.
    #[inline]
    pub(super) fn collect_waiting(&mut self) {
        self.slots.collect_waiting();
    }

    /// See [`Owner::is_quiet`].
    #[inline]
    pub(crate) fn is_quiet(&self) -> bool {
        self.slots.is_quiet()
    }

    /// See [`Owner::is_still`].
    #[inline]
    pub(super) fn is_still(&self) -> bool {
        self.slots.is_still()
    }

    /// What is to be dropped when no lock is held.
    #[inline]
    pub(crate) fn take_dead(&mut self) -> Vec<Node<K, V>> {
        self.slots.take_dead()
    }

    /// See [`Deadlines::due`].
    #[inline]
    pub(crate) fn due(&mut self, now: &Now, steps: &mut Steps) -> Option<SlotId> {
        self.deadlines.due(self.slots.ends(), now, steps)
    }

    /// Whose turn it is to leave.
    #[inline]
    pub(crate) fn victim(&mut self) -> Option<SlotId> {
        self.evictor.victim(&self.slots)
    }

    /// The number of entries.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// See [`Owner::set_limit`].
    pub(crate) fn set_limit(&mut self, limit: usize) {
        self.slots.set_limit(limit);
    }

    /// See [`Deadlines::set_idle_limit`].
    pub(super) fn set_idle_limit(&mut self, limit: Option<Nanos>, now: &Now) {
        let slots = self.slots.slots();
        self.deadlines
            .set_idle_limit(limit, &slots, self.slots.ends(), now);
    }
}
