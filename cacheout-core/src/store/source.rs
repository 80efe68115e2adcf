//! Where the key of an entry on its way in comes from: the caller, or the computation of its value.

use crate::hash::HashWord;
use crate::load::{Awaited, Beaten, Computing, FlightRef, Flights};

pub(crate) trait Source<K, V> {
    /// Those who wait for the value.
    type Waiting;

    /// The key, unless the computation was beaten by a later write: then nothing is to be stored. None if there is known
    /// to be no entry of it.
    fn key<'a>(&'a self, flights: &'a Flights<K, V>) -> Result<Option<&'a K>, Beaten>;

    /// Beats all computations of the key but this one. It calls the keys' `Eq`, which may panic: so it comes before
    /// anything is changed.
    fn beat_rivals(&self, word: HashWord, flights: &mut Flights<K, V>)
    where
        K: Eq;

    /// While this lives, whoever asks for the key in this thread does not wait for the computation: for values that are
    /// dropped before it is closed.
    fn computing(&self) -> Option<Computing>;

    /// Takes the key, and closes the computation. None if that was closed before.
    fn close(self, flights: &mut Flights<K, V>) -> Option<(K, Self::Waiting)>;

    /// Those who wait for a value that was closed before.
    fn nobody() -> Self::Waiting;
}

/// A key that the caller brings.
pub(crate) struct Given<K>(pub(crate) K);

impl<K, V> Source<K, V> for Given<K> {
    type Waiting = ();

    #[inline]
    fn key<'a>(&'a self, _: &'a Flights<K, V>) -> Result<Option<&'a K>, Beaten> {
        Ok(Some(&self.0))
    }

    #[inline(always)]
    fn beat_rivals(&self, word: HashWord, flights: &mut Flights<K, V>)
    where
        K: Eq,
    {
        flights.beat(word, |other| *other == self.0);
    }

    fn computing(&self) -> Option<Computing> {
        None
    }

    #[inline]
    fn close(self, _: &mut Flights<K, V>) -> Option<(K, ())> {
        Some((self.0, ()))
    }

    fn nobody() {}
}

impl<K, V> Source<K, V> for FlightRef {
    type Waiting = Awaited<V>;

    #[inline]
    fn key<'a>(&'a self, flights: &'a Flights<K, V>) -> Result<Option<&'a K>, Beaten> {
        flights.key(*self)
    }

    #[inline(always)]
    fn beat_rivals(&self, word: HashWord, flights: &mut Flights<K, V>)
    where
        K: Eq,
    {
        flights.beat_rivals(word, *self);
    }

    fn computing(&self) -> Option<Computing> {
        Some(Computing::start(self.id))
    }

    #[inline(always)]
    fn close(self, flights: &mut Flights<K, V>) -> Option<(K, Awaited<V>)> {
        flights.close(self)
    }

    fn nobody() -> Awaited<V> {
        Awaited::by_nobody()
    }
}
