//! Storing one entry: where there is none of its key, in the place of one, or not at all.

use super::guard::Guard;
use super::room::{Place, Search};
use super::shard::Shard;
use super::sharded::Store;
use super::source::Source;
use crate::clock::{NEVER, Nanos, Now};
use crate::expiry::Steps;
use crate::hash::KeyHash;
use crate::listener::{RemovalCause, Removals};
use crate::load::Beaten;
use crate::policy::SlotId;

/// An entry on its way in.
pub(crate) struct Fresh<V> {
    pub(crate) value: V,
    pub(crate) end: Nanos,
    /// Whether it is to replace a live entry, whose end stays, instead: without one it is refused.
    pub(crate) keeps_end: bool,
    pub(crate) weight: u64,
}

impl<V> Fresh<V> {
    /// A value that weighs nothing and expires at `end`.
    pub(crate) fn new(value: V, end: Nanos) -> Self {
        Fresh {
            value,
            end,
            keeps_end: false,
            weight: 0,
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

/// A fresh entry, its key, and what has to hold for it.
pub(crate) struct Arrival<S, V> {
    pub(crate) hash: KeyHash,
    pub(crate) source: S,
    pub(crate) fresh: Fresh<V>,
    pub(crate) condition: Condition,
}

/// How far an [attempt](Store::try_insert) came.
pub(crate) enum Attempt<'a, K, V, S: Source<K, V>> {
    /// The entry is stored, and the only one of its key so far.
    Stored {
        awaited: S::Waiting,
        has_evicted: bool,
    },
    Halted(Halted<'a, K, V, S>),
}

/// An arrival in its shard, for which more has to be done than was attempted.
pub(crate) struct Halted<'a, K, V, S> {
    // let go first, whatever panics
    shard: Guard<'a, K, V>,
    /// The slot of its key, if there is one.
    found: Result<Option<SlotId>, Beaten>,
    arrival: Arrival<S, V>,
}

/// What became of an entry that was to be stored.
pub(crate) enum Inserted<V> {
    /// It is the only one of its key so far.
    New,
    /// It took the place of this value.
    Replaced(V),
    /// It was not to be stored, and this value, which it makes outdated, is gone.
    Displaced(Option<V>),
    /// It was not stored: its condition did not hold, what it was made from is gone, or its computation was beaten by a later
    /// write.
    Refused,
}

impl<K, V> Store<K, V> {
    /// Stores an entry that neither expires nor weighs anything, where that takes no more than its place: nobody wants to be told of
    /// what leaves for it, its key is not there, and nothing in its shard expires or weighs anything either. If it comes from a
    /// computation, that is closed.
    #[inline(always)]
    pub(crate) fn try_insert<S: Source<K, V>>(
        &self,
        hash: KeyHash,
        source: S,
        value: V,
        condition: Condition,
    ) -> Attempt<'_, K, V, S>
    where
        K: Eq + Clone,
        V: Clone,
    {
        let word = hash.word();
        let (awaited, place);
        {
            let mut shard = self.shard(hash);
            let found = shard.find_source(word, &source);
            let is_plain = matches!(found, Ok(None)) && shard.is_plain();
            if is_plain {
                source.beat_rivals(word, &mut shard.flights);
            }
            let found_place = is_plain.then(|| self.find_place_plainly(&shard));
            let Some(Some(found_place)) = found_place else {
                let fresh = Fresh::new(value, NEVER);
                let arrival = Arrival {
                    hash,
                    source,
                    fresh,
                    condition,
                };
                return Attempt::Halted(Halted {
                    shard,
                    found,
                    arrival,
                });
            };
            // from here on nobody's code runs: the place is not lost
            place = found_place;
            let key;
            (key, awaited) = shard.close(source);
            shard.insert_plainly(word, key, value, place, || self.next_stamp());
            // now it is let go; a destructor may panic: what is awaited is not forgotten then
        }
        Attempt::Stored {
            awaited,
            has_evicted: place == Place::OfVictim,
        }
    }

    /// Stores an entry, and removes what has to leave for it. If it comes from a computation, that is closed, and who
    /// waits for it is answered.
    pub(crate) fn insert<S: Source<K, V>>(
        &self,
        arrival: Arrival<S, V>,
        now: &Now,
        removals: &mut Removals<K, V>,
    ) -> (Inserted<V>, S::Waiting)
    where
        K: Eq + Clone,
        V: Clone,
    {
        let shard = self.shard(arrival.hash);
        let found = shard.find_source(arrival.hash.word(), &arrival.source);
        let halted = Halted {
            shard,
            found,
            arrival,
        };
        self.go_on(halted, now, removals)
    }

    /// [`insert`](Self::insert) of what is already in its shard.
    #[inline(never)]
    pub(crate) fn go_on<'a, S: Source<K, V>>(
        &'a self,
        halted: Halted<'a, K, V, S>,
        now: &Now,
        removals: &mut Removals<K, V>,
    ) -> (Inserted<V>, S::Waiting)
    where
        K: Eq + Clone,
        V: Clone,
    {
        let Halted {
            arrival,
            mut found,
            shard,
        } = halted;
        let mut shard = shard; // declared last, so that it is let go first, whatever panics
        let (hash, word) = (arrival.hash, arrival.hash.word());
        let weight = arrival.fresh.weight;
        self.reads.heed(arrival.fresh.end);
        let mut heeds_others = true;
        loop {
            match found {
                Err(Beaten) => return refused(shard, arrival.source),
                Ok(Some(slot)) if shard.is_expired(slot, now) => {
                    self.take_out(&mut shard, slot, RemovalCause::Expired, removals);
                }
                Ok(Some(_)) if arrival.condition == Condition::Absent => {
                    return (Inserted::Refused, S::nobody());
                }
                Ok(Some(slot)) => {
                    return self.insert_over(slot, arrival, now, removals, shard);
                }
                Ok(None) => {}
            }
            if arrival.fresh.keeps_end {
                return refused(shard, arrival.source);
            }
            arrival.source.beat_rivals(word, &mut shard.flights);
            self.purge(&mut shard, &mut Steps::batch(), now, removals);
            let search = self.find_place(&mut shard, weight, heeds_others, now, removals);
            if search == Search::Found {
                // from here on nobody's code runs: the place is not lost
                let (key, awaited) = shard.close(arrival.source);
                shard.insert(word, key, arrival.fresh, self.next_stamp(), now);
                drop(shard); // as above
                return (Inserted::New, awaited);
            }
            let computing = arrival.source.computing();
            drop(shard);
            if search == Search::NotHere {
                drop(computing);
                return self.insert_among_all(arrival, now, removals);
            }
            let before = removals.expired;
            self.purge_each(now, removals);
            drop(computing);
            heeds_others = removals.expired > before; // there may be more
            shard = self.shard(hash);
            found = shard.find_source(word, &arrival.source);
        }
    }

    /// [`insert`](Self::insert) where there is a live entry of the key. The shard comes last, so that it is let go first,
    /// whatever panics.
    fn insert_over<S: Source<K, V>>(
        &self,
        slot: SlotId,
        arrival: Arrival<S, V>,
        now: &Now,
        removals: &mut Removals<K, V>,
        shard: Guard<'_, K, V>,
    ) -> (Inserted<V>, S::Waiting)
    where
        K: Eq + Clone,
        V: Clone,
    {
        let old;
        let mut shard = shard;
        old = shard.node(slot).value.clone();
        let word = arrival.hash.word();
        arrival.source.beat_rivals(word, &mut shard.flights);
        if self
            .bounds
            .reweigh(shard.weight(slot), arrival.fresh.weight)
        {
            let (key, awaited) = shard.close(arrival.source);
            shard.replace(slot, key, arrival.fresh, self.next_stamp(), now);
            drop(shard); // as above
            return (Inserted::Replaced(old), awaited);
        }
        let computing = arrival.source.computing();
        drop(shard);
        drop(computing);
        self.insert_among_all(arrival, now, removals)
    }

    /// [`insert`](Self::insert) of an entry for which others leave, of whatever shard. All are locked meanwhile: nobody takes the
    /// room that was made for it, and, if it is too heavy for the place of an old one, nobody finds the key without an entry.
    fn insert_among_all<S: Source<K, V>>(
        &self,
        arrival: Arrival<S, V>,
        now: &Now,
        removals: &mut Removals<K, V>,
    ) -> (Inserted<V>, S::Waiting)
    where
        K: Eq + Clone,
        V: Clone,
    {
        let word = arrival.hash.word();
        let home = arrival.hash.shard(self.cells.len() - 1);
        let weight = arrival.fresh.weight;
        let old; // dropped after the shards are let go, whatever panics; as is the arrival
        let mut shards = self.all();
        now.get(); // asked once: what is alive by it is not due a moment later
        let found = shards[home].find_source(word, &arrival.source);
        let found = found.map(|found| self.if_live(&mut shards[home], found, now, removals));
        let is_wanted = match found {
            Err(Beaten) => false,
            Ok(None) => !arrival.fresh.keeps_end,
            Ok(Some(_)) => arrival.condition != Condition::Absent,
        };
        let (Ok(live), true, true) = (found, is_wanted, self.bounds.admits(weight)) else {
            let computing = arrival.source.computing();
            drop(shards);
            drop(computing);
            let (hash, source, condition) = (arrival.hash, arrival.source, arrival.condition);
            if !is_wanted {
                return refused(self.shard(hash), source);
            }
            // a smaller bound came meanwhile, and this alone exceeds it
            return self.displace(hash, source, condition, RemovalCause::Full, now, removals);
        };
        old = live.map(|slot| shards[home].node(slot).value.clone());
        arrival.source.beat_rivals(word, &mut shards[home].flights);
        let stays = live.map(|slot| (home, slot));
        self.make_room(&mut shards, stays, weight, now, removals);
        // from here on nobody's code runs: the place is not lost
        let (key, awaited) = shards[home].close(arrival.source);
        let (fresh, stamp) = (arrival.fresh, self.next_stamp());
        match live {
            None => shards[home].insert(word, key, fresh, stamp, now),
            Some(slot) => shards[home].replace(slot, key, fresh, stamp, now),
        }
        drop(shards); // as above
        let inserted = old.map_or(Inserted::New, Inserted::Replaced);
        (inserted, awaited)
    }

    /// Gives an entry that is there a new deadline.
    pub(crate) fn set_deadline(
        &self,
        shard: &mut Shard<K, V>,
        slot: SlotId,
        end: Nanos,
        now: &Now,
    ) {
        self.reads.heed(end);
        shard.set_deadline(slot, end, now);
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
            return refused(shard, source);
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
        let (key, awaited) = shard.close(source);
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
}

/// A computation was beaten: it is closed, and its key dropped after the lock.
#[cold]
fn refused<K, V, S: Source<K, V>>(
    mut shard: Guard<'_, K, V>,
    source: S,
) -> (Inserted<V>, S::Waiting) {
    let closed = source.close(&mut shard.flights);
    drop(shard);
    let waiting = closed.map_or_else(S::nobody, |(_, waiting)| waiting);
    (Inserted::Refused, waiting)
}
