//! A part of a cache, for one thread at a time: a table of entries, their policy, their deadlines, and what is being
//! computed. It holds no lock and calls nobody but the keys' and values' own `Eq` and `Clone`.

use hashbrown::HashTable;

use crate::clock::{Nanos, Now};
use crate::expiry::Deadlines;
use crate::hash::{HashWord, stretch};
use crate::load::{Awaited, Beaten, FlightId, Flights};
use crate::policy::{Evict, Evictor, Policy, Rank, SlotId, Stamp};

/// A stored entry.
pub(crate) struct Node<K, V> {
    pub(crate) key: K,
    pub(crate) value: V,
    /// Its place in the order of the cache's operations, and what tells this value from a later one of the same key.
    pub(crate) stamp: Stamp,
    word: HashWord,
}

/// An entry on its way in.
pub(crate) struct Fresh<V> {
    pub(crate) value: V,
    pub(crate) end: Nanos,
    /// Whether the end of the live entry that it replaces stays, instead.
    pub(crate) keeps_end: bool,
    pub(crate) weight: u64,
}

/// Where the key of a fresh entry comes from.
pub(crate) enum KeySource<K> {
    Given(K),
    /// From the computation that made the value; if that was beaten by a later write, nothing is stored.
    Flight(FlightId),
}

pub(crate) struct Shard<K, V> {
    index: HashTable<SlotId>,
    nodes: Vec<Option<Node<K, V>>>,
    free: Vec<SlotId>,
    policy: Policy,
    evictor: Evictor,
    deadlines: Deadlines,
    /// By slot; slots of weight 0 may be missing.
    weights: Vec<u64>,
    pub(crate) flights: Flights<K, V>,
}

impl<K, V> Shard<K, V> {
    pub(crate) fn new(policy: Policy) -> Self {
        Shard {
            index: HashTable::new(),
            nodes: Vec::new(),
            free: Vec::new(),
            policy,
            evictor: Evictor::new(policy),
            deadlines: Deadlines::default(),
            weights: Vec::new(),
            flights: Flights::default(),
        }
    }

    /// The slot of a key, its entry expired or not.
    #[inline]
    pub(crate) fn find(
        &self,
        word: HashWord,
        mut is_key: impl FnMut(&K) -> bool,
    ) -> Option<SlotId> {
        let nodes = &self.nodes;
        self.index
            .find(stretch(word), |&slot| match &nodes[slot as usize] {
                Some(node) => node.word == word && is_key(&node.key),
                None => false,
            })
            .copied()
    }

    /// As [`find`](Self::find), for the key of an entry on its way in, unless its computation was beaten.
    pub(crate) fn find_source(
        &self,
        word: HashWord,
        source: &KeySource<K>,
    ) -> Result<Option<SlotId>, Beaten>
    where
        K: Eq,
    {
        let key = match source {
            KeySource::Given(key) => key,
            KeySource::Flight(id) => self.flights.key(word, *id)?,
        };
        Ok(self.find(word, |other| other == key))
    }

    /// Beats all computations of a fresh entry's key but its own. This calls the keys' `Eq`, which may panic: so it
    /// comes before anything is changed.
    pub(crate) fn beat_rivals(&mut self, word: HashWord, source: &KeySource<K>)
    where
        K: Eq,
    {
        match source {
            KeySource::Given(key) => self.flights.beat(word, |other| other == key),
            KeySource::Flight(id) => self.flights.beat_rivals(word, *id),
        }
    }

    /// Takes the key of a fresh entry, and closes the computation that it comes from, if any: then it is none only if
    /// that was closed before.
    pub(crate) fn close(
        &mut self,
        word: HashWord,
        source: KeySource<K>,
    ) -> Option<(K, Awaited<V>)> {
        match source {
            KeySource::Given(key) => Some((key, Awaited::by_nobody())),
            KeySource::Flight(id) => self.flights.close(word, id),
        }
    }

    /// The entry in a slot that is in use.
    #[inline]
    pub(crate) fn node(&self, slot: SlotId) -> &Node<K, V> {
        self.nodes[slot as usize].as_ref().expect(IN_USE)
    }

    fn node_mut(&mut self, slot: SlotId) -> &mut Node<K, V> {
        self.nodes[slot as usize].as_mut().expect(IN_USE)
    }

    /// The end of the entry's ttl.
    pub(super) fn end(&self, slot: SlotId) -> Nanos {
        self.deadlines.end(slot)
    }

    /// When the entry expires, as things stand.
    pub(crate) fn deadline(&self, slot: SlotId) -> Nanos {
        self.deadlines.of(slot)
    }

    #[inline]
    pub(crate) fn is_expired(&self, slot: SlotId, now: &Now) -> bool {
        !self.deadlines.is_empty() && now.has_come(self.deadlines.of(slot))
    }

    /// No entry expires before this.
    pub(super) fn next_deadline(&self) -> Nanos {
        self.deadlines.next()
    }

    /// Tells policy and deadlines that the entry is used, and answers it.
    #[inline]
    pub(crate) fn hit(
        &mut self,
        slot: SlotId,
        stamp: impl FnOnce() -> Stamp,
        now: &Now,
    ) -> &Node<K, V> {
        self.evictor.hit(slot);
        if self.deadlines.counts_uses() {
            self.deadlines.hit(slot, now);
        }
        let node = self.nodes[slot as usize].as_mut().expect(IN_USE);
        if self.policy.orders_by_use() {
            node.stamp = stamp();
        }
        node
    }

    /// Gives the entry a new deadline.
    pub(crate) fn set_deadline(&mut self, slot: SlotId, end: Nanos, now: &Now) {
        self.deadlines.set(slot, end, now);
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
        let node = Node {
            key,
            value: fresh.value,
            stamp,
            word,
        };
        let slot = match self.free.pop() {
            Some(slot) => {
                self.nodes[slot as usize] = Some(node);
                slot
            }
            None => {
                let slot =
                    SlotId::try_from(self.nodes.len()).expect("fewer than 2^32 entries a shard");
                self.nodes.push(Some(node));
                slot
            }
        };
        let nodes = &self.nodes;
        self.index.insert_unique(stretch(word), slot, |&slot| {
            nodes[slot as usize]
                .as_ref()
                .map_or(0, |node| stretch(node.word))
        });
        self.file(slot, fresh.end, fresh.weight, stamp, now);
    }

    /// Puts a new value in the place of the present one, which it answers.
    pub(crate) fn replace(&mut self, slot: SlotId, fresh: Fresh<V>, stamp: Stamp, now: &Now) -> V {
        let node = self.node_mut(slot);
        node.stamp = stamp;
        let old = std::mem::replace(&mut node.value, fresh.value);
        let end = if fresh.keeps_end {
            self.deadlines.end(slot)
        } else {
            fresh.end
        };
        self.evictor.remove(slot);
        self.file(slot, end, fresh.weight, stamp, now);
        old
    }

    /// Tells everybody that a slot was filled.
    fn file(&mut self, slot: SlotId, end: Nanos, weight: u64, stamp: Stamp, now: &Now) {
        self.evictor.insert(slot, stamp);
        self.deadlines.set(slot, end, now);
        let at = slot as usize;
        if at < self.weights.len() {
            self.weights[at] = weight;
        } else if weight != 0 {
            self.weights.resize(at + 1, 0);
            self.weights[at] = weight;
        }
    }

    pub(super) fn weight(&self, slot: SlotId) -> u64 {
        self.weights.get(slot as usize).copied().unwrap_or(0)
    }

    /// Who makes a new value from this entry's has to look again.
    pub(super) fn beat_watchers_of(&mut self, slot: SlotId)
    where
        K: Eq,
    {
        let node = self.nodes[slot as usize].as_ref().expect(IN_USE);
        self.flights
            .beat_watchers(node.word, |other| *other == node.key);
    }

    /// Takes an entry out.
    pub(crate) fn remove(&mut self, slot: SlotId) -> Node<K, V> {
        let node = self.nodes[slot as usize].take().expect(IN_USE);
        if let Ok(entry) = self
            .index
            .find_entry(stretch(node.word), |&other| other == slot)
        {
            entry.remove();
        }
        self.free.push(slot);
        self.evictor.remove(slot);
        self.deadlines.remove(slot);
        node
    }

    /// Takes out all entries, with their number and weight; policy, idle limit and flights stay.
    pub(crate) fn take_all(&mut self) -> (Vec<Option<Node<K, V>>>, usize, u64) {
        let weight = self.slots().map(|slot| self.weight(slot)).sum();
        let count = self.len();
        self.index = HashTable::new();
        self.free = Vec::new();
        self.weights = Vec::new();
        self.evictor = Evictor::new(self.policy);
        self.deadlines.clear();
        (std::mem::take(&mut self.nodes), count, weight)
    }

    /// A slot whose entry has expired.
    pub(crate) fn due(&mut self, now: &Now) -> Option<SlotId> {
        self.deadlines.due(now)
    }

    /// Whose turn it is to leave.
    #[inline]
    pub(crate) fn victim(&mut self) -> Option<SlotId> {
        self.evictor.victim()
    }

    /// How urgently this shard's victim leaves, if it has one.
    pub(super) fn victim_rank(&mut self) -> Option<(Rank, SlotId)> {
        let slot = self.evictor.victim()?;
        let stamp = self.node(slot).stamp;
        Some((self.evictor.rank(slot, stamp), slot))
    }

    /// The number of entries.
    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    /// The slots in use, in no order.
    pub(crate) fn slots(&self) -> impl Iterator<Item = SlotId> + '_ {
        self.index.iter().copied()
    }

    /// The entries that have not expired, in no order.
    pub(crate) fn live<'a>(&'a self, now: &'a Now) -> impl Iterator<Item = &'a Node<K, V>> + 'a {
        self.slots()
            .filter(|&slot| !self.is_expired(slot, now))
            .map(|slot| self.node(slot))
    }

    /// Follows another policy from now on, in the present order.
    pub(super) fn set_policy(&mut self, policy: Policy) {
        let mut slots: Vec<_> = self.slots().collect();
        slots.sort_unstable_by_key(|&slot| self.node(slot).stamp);
        self.policy = policy;
        self.evictor = Evictor::new(policy);
        for slot in slots {
            let stamp = self.node(slot).stamp;
            self.evictor.insert(slot, stamp);
        }
    }

    /// See [`Deadlines::set_idle_limit`].
    pub(super) fn set_idle_limit(&mut self, limit: Option<Nanos>, now: &Now) {
        self.deadlines
            .set_idle_limit(limit, self.index.iter().copied(), now);
    }
}

/// Every slot that the index, the policy or the deadlines name holds an entry: they are told of each removal.
const IN_USE: &str = "a slot that is named is in use";
