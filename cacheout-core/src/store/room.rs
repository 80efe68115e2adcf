//! Making room: what has expired leaves, then the policy's victim, in one shard or over all of them.

use super::guard::Locked;
use super::shard::Shard;
use super::sharded::Store;
use crate::clock::Now;
use crate::expiry::{BATCH, Steps};
use crate::listener::{RemovalCause, Removals};
use crate::policy::{Rank, SlotId};
use crate::sync::atomic::Ordering::Relaxed;

/// Where an entry comes in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Vacant,
    /// Where the policy's victim of its shard leaves.
    OfVictim,
}

/// Whether there is a place in an entry's own shard.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Search {
    Found,
    /// Something may have expired in other shards: it leaves before what is alive here.
    DueElsewhere,
    /// That has to be looked for in all shards.
    NotHere,
}

impl<K: Clone, V: Clone> Store<K, V> {
    /// Takes the place of one more entry in this shard, if need be from the policy's victim.
    pub(super) fn find_place(
        &self,
        shard: &mut Shard<K, V>,
        weight: u64,
        heeds_others: bool,
        now: &Now,
        removals: &mut Removals<K, V>,
    ) -> Search {
        if self.bounds.take(weight) {
            return Search::Found;
        }
        let is_alone = self.cells.len() == 1;
        if !self.bounds.admits(weight) || !is_alone && self.bounds.is_exact() {
            return Search::NotHere;
        }
        if !is_alone && heeds_others && self.is_any_due(now) {
            return Search::DueElsewhere;
        }
        loop {
            // a batch was purged before; what else has expired leaves before a live entry does
            let (slot, cause) = match shard.due(now, &mut Steps::batch()) {
                Some(slot) => (slot, RemovalCause::Expired),
                None => match shard.victim() {
                    Some(slot) => (slot, RemovalCause::Full),
                    None => return Search::NotHere,
                },
            };
            let old_weight = shard.weight(slot);
            Self::note_out(shard, slot, cause, removals);
            if self.bounds.exchange(old_weight, weight) {
                return Search::Found;
            }
            if cause == RemovalCause::Full && !is_alone {
                return Search::NotHere; // what is heavy is not to drain one shard
            }
        }
    }

    /// [`find_place`](Self::find_place) where nothing in this shard expires or weighs anything, and nobody wants to be
    /// told. If it is the victim's, that has yet to leave.
    #[inline(always)]
    pub(super) fn find_place_plainly(&self, shard: &Shard<K, V>) -> Option<Place> {
        if self.bounds.take(0) {
            return Some(Place::Vacant);
        }
        let is_alone = self.cells.len() == 1;
        if !is_alone && self.bounds.is_exact() {
            return None;
        }
        (shard.len() > 0).then_some(Place::OfVictim)
    }

    /// Has others leave until one more entry has its place; or, if it is to replace the one that `stays`, until that may weigh
    /// as much: what has expired first. The latter stays meanwhile, for those who read, even if its turn comes before the others'.
    pub(super) fn make_room(
        &self,
        shards: &mut [Locked<'_, K, V>],
        stays: Option<(usize, SlotId)>,
        weight: u64,
        now: &Now,
        removals: &mut Removals<K, V>,
    ) {
        loop {
            let has_room = match stays {
                None => self.bounds.take(weight),
                Some((home, slot)) => self.bounds.reweigh(shards[home].weight(slot), weight),
            };
            if has_room {
                return;
            }
            let before = removals.expired;
            self.purge_any(shards, now, removals);
            if removals.expired > before {
                continue;
            }
            let mut victim = self.find_victim(shards);
            if let Some((home, slot)) = stays
                && victim == stays
            {
                shards[home].withdraw(slot);
                victim = self.find_victim(shards);
                shards[home].line_up(slot);
            }
            let (at, victim) = victim.expect("there is room for one entry that the bound admits");
            self.take_out(&mut shards[at], victim, RemovalCause::Full, removals);
        }
    }

    /// Takes out the entry whose turn it is over all shards; answers whether there was one.
    fn take_victim(
        &self,
        shards: &mut [Locked<'_, K, V>],
        cause: RemovalCause,
        removals: &mut Removals<K, V>,
    ) -> bool {
        let Some((at, slot)) = self.find_victim(shards) else {
            return false;
        };
        self.take_out(&mut shards[at], slot, cause, removals);
        true
    }

    /// The entry whose turn it is over all shards, and the number of its shard. Where no order is kept over all of them, that is the
    /// victim of the fullest: so they stay as full as each other, whatever leaves.
    fn find_victim(&self, shards: &mut [Locked<'_, K, V>]) -> Option<(usize, SlotId)> {
        if !self.keeps_order() {
            return Self::victim_of_fullest(shards);
        }
        let mut first: Option<(Rank, usize, SlotId)> = None;
        for (at, shard) in shards.iter_mut().enumerate() {
            if let Some((rank, slot)) = shard.victim_rank()
                && first.is_none_or(|(best, ..)| rank < best)
            {
                first = Some((rank, at, slot));
            }
        }
        first.map(|(_, at, slot)| (at, slot))
    }

    fn victim_of_fullest(shards: &mut [Locked<'_, K, V>]) -> Option<(usize, SlotId)> {
        let all = 0..shards.len();
        let fullest = all.clone().max_by_key(|&at| shards[at].len());
        // if the fullest has no victim, its one entry was withdrawn, and the others hold one each at most
        let mut asked = fullest.into_iter().chain(all);
        asked.find_map(|at| Some((at, shards[at].victim()?)))
    }

    /// Removes what has expired, up to a batch.
    #[inline]
    pub(super) fn purge(
        &self,
        shard: &mut Shard<K, V>,
        steps: &mut Steps,
        now: &Now,
        removals: &mut Removals<K, V>,
    ) {
        while let Some(slot) = shard.due(now, steps) {
            self.take_out(shard, slot, RemovalCause::Expired, removals);
        }
    }

    /// The same over all shards: a batch together.
    fn purge_any(&self, shards: &mut [Locked<'_, K, V>], now: &Now, removals: &mut Removals<K, V>) {
        let mut steps = Steps::batch();
        for shard in shards {
            self.purge(shard, &mut steps, now, removals);
            if steps.are_taken() {
                return;
            }
        }
    }

    /// Removes what has expired in each shard where something may have, up to a batch there, one shard after the other.
    pub(super) fn purge_each(&self, now: &Now, removals: &mut Removals<K, V>) {
        for cell in &self.cells {
            if now.has_come(cell.0.next_deadline.load(Relaxed)) {
                let mut shard = Locked::lock(&cell.0);
                self.purge(&mut shard, &mut Steps::batch(), now, removals);
                shard.release(removals);
            }
        }
    }

    fn is_any_due(&self, now: &Now) -> bool {
        if !self.reads.may_find_expired() {
            return false;
        }
        let mut cells = self.cells.iter();
        cells.any(|cell| now.has_come(cell.0.next_deadline.load(Relaxed)))
    }

    /// Takes an entry out of its shard, for `cause`, and gives its place back.
    pub(crate) fn take_out(
        &self,
        shard: &mut Shard<K, V>,
        slot: SlotId,
        cause: RemovalCause,
        removals: &mut Removals<K, V>,
    ) {
        let weight = shard.weight(slot);
        Self::note_out(shard, slot, cause, removals);
        self.bounds.give(weight);
    }

    /// Takes an entry out of its shard, for `cause`. Its place is kept.
    #[inline(always)]
    fn note_out(
        shard: &mut Shard<K, V>,
        slot: SlotId,
        cause: RemovalCause,
        removals: &mut Removals<K, V>,
    ) {
        let node = shard.node(slot);
        removals.note(&node.key, &node.value, cause); // copies may panic: nothing is changed yet
        match cause {
            RemovalCause::Full => shard.evict(slot),
            _ => shard.remove(slot),
        }
    }

    /// Takes out the entry whose turn it is, after all that has expired, and answers a copy of it.
    pub(crate) fn pop(&self, now: &Now, removals: &mut Removals<K, V>) -> Option<(K, V)>
    where
        K: Eq,
    {
        self.remove_expired(now, removals);
        let popped; // dropped after the shards are let go, whatever panics
        let mut shards = self.all();
        let (at, slot) = self.find_victim(&mut shards)?;
        let shard = &mut shards[at];
        shard.beat_watchers_of(slot);
        let node = shard.node(slot);
        popped = (node.key.clone(), node.value.clone());
        self.take_out(shard, slot, RemovalCause::Popped, removals);
        shard.collect();
        Some(popped)
    }

    /// Removes all that has expired.
    pub(crate) fn remove_expired(&self, now: &Now, removals: &mut Removals<K, V>) {
        for cell in &self.cells {
            loop {
                let mut steps = Steps::batch();
                let mut shard = Locked::lock(&cell.0);
                self.purge(&mut shard, &mut steps, now, removals);
                let is_done = !steps.are_taken();
                if is_done {
                    shard.collect();
                }
                shard.release(removals);
                if is_done {
                    break;
                }
            }
        }
    }

    /// Evicts until there is room for one more entry, with all shards locked: nobody fills it meanwhile. Expired ones
    /// are left to others.
    pub(crate) fn evict(&self, removals: &mut Removals<K, V>) {
        let mut shards = self.all();
        while self.bounds.is_full() {
            if !self.take_victim(&mut shards, RemovalCause::Full, removals) {
                return;
            }
        }
    }

    /// Changes the bounds, and holds them: what is too much leaves now.
    pub(crate) fn set_bounds(
        &self,
        max_size: usize,
        max_weight: u64,
        now: &Now,
        removals: &mut Removals<K, V>,
    ) {
        {
            // places are taken under a shard's lock: with all of them held, none is on its way by the old bounds
            let all = self.all();
            self.bounds.set(max_size, max_weight);
            all.release(removals);
        }
        self.apply_bounds(removals);
        if self.bounds.is_exceeded() {
            self.remove_expired(now, removals);
        }
        while self.bounds.is_exceeded() {
            let mut shards = self.all();
            let mut goes_on = true;
            for _ in 0..BATCH {
                goes_on = self.bounds.is_exceeded()
                    && self.take_victim(&mut shards, RemovalCause::Full, removals);
                if !goes_on {
                    break;
                }
            }
            for shard in shards.iter_mut() {
                shard.collect();
            }
            shards.release(removals);
            if !goes_on {
                return;
            }
        }
    }
}
