//! The generator behind the random policy. Not for secrets.

use std::hash::BuildHasher;

use crate::hash::RandomState;

/// `SplitMix64` (Steele, Lea, Flood, OOPSLA 2014): one addition, three multiplications, no cycle below 2^64.
pub(crate) struct SplitMix(u64);

impl Default for SplitMix {
    /// Seeded as the caches' hashers are.
    fn default() -> Self {
        SplitMix(RandomState::default().hash_one(0))
    }
}

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, or 0 if that is 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        // the high half of a product spreads evenly, but for a bias of less than 2^-32 (Lemire, 2019)
        (((self.next() >> 32) * bound as u64) >> 32) as usize
    }

    /// A number in (0, 1].
    pub(crate) fn unit(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1u64 << 53) as f64
    }
}
