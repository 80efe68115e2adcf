//! What the policy keeps of an entry, in four bytes.

use super::ages::MAX_USES;

/// Ticks are counted in 24 bits and wrap around.
pub(super) const TICK_MASK: u32 = (1 << 24) - 1;

const TICK_SHIFT: u32 = 8;
const PRESENT: u32 = 1 << 7;
const CANDIDATE: u32 = 1 << 6;
const USES: u32 = 15;

/// The tick of the last known use, the number of uses, whether the slot is in use at all, and
/// whether the entry is among the candidates for eviction.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entry(u32);

impl Entry {
    pub(super) fn new(uses: u32, tick: u32) -> Self {
        Entry((tick & TICK_MASK) << TICK_SHIFT | PRESENT | uses.min(MAX_USES))
    }

    pub(super) fn is_present(self) -> bool {
        self.0 & PRESENT != 0
    }

    pub(super) fn uses(self) -> u32 {
        self.0 & USES
    }

    /// How long ago the last known use is.
    pub(super) fn age(self, now: u32) -> u32 {
        now.wrapping_sub(self.0 >> TICK_SHIFT) & TICK_MASK
    }

    /// The same entry after one more use, at `tick`.
    pub(super) fn used(self, tick: u32) -> Self {
        let entry = Entry::new(self.uses() + 1, tick);
        Entry(entry.0 | self.0 & CANDIDATE)
    }

    pub(super) fn is_candidate(self) -> bool {
        self.0 & CANDIDATE != 0
    }

    pub(super) fn set_candidate(&mut self, is: bool) {
        self.0 = if is {
            self.0 | CANDIDATE
        } else {
            self.0 & !CANDIDATE
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_keeps_what_it_is_told() {
        let mut entry = Entry::new(3, TICK_MASK);
        entry.set_candidate(true);
        assert_eq!((entry.uses(), entry.age(4)), (3, 5));
        let entry = entry.used(2);
        assert_eq!((entry.uses(), entry.age(4)), (4, 2));
        assert_eq!((0..40).fold(entry, Entry::used).uses(), MAX_USES);
        assert!(entry.is_present() && entry.is_candidate() && !Entry::default().is_present());
    }
}
