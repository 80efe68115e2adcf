//! Numbers of a shard's entries that not every cache keeps.

use crate::policy::SlotId;
use crate::sorted::by_number;

/// A number for each slot: zero where none was written.
#[derive(Default)]
pub(super) struct Column(Vec<u64>);

impl Column {
    /// Whether nothing but zeros was written since it was made or cleared.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[inline]
    pub(super) fn get(&self, slot: SlotId) -> u64 {
        self.0.get(slot as usize).copied().unwrap_or(0)
    }

    #[inline]
    pub(super) fn set(&mut self, slot: SlotId, number: u64) {
        match self.0.get_mut(slot as usize) {
            Some(place) => *place = number,
            None if number == 0 => {}
            None => self.append(slot as usize, number),
        }
    }

    #[cold]
    fn append(&mut self, at: usize, number: u64) {
        self.0.resize(at, 0);
        self.0.push(number);
    }

    /// Has all be zeros. The memory stays.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The numbers of these slots together.
    pub(super) fn total(&self, slots: &[SlotId]) -> u64 {
        slots.iter().map(|&slot| self.get(slot)).sum()
    }

    /// Slots in the order of their numbers.
    pub(super) fn sorted(&self, slots: &[SlotId]) -> Vec<SlotId> {
        let numbered = slots.iter().map(|&slot| (self.get(slot), slot));
        by_number(numbered.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_has_the_number_that_it_was_given_last() {
        let mut column = Column::default();
        column.set(7, 0);
        assert!(column.is_empty());
        column.set(3, 30);
        column.set(1, 50);
        column.set(1, 40);
        assert_eq!([0, 1, 3, 9].map(|slot| column.get(slot)), [0, 40, 30, 0]);
        assert_eq!(column.total(&[1, 3, 9]), 70);
        assert_eq!(column.sorted(&[1, 3, 9]), [9, 3, 1]);
        column.set(3, 0);
        assert_eq!(column.get(3), 0);
    }
}
