//! Storing one entry: where there is none of its key, in the place of one, or not at all.

use super::guard::Guard;
use super::shard::Shard;
use super::sharded::Store;
use super::source::Source;
use crate::clock::{NEVER, Nanos, Now};
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

    /// Whether it does not expire, weighs nothing, and needs no other to be there.
    #[inline]
    pub(super) fn is_plain(&self) -> bool {
        self.end == NEVER && self.weight == 0 && !self.keeps_end
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
    /// It was not stored: its condition did not hold, what it was made from is gone, or its computation was beaten by a later
    /// write.
    Refused,
}

impl<K, V> Store<K, V> {
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
                drop(shard); // a destructor may panic: what is awaited must not be forgotten then
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
        self.reads.heed(fresh.end);
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
            if fresh.keeps_end {
                return refused(shard, hash, source);
            }
            source.beat_rivals(word, &mut shard.flights);
            self.purge(&mut shard, now, removals);
            if self.find_place(&mut shard, fresh.weight, now, removals) {
                // from here on nobody's code runs: the place is not lost
                let (key, awaited) = shard.close(word, source);
                shard.insert(word, key, fresh, self.next_stamp(), now);
                drop(shard); // as above
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
        fresh: Fresh<V>,
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
            drop(shard); // as above
            return (Inserted::Replaced(old), awaited);
        }
        let computing = source.computing();
        drop(shard);
        drop(computing);
        if !self.bounds.admits(fresh.weight) {
            // a smaller bound came meanwhile, and this alone exceeds it
            let (condition, cause) = (Condition::Always, RemovalCause::Full);
            return self.displace(hash, source, condition, cause, now, removals);
        }
        self.insert_heavier(hash, source, fresh, now, removals)
    }

    /// [`insert_over`](Self::insert_over) where the new entry is too heavy for the place of the old one: others leave for it, of
    /// whatever shard. All are locked meanwhile, so that nobody finds the key without an entry.
    fn insert_heavier<S: Source<K, V>>(
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
        let word = hash.word();
        let home = hash.shard(self.cells.len() - 1);
        let old; // dropped after the shards are let go, whatever panics
        let mut shards = self.all();
        now.get(); // asked once: what is alive by it is not due a moment later
        let found = shards[home].find_source(word, &source).ok().flatten();
        let live = found.filter(|&slot| !shards[home].is_expired(slot, now));
        let (Some(slot), true) = (live, self.bounds.admits(fresh.weight)) else {
            // the entry or the bound is another meanwhile
            let computing = source.computing();
            drop(shards);
            drop(computing);
            return self.insert_anew(hash, source, fresh, now, removals);
        };
        old = shards[home].node(slot).value.clone();
        source.beat_rivals(word, &mut shards[home].flights);
        self.make_room_over(&mut shards, (home, slot), fresh.weight, now, removals);
        // from here on nobody's code runs: the place is not lost
        let (key, awaited) = shards[home].close(word, source);
        shards[home].replace(slot, key, fresh, self.next_stamp(), now);
        drop(shards); // as above
        (Inserted::Replaced(old), awaited)
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
