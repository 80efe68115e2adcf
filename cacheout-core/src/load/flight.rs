//! The computations that are under way in a shard.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::chains::{At, Chains};
use super::landing::{Awaited, Landing};
use crate::hash::HashWord;

/// A computation, unlike any other in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FlightId(u64);

/// How many numbers a thread takes at once, so that threads do not meet at each.
const BLOCK: u64 = 1 << 20;

impl FlightId {
    /// No computation.
    pub(super) const NONE: Self = FlightId(0);

    #[inline]
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

/// A computation, and where its shard keeps it.
#[derive(Clone, Copy)]
pub(crate) struct FlightRef {
    pub(crate) id: FlightId,
    at: At,
}

/// Somebody else has written the key meanwhile.
pub(crate) struct Beaten;

/// What a flight is opened for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// There is no entry of its key. Whoever puts one in beats this flight: as long as nobody did, there is none.
    Miss,
    /// To compute anew what may be there.
    Reload,
    /// To watch over the present value. Nobody can join it.
    Watch,
}

struct Flight<K, V> {
    id: FlightId,
    key: K,
    purpose: Purpose,
    /// A later write has made its result worthless to the cache.
    beaten: bool,
    /// Whether callers may wait for it.
    joinable: bool,
    /// Where its result is handed to those who wait; made by the first of them.
    landing: Option<Arc<Landing<V>>>,
}

/// The flights of one shard: mostly none, or one.
pub(crate) struct Flights<K, V> {
    flights: Chains<Flight<K, V>>,
    /// Whether there may be several of one key. A miss that may join another's flight does so: there are only where somebody
    /// computes anew or watches, or where a flight was beaten or retired.
    may_rival: bool,
}

impl<K, V> Default for Flights<K, V> {
    fn default() -> Self {
        Flights {
            flights: Chains::default(),
            may_rival: false,
        }
    }
}

impl<K, V> Flights<K, V> {
    /// Opens a flight.
    #[inline(always)]
    pub(crate) fn open(&mut self, word: HashWord, key: K, purpose: Purpose) -> FlightRef {
        let id = FlightId::next();
        let flight = Flight {
            id,
            key,
            purpose,
            beaten: false,
            joinable: purpose != Purpose::Watch,
            landing: None,
        };
        self.may_rival |= purpose != Purpose::Miss;
        let at = self.flights.insert(word, flight);
        FlightRef { id, at }
    }

    /// A flight, unless it was closed.
    #[inline]
    fn get(&self, flight: FlightRef) -> Option<&Flight<K, V>> {
        let found = self.flights.get(flight.at);
        found.filter(|found| found.id == flight.id)
    }

    /// Joins the flight of a key, if there is one whose result will still be good.
    #[inline]
    pub(crate) fn join(
        &mut self,
        word: HashWord,
        is_key: impl Fn(&K) -> bool,
    ) -> Option<(FlightRef, Arc<Landing<V>>)> {
        if self.flights.len() == 0 {
            return None;
        }
        let at = self.flights.find(word, |flight| {
            flight.joinable && !flight.beaten && is_key(&flight.key)
        })?;
        let flight = self.flights.get_mut(at)?;
        let landing = flight.landing.get_or_insert_with(Arc::default);
        let id = flight.id;
        Some((FlightRef { id, at }, Arc::clone(landing)))
    }

    /// The key of a flight, unless that was beaten; or none, if there is known to be no entry of it.
    #[inline]
    pub(crate) fn key(&self, flight: FlightRef) -> Result<Option<&K>, Beaten> {
        match self.get(flight).filter(|flight| !flight.beaten) {
            None => Err(Beaten),
            Some(flight) if flight.purpose == Purpose::Miss => Ok(None),
            Some(flight) => Ok(Some(&flight.key)),
        }
    }

    /// Ends a flight; answers its key, to be dropped when no lock is held, and those who wait for its result.
    #[inline(always)]
    pub(crate) fn close(&mut self, flight: FlightRef) -> Option<(K, Awaited<V>)> {
        self.get(flight)?;
        let flight = self.flights.remove(flight.at)?;
        self.may_rival &= self.flights.len() > 0;
        Some((flight.key, Awaited::at(flight.landing)))
    }

    /// Lets nobody join a flight any more. Its result is as good as before.
    pub(crate) fn retire(&mut self, flight: FlightRef) {
        if let Some(found) = self.flights.get_mut(flight.at)
            && found.id == flight.id
        {
            found.joinable = false;
            self.may_rival = true;
        }
    }

    /// A key was written or deleted: what is being computed for it is not stored, and nobody joins it any more.
    #[inline(always)]
    pub(crate) fn beat(&mut self, word: HashWord, is_key: impl Fn(&K) -> bool) {
        if self.flights.len() > 0 {
            self.beat_some(word, is_key);
        }
    }

    fn beat_some(&mut self, word: HashWord, is_key: impl Fn(&K) -> bool) {
        self.flights.change(word, |flight| {
            if is_key(&flight.key) {
                flight.beaten = true;
                self.may_rival = true;
            }
        });
    }

    /// [`beat`](Self::beat) for the key of a flight whose result is being stored, and all its other flights.
    #[inline]
    pub(crate) fn beat_rivals(&mut self, word: HashWord, flight: FlightRef)
    where
        K: Eq,
    {
        if self.may_rival && self.flights.has_others(flight.at) {
            self.beat_others(word, flight);
        }
    }

    #[cold]
    fn beat_others(&mut self, word: HashWord, flight: FlightRef)
    where
        K: Eq,
    {
        let Some(Flight { id, key, .. }) = self.get(flight) else {
            return;
        };
        let mut rivals = Vec::new();
        self.flights.each(word, |other| {
            if other.id != *id && other.key == *key {
                rivals.push(other.id);
            }
        });
        self.flights
            .change(word, |flight| flight.beaten |= rivals.contains(&flight.id));
    }

    /// An entry was changed other than by a new value: who makes a new value from the present one has to look again.
    pub(crate) fn beat_watchers(&mut self, word: HashWord, is_key: impl Fn(&K) -> bool) {
        self.flights.change(word, |flight| {
            flight.beaten |= flight.purpose == Purpose::Watch && is_key(&flight.key);
        });
    }

    /// [`beat`](Self::beat) for all keys.
    pub(crate) fn beat_all(&mut self) {
        self.flights
            .iter_mut()
            .for_each(|flight| flight.beaten = true);
        self.may_rival = self.flights.len() > 0;
    }

    /// The keys for which something is being computed.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &K> {
        self.flights.iter().map(|flight| &flight.key)
    }
}
