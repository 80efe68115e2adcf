//! The least worthy entries that were seen lately.

use crate::slots::SlotId;

/// How many are kept from one eviction to the next. Eight are no better.
pub(super) const CANDIDATES: usize = 4;

/// A few slots, each with what its entry was worth when last looked at.
pub(super) struct Candidates {
    list: [(f32, SlotId); CANDIDATES],
    len: usize,
    /// What the best of them is worth, if all places are taken; else no entry is worth too much.
    limit: f32,
}

impl Default for Candidates {
    fn default() -> Self {
        Candidates::new()
    }
}

impl Candidates {
    pub(super) fn new() -> Self {
        Candidates {
            list: [(0.0, 0); CANDIDATES],
            len: 0,
            limit: f32::INFINITY,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether an entry of that worth is to be a candidate.
    pub(super) fn admits(&self, worth: f32) -> bool {
        worth < self.limit
    }

    /// Adds a slot. Returns the one that has to go for it.
    pub(super) fn add(&mut self, slot: SlotId, worth: f32) -> Option<SlotId> {
        let mut gone = None;
        if let Some(place) = self.list.get_mut(self.len) {
            *place = (worth, slot);
            self.len += 1;
        } else if let Some(best) = self
            .list
            .iter_mut()
            .find(|candidate| candidate.0 >= self.limit)
        {
            gone = Some(std::mem::replace(best, (worth, slot)).1);
        }
        self.set_limit();
        gone
    }

    pub(super) fn remove(&mut self, slot: SlotId) {
        if let Some(at) = self.list[..self.len]
            .iter()
            .position(|candidate| candidate.1 == slot)
        {
            self.len -= 1;
            self.list.swap(at, self.len);
            self.limit = f32::INFINITY;
        }
    }

    /// Values all of them anew. Returns the one that is worth least.
    pub(super) fn worst(&mut self, mut worth: impl FnMut(SlotId) -> f32) -> Option<SlotId> {
        let list = &mut self.list[..self.len];
        for candidate in &mut *list {
            candidate.0 = worth(candidate.1);
        }
        let worst = list
            .iter()
            .copied()
            .reduce(|worst, next| if next.0 < worst.0 { next } else { worst });
        self.set_limit();
        worst.map(|worst| worst.1)
    }

    #[cfg(test)]
    pub(super) fn contains(&self, slot: SlotId) -> bool {
        self.list[..self.len]
            .iter()
            .any(|candidate| candidate.1 == slot)
    }

    fn set_limit(&mut self) {
        if self.len == CANDIDATES {
            let worths = self.list.iter().map(|candidate| candidate.0);
            self.limit = worths.fold(
                0.0,
                |limit, worth| if worth > limit { worth } else { limit },
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_worthy_stay() {
        let mut candidates = Candidates::new();
        for slot in 0..20 {
            let worth = (slot as f32 * 7.0) % 20.0;
            if candidates.admits(worth) {
                candidates.add(slot, worth);
            }
        }
        assert!(!candidates.admits(3.0) && candidates.admits(2.5));
        assert_eq!(candidates.worst(|slot| (slot as f32 * 7.0) % 20.0), Some(0));
        candidates.remove(0);
        assert!(candidates.admits(100.0));
        assert_eq!(candidates.worst(|slot| (slot as f32 * 7.0) % 20.0), Some(3));
    }

    #[test]
    fn there_are_never_too_many() {
        let mut candidates = Candidates::new();
        let gone: Vec<_> = (0..20)
            .filter_map(|slot| candidates.add(slot, 1.0))
            .collect();
        assert_eq!((gone.len(), candidates.len), (16, CANDIDATES));
    }
}
