//! Making room: what has expired leaves, then the policy's victim, in one shard or over all of them.

use super::shard::{Node, Shard};
use super::sharded::{Guard, Store};
use crate::clock::Now;
use crate::listener::{RemovalCause, Removals};
use crate::policy::SlotId;
use crate::sync::atomic::Ordering::Relaxed;

/// How many expired entries one operation removes under a lock at most, so that a million of them stalls nobody.
const BATCH: usize = 64;

impl<K, V> Store<K, V> {
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
            removals.push(shard.remove(slot).removed(cause));
            if self.bounds.exchange(old_weight, weight) {
                return true;
            }
        }
    }

    /// Removes expired entries of all shards, or else the policy's first victim of all.
    pub(super) fn make_room(&self, weight: u64, now: &Now, removals: &mut Removals<K, V>) {
        let mut shards: Vec<_> = self.each().collect();
        let before = removals.len();
        for shard in &mut shards {
            self.purge(shard, now, removals);
        }
        let has_room = self.bounds.take(weight);
        if has_room {
            self.bounds.give(weight);
        }
        if has_room || removals.len() > before {
            return;
        }
        if let Some(node) = self.take_victim(&mut shards) {
            removals.push(node.removed(RemovalCause::Full));
        }
    }

    /// Takes out the entry whose turn it is over all shards.
    fn take_victim(&self, shards: &mut [Guard<'_, K, V>]) -> Option<Node<K, V>> {
        let (shard, slot) = Self::find_victim(shards)?;
        Some(self.take_out(shard, slot))
    }

    /// The entry whose turn it is over all shards, and its shard.
    fn find_victim<'s, 'a>(
        shards: &'s mut [Guard<'a, K, V>],
    ) -> Option<(&'s mut Guard<'a, K, V>, SlotId)> {
        let ranked = shards.iter_mut().filter_map(|shard| {
            let (rank, slot) = shard.victim_rank()?;
            Some((rank, slot, shard))
        });
        let (_, slot, shard) = ranked.min_by_key(|(rank, ..)| *rank)?;
        Some((shard, slot))
    }

    /// Removes what has expired, up to a batch.
    pub(super) fn purge(&self, shard: &mut Shard<K, V>, now: &Now, removals: &mut Removals<K, V>) {
        for _ in 0..BATCH {
            let Some(slot) = shard.due(now) else { return };
            removals.push(self.take_out(shard, slot).removed(RemovalCause::Expired));
        }
    }

    fn is_any_due(&self, now: &Now) -> bool {
        if !self.has_deadlines.load(Relaxed) {
            return false;
        }
        let mut cells = self.cells.iter();
        cells.any(|cell| now.has_come(cell.0.next_deadline.load(Relaxed)))
    }

    /// Takes an entry out of its shard, and gives its place back.
    pub(crate) fn take_out(&self, shard: &mut Shard<K, V>, slot: SlotId) -> Node<K, V> {
        self.bounds.give(shard.weight(slot));
        shard.remove(slot)
    }

    /// Takes out the entry whose turn it is, after all that has expired; answers the live one.
    pub(crate) fn pop(&self, now: &Now, removals: &mut Removals<K, V>) -> Option<Node<K, V>>
    where
        K: Eq,
    {
        self.remove_expired(now, removals);
        let mut shards: Vec<_> = self.each().collect();
        let (shard, slot) = Self::find_victim(&mut shards)?;
        shard.beat_watchers_of(slot);
        Some(self.take_out(shard, slot))
    }

    /// Removes all that has expired.
    pub(crate) fn remove_expired(&self, now: &Now, removals: &mut Removals<K, V>) {
        for cell in &self.cells {
            loop {
                let before = removals.len();
                self.purge(&mut self.guard(&cell.0), now, removals);
                if removals.len() < before + BATCH {
                    break;
                }
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
            let _all: Vec<_> = self.each().collect();
            self.bounds.set(max_size, max_weight);
        }
        if self.bounds.is_exceeded() {
            self.remove_expired(now, removals);
        }
        while self.bounds.is_exceeded() {
            let mut shards: Vec<_> = self.each().collect();
            for _ in 0..BATCH {
                if !self.bounds.is_exceeded() {
                    break;
                }
                match self.take_victim(&mut shards) {
                    Some(node) => removals.push(node.removed(RemovalCause::Full)),
                    None => return,
                }
            }
        }
    }
}
