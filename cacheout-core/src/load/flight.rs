//! The computations that are under way in a shard.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use hashbrown::HashTable;

use super::landing::{Awaited, Landing};
use crate::hash::{HashWord, stretch};

/// A computation, unlike any other in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FlightId(u64);

/// How many numbers a thread takes at once, so that threads do not meet at each.
const BLOCK: u64 = 1 << 20;

impl FlightId {
    pub(super) fn next() -> Self {
        static BLOCKS: AtomicU64 = AtomicU64::new(0);
        thread_local! {
            static NEXT: Cell<u64> = const { Cell::new(0) };
        }
        NEXT.with(|next| {
            let mut id = next.get();
            if id.is_multiple_of(BLOCK) {
                id = BLOCKS.fetch_add(BLOCK, Relaxed);
            }
            // the first of a block is never given out: it says that a new one is needed
            next.set(id + 1);
            FlightId(id + 1)
        })
    }
}

/// Somebody else has written the key meanwhile.
pub(crate) struct Beaten;

struct Flight<K, V> {
    id: FlightId,
    word: HashWord,
    key: K,
    /// A later write has made its result worthless to the cache.
    beaten: bool,
    /// Whether callers may wait for it.
    joinable: bool,
    /// Whether it only watches over the present value.
    watches: bool,
    /// Where its result is handed to those who wait; made by the first of them.
    landing: Option<Arc<Landing<V>>>,
}

/// The flights of one shard: mostly none, or one.
pub(crate) struct Flights<K, V> {
    /// One that is looked at before all others.
    first: Option<Flight<K, V>>,
    others: HashTable<Flight<K, V>>,
}

impl<K, V> Default for Flights<K, V> {
    fn default() -> Self {
        Flights {
            first: None,
            others: HashTable::new(),
        }
    }
}

impl<K, V> Flights<K, V> {
    #[inline]
    fn is_empty(&self) -> bool {
        self.first.is_none() && self.others.is_empty()
    }

    /// Opens a flight. `joinable` says whether others may wait for its result.
    pub(crate) fn open(&mut self, word: HashWord, key: K, joinable: bool) -> FlightId {
        let id = FlightId::next();
        let flight = Flight {
            id,
            word,
            key,
            beaten: false,
            joinable,
            watches: !joinable,
            landing: None,
        };
        if self.first.is_none() {
            self.first = Some(flight);
        } else {
            let hash_of = |flight: &Flight<K, V>| stretch(flight.word);
            self.others.insert_unique(stretch(word), flight, hash_of);
        }
        id
    }

    /// The first flight of this hash that passes a test.
    fn find(&self, word: HashWord, test: impl Fn(&Flight<K, V>) -> bool) -> Option<&Flight<K, V>> {
        let is_it = |flight: &Flight<K, V>| flight.word == word && test(flight);
        let first = self.first.as_ref().filter(|first| is_it(first));
        first.or_else(|| self.others.find(stretch(word), is_it))
    }

    fn find_mut(
        &mut self,
        word: HashWord,
        test: impl Fn(&Flight<K, V>) -> bool,
    ) -> Option<&mut Flight<K, V>> {
        let is_it = |flight: &Flight<K, V>| flight.word == word && test(flight);
        match &mut self.first {
            Some(first) if is_it(first) => Some(first),
            _ => self.others.find_mut(stretch(word), is_it),
        }
    }

    /// All flights of this hash.
    fn each(&mut self, word: HashWord) -> impl Iterator<Item = &mut Flight<K, V>> {
        let others = self.others.iter_hash_mut(stretch(word));
        let all = self.first.iter_mut().chain(others);
        all.filter(move |flight| flight.word == word)
    }

    /// Joins the flight of a key, if there is one whose result will still be good.
    pub(crate) fn join(
        &mut self,
        word: HashWord,
        is_key: impl Fn(&K) -> bool,
    ) -> Option<(FlightId, Arc<Landing<V>>)> {
        if self.is_empty() {
            return None;
        }
        let flight = self.find_mut(word, |flight| {
            flight.joinable && !flight.beaten && is_key(&flight.key)
        })?;
        let landing = flight.landing.get_or_insert_with(Arc::default);
        Some((flight.id, Arc::clone(landing)))
    }

    /// The key of a flight, unless that was beaten.
    pub(crate) fn key(&self, word: HashWord, id: FlightId) -> Result<&K, Beaten> {
        let flight = self.find(word, |flight| flight.id == id);
        let good = flight.filter(|flight| !flight.beaten);
        good.map(|flight| &flight.key).ok_or(Beaten)
    }

    /// Ends a flight; answers its key, to be dropped when no lock is held, and those who wait for its result.
    pub(crate) fn close(&mut self, word: HashWord, id: FlightId) -> Option<(K, Awaited<V>)> {
        let flight = match self.first.take_if(|first| first.id == id) {
            Some(first) => first,
            None => {
                let is_it = |flight: &Flight<K, V>| flight.id == id;
                let entry = self.others.find_entry(stretch(word), is_it);
                entry.ok()?.remove().0
            }
        };
        Some((flight.key, Awaited::at(flight.landing)))
    }

    /// Lets nobody join a flight any more. Its result is as good as before.
    pub(crate) fn retire(&mut self, word: HashWord, id: FlightId) {
        if let Some(flight) = self.find_mut(word, |flight| flight.id == id) {
            flight.joinable = false;
        }
    }

    /// A key was written or deleted: what is being computed for it is not stored, and nobody joins it any more.
    #[inline]
    pub(crate) fn beat(&mut self, word: HashWord, is_key: impl Fn(&K) -> bool) {
        if self.is_empty() {
            return;
        }
        for flight in self.each(word) {
            flight.beaten |= is_key(&flight.key);
        }
    }

    /// [`beat`](Self::beat) for the key of a flight whose result is being stored, and all its other flights.
    pub(crate) fn beat_rivals(&mut self, word: HashWord, id: FlightId)
    where
        K: Eq,
    {
        if self.others.is_empty() {
            return; // it is the only one
        }
        let Ok(key) = self.key(word, id) else { return };
        let others = self.others.iter_hash(stretch(word)).chain(&self.first);
        let rivals =
            others.filter(|flight| flight.id != id && flight.word == word && flight.key == *key);
        let rivals: Vec<FlightId> = rivals.map(|flight| flight.id).collect();
        for flight in self.each(word) {
            flight.beaten |= rivals.contains(&flight.id);
        }
    }

    /// An entry was changed other than by a new value: who makes a new value from the present one has to look again.
    pub(crate) fn beat_watchers(&mut self, word: HashWord, is_key: impl Fn(&K) -> bool) {
        if self.is_empty() {
            return;
        }
        for flight in self.each(word) {
            flight.beaten |= flight.watches && is_key(&flight.key);
        }
    }

    /// [`beat`](Self::beat) for all keys.
    pub(crate) fn beat_all(&mut self) {
        for flight in self.others.iter_mut().chain(&mut self.first) {
            flight.beaten = true;
        }
    }

    /// The keys for which something is being computed.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &K> {
        let all = self.others.iter().chain(&self.first);
        all.map(|flight| &flight.key)
    }
}
