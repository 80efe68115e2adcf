//! In which order a shard's entries stand.

use super::Shard;
use crate::clock::Now;
use crate::policy::{Evict, Evictor, Policy, Rank, SlotId, Stamp};
use crate::store::column::Column;

/// How many stamps there are for those entries of a shard that are there when their order begins to be kept: more than it can
/// hold.
pub(in crate::store) const DEALT: Stamp = 1 << 32;

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

    /// Keeps the order of the cache's operations from now on, or does not. Where it was not kept, those that are here are given
    /// stamps of [`DEALT`] ones after `first`, from the oldest to the youngest: so halfway stands who is in the middle of whatever
    /// shard.
    pub(in crate::store) fn keep_order(&mut self, first: Option<Stamp>) {
        let Some(first) = first else {
            self.stamps = None;
            return;
        };
        if self.stamps.is_none() {
            let order = self.evictor.order();
            let step = DEALT / (order.len() as u64 + 1);
            let mut stamps = Column::default();
            for (place, slot) in (1..).zip(order) {
                stamps.set(slot, first + place * step);
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
