//! What the policy keeps of an entry, in four bytes.

use super::ages::{MAX_USES, class, level};

/// Ticks are counted in 24 bits and wrap around.
pub(super) const TICK_MASK: u32 = (1 << 24) - 1;

const TICK_SHIFT: u32 = 8;
const PRESENT: u32 = 1 << 7;
const USES: u32 = 15;

/// The tick of the last known use, the number of uses, and whether the slot is in use at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry(u32);

impl Entry {
    #[inline]
    pub(super) fn new(uses: u32, tick: u32) -> Self {
        Entry((tick & TICK_MASK) << TICK_SHIFT | PRESENT | uses.min(MAX_USES))
    }

    #[inline]
    pub(super) fn is_present(self) -> bool {
        self.0 & PRESENT != 0
    }

    #[inline]
    pub(super) fn uses(self) -> u32 {
        self.0 & USES
    }

    #[inline]
    pub(super) fn level(self) -> usize {
        level(self.uses())
    }

    /// How long ago the last known use is.
    #[inline]
    pub(super) fn age(self, now: u32) -> u32 {
        now.wrapping_sub(self.0 >> TICK_SHIFT) & TICK_MASK
    }

    /// The class that it belongs to now.
    #[inline]
    pub(super) fn class(self, now: u32) -> usize {
        class(self.uses(), self.age(now))
    }

    /// The same entry after one more use, at `tick`.
    #[inline]
    pub(super) fn used(self, tick: u32) -> Self {
        Entry::new(self.uses() + 1, tick)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_keeps_what_it_is_told() {
        let entry = Entry::new(3, TICK_MASK);
        assert_eq!((entry.uses(), entry.age(4)), (3, 5));
        let entry = entry.used(2);
        assert_eq!((entry.uses(), entry.age(4)), (4, 2));
        assert_eq!((0..40).fold(entry, Entry::used).uses(), MAX_USES);
        assert!(entry.is_present() && !Entry::default().is_present());
    }
}
