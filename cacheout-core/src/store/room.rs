//! Making room: what has expired leaves, then the policy's victim, in one shard or over all of them.

use super::guard::Locked;
use super::shard::Shard;
use super::sharded::Store;
use crate::clock::Now;
use crate::listener::{RemovalCause, Removals};
use crate::policy::{Rank, SlotId};
use crate::sync::atomic::Ordering::Relaxed;

/// How many expired entries one operation removes under a lock at most, so that a million of them stalls nobody.
pub(crate) const BATCH: u64 = 64;

/// Where an entry comes in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Vacant,
    /// Where the policy's victim of its shard leaves.
    OfVictim,
}

impl<K: Clone, V: Clone> Store<K, V> {
    /// Takes the place of one more entry in this shard, if need be from the policy's victim. Answers false if that has
    /// to be looked for in all shards.
    pub(super) fn find_place(
        &self,
        shard: &mut Shard<K, V>,
        weight: u64,
        now: &Now,
        removals: &mut Removals<K, V>,
    ) -> bool {
        if self.bounds.take(weight) {
            return true;
        }
        if !self.bounds.admits(weight) {
            return false;
        }
        if self.cells.len() > 1 && (self.bounds.is_exact() || self.is_any_due(now)) {
            return false;
        }
        loop {
            // a batch was purged before; what else has expired leaves before a live entry does
            let (slot, cause) = match shard.due(now) {
                Some(slot) => (slot, RemovalCause::Expired),
                None => match shard.victim() {
                    Some(slot) => (slot, RemovalCause::Full),
                    None => return false,
                },
            };
            let old_weight = shard.weight(slot);
            Self::note_out(shard, slot, cause, removals);
            if self.bounds.exchange(old_weight, weight) {
                return true;
            }
        }
    }

    /// [`find_place`](Self::find_place) where nothing in this shard expires or weighs anything, and nobody wants to be
    /// told. If it is the victim's, that has yet to leave. None, too, if something has expired elsewhere.
    #[inline(always)]
    pub(super) fn find_place_plainly(&self, shard: &Shard<K, V>) -> Option<Place> {
        if self.bounds.take(0) {
            return Some(Place::Vacant);
        }
        let is_alone = self.cells.len() == 1;
        if !is_alone && (self.bounds.is_exact() || self.reads.may_find_expired()) {
            return None;
        }
        (shard.len() > 0).then_some(Place::OfVictim)
    }

    /// Removes expired entries of all shards, or else the policy's first victim of all.
    pub(super) fn make_room(&self, weight: u64, now: &Now, removals: &mut Removals<K, V>) {
        let mut shards = self.all();
        let before = removals.expired;
        self.purge_any(&mut shards, now, removals);
        let has_room = self.bounds.take(weight);
        if has_room {
            self.bounds.give(weight);
        }
        if has_room || removals.expired > before {
            return;
        }
        self.take_victim(&mut shards, RemovalCause::Full, removals);
    }

    /// Has others leave until the entry in `slot` of the shard `home` may weigh as much as the one that is to replace it: what has
    /// expired first. It stays meanwhile, for those who read, even if its turn comes before the others'.
    pub(super) fn make_room_over(
        &self,
        shards: &mut [Locked<'_, K, V>],
        (home, slot): (usize, SlotId),
        weight: u64,
        now: &Now,
        removals: &mut Removals<K, V>,
    ) {
        let old_weight = shards[home].weight(slot);
        while !self.bounds.reweigh(old_weight, weight) {
            let before = removals.expired;
            self.purge_any(shards, now, removals);
            if removals.expired > before {
                continue;
            }
            let mut victim = Self::find_victim(shards);
            if victim == Some((home, slot)) {
                shards[home].withdraw(slot);
                victim = Self::find_victim(shards);
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
        let Some((at, slot)) = Self::find_victim(shards) else {
            return false;
        };
        self.take_out(&mut shards[at], slot, cause, removals);
        true
    }

    /// The entry whose turn it is over all shards, and the number of its shard.
    pub(super) fn find_victim(shards: &mut [Locked<'_, K, V>]) -> Option<(usize, SlotId)> {
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

    /// Removes what has expired, up to a batch.
    #[inline]
    pub(super) fn purge(&self, shard: &mut Shard<K, V>, now: &Now, removals: &mut Removals<K, V>) {
        for _ in 0..BATCH {
            let Some(slot) = shard.due(now) else { return };
            self.take_out(shard, slot, RemovalCause::Expired, removals);
        }
    }

    /// The same over all shards: until there is a batch, and what comes on top of it in the last one.
    pub(super) fn purge_any(
        &self,
        shards: &mut [Locked<'_, K, V>],
        now: &Now,
        removals: &mut Removals<K, V>,
    ) {
        let enough = removals.expired + BATCH;
        for shard in shards {
            self.purge(shard, now, removals);
            if removals.expired >= enough {
                return;
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
        let (at, slot) = Self::find_victim(&mut shards)?;
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
                let before = removals.expired;
                let mut shard = Locked::lock(&cell.0);
                self.purge(&mut shard, now, removals);
                let is_done = removals.expired < before + BATCH;
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
