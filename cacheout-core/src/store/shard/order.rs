//! In which order a shard's entries stand.

use super::Shard;
use crate::clock::Now;
use crate::policy::{Evict, Evictor, Policy, Rank, SlotId, Stamp};
use crate::store::column::Column;

impl<K, V> Shard<K, V> {
    /// The entry's place in the order of the cache's operations; zero where that is not kept.
    pub(crate) fn stamp(&self, slot: SlotId) -> Stamp {
        self.stamps.as_ref().map_or(0, |stamps| stamps.get(slot))
    }

    /// The slots in use, oldest first: in the order of their stamps, or else in the policy's.
    pub(in crate::store) fn in_order(&self) -> Vec<SlotId> {
        match &self.stamps {
            None => self.evictor.order(),
            Some(stamps) => stamps.sorted(&self.slots.slots()),
        }
    }

    /// The slots of the entries that have not expired, oldest first.
    pub(crate) fn live<'a>(&'a self, now: &'a Now) -> impl Iterator<Item = SlotId> + 'a {
        let slots = self.in_order().into_iter();
        slots.filter(|&slot| !self.is_expired(slot, now))
    }

    /// How urgently this shard's victim leaves, if it has one.
    pub(in crate::store) fn victim_rank(&mut self) -> Option<(Rank, SlotId)> {
        let slot = self.victim()?;
        let stamp = self.stamp(slot);
        Some((self.evictor.rank(slot, stamp, &self.slots), slot))
    }

    /// Keeps the order of the cache's operations from now on, or does not. Where it was not kept, `stamp` gives those
    /// that are here their places.
    pub(in crate::store) fn keep_order(&mut self, is_kept: bool, mut stamp: impl FnMut() -> Stamp) {
        if !is_kept {
            self.stamps = None;
        } else if self.stamps.is_none() {
            let mut stamps = Column::default();
            for slot in self.evictor.order() {
                stamps.set(slot, stamp());
            }
            self.stamps = Some(stamps);
        }
    }

    /// Follows another policy from now on, in the present order.
    pub(in crate::store) fn set_policy(&mut self, policy: Policy) {
        let slots = self.in_order();
        self.policy = policy;
        self.evictor = Evictor::new(policy);
        for slot in slots {
            self.line_up(slot);
        }
    }
}
