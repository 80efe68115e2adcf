//! Hashing: the default builder, and the one word that the index keeps of a hash.

use std::hash::{BuildHasher, Hasher};
use std::num::NonZeroU32;

/// The default hasher of every cache: [foldhash](https://docs.rs/foldhash), seeded at random for each cache.
///
/// Fast, and not predictable from outside; it does not claim to withstand an attacker who can watch timings. Use
/// [`std::hash::RandomState`] through [`CacheBuilder::hasher`](crate::CacheBuilder::hasher) where keys come from one.
///
/// ```
/// use std::hash::BuildHasher;
/// let (one, other) = (cacheout::RandomState::default(), cacheout::RandomState::default());
/// assert_eq!(one.hash_one("key"), one.hash_one("key"));
/// assert_ne!(one.hash_one("key"), other.hash_one("key"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct RandomState(foldhash::fast::RandomState);

impl BuildHasher for RandomState {
    type Hasher = foldhash::fast::FoldHasher<'static>;

    #[inline]
    fn build_hasher(&self) -> Self::Hasher {
        self.0.build_hasher()
    }
}

/// A hash, mixed once more, so that weak hashers (the identity of an integer, say) spread as well. The default one needs it, too:
/// where its random multiplier is near a fraction of small numbers, as in one process of thirty, keys that count up come in as
/// few heaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyHash(u64);

/// What an entry remembers of its key's hash: enough to move it in the index without asking the key again.
pub(crate) type HashWord = NonZeroU32;

/// 2^64 divided by the golden ratio: an odd number whose multiples spread evenly (Knuth, TAOCP vol. 3, 6.4).
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

impl KeyHash {
    #[inline]
    pub(crate) fn new(hash: u64) -> Self {
        KeyHash(hash.wrapping_mul(GOLDEN))
    }

    /// Hashes with `builder` whatever `feed` writes into the hasher.
    #[inline]
    pub(crate) fn of<S: BuildHasher>(builder: &S, feed: impl FnOnce(&mut S::Hasher)) -> Self {
        let mut hasher = builder.build_hasher();
        feed(&mut hasher);
        Self::new(hasher.finish())
    }

    /// The upper half, which the index and the entry keep: never zero, as one bit is always set, and that one so that the
    /// lowest byte is a tag of the index as it is.
    #[inline]
    pub(crate) fn word(self) -> HashWord {
        NonZeroU32::new((self.0 >> 32) as u32 | 0x80).unwrap_or(NonZeroU32::MAX)
    }

    /// A shard's number, from bits that [`word`](Self::word) does not hold. `mask` is the count of shards less one.
    #[inline]
    pub(crate) fn shard(self, mask: usize) -> usize {
        self.scaled_shard(mask, 0)
    }

    /// [`shard`](Self::shard) times two to the power of `scale`, which is less than 20; the mask comes so multiplied, too.
    #[inline]
    pub(crate) fn scaled_shard(self, mask: usize, scale: u32) -> usize {
        (self.0 >> (20 - scale)) as u32 as usize & mask
    }
}

/// Stretches a word to the 64 bits that the index of the engine under the lock wants: it reads the lowest and the highest
/// ones.
#[cfg(cacheout_locked_reads)]
pub(crate) fn stretch(word: HashWord) -> u64 {
    u64::from(word.get()).wrapping_mul(GOLDEN)
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasherDefault, Hash};

    use super::*;

    /// The weakest there is.
    #[derive(Default)]
    struct Identity(u64);

    impl Hasher for Identity {
        fn write(&mut self, bytes: &[u8]) {
            for &byte in bytes {
                self.0 = self.0 << 8 | u64::from(byte);
            }
        }

        fn write_u64(&mut self, number: u64) {
            self.0 = number;
        }

        fn finish(&self) -> u64 {
            self.0
        }
    }

    /// How many times as many of 2^16 keys meet as on average, by the bits that the index, its tags and the shards go by.
    fn crowd<S: BuildHasher>(builder: &S, key: impl Fn(u64) -> u64) -> f64 {
        let mut counts = [vec![0_u32; 1 << 12], vec![0; 1 << 7], vec![0; 1 << 12]];
        for number in 0..1 << 16 {
            let hash = KeyHash::of(builder, |state| key(number).hash(state));
            let word = hash.word().get();
            counts[0][(word >> 20) as usize] += 1;
            counts[1][(word & 0x7f) as usize] += 1;
            counts[2][hash.shard(0xfff)] += 1;
        }
        let crowds = counts.map(|counts| {
            let most = counts.iter().max().copied().unwrap_or_default();
            f64::from(most) * counts.len() as f64 / f64::from(1 << 16)
        });
        crowds.into_iter().fold(0.0, f64::max)
    }

    #[test]
    fn numbers_spread() {
        let builder = RandomState::default();
        for shift in [0, 3, 12, 20, 32, 40] {
            // chance alone brings three times as many together once in a million such numbers
            let crowd = crowd(&builder, |number| number << shift);
            assert!(crowd < 4.0, "{crowd}, shifted by {shift}");
        }
        assert!(crowd(&builder, |number| number * 1_000_003) < 4.0);
    }

    #[test]
    fn numbers_spread_by_weak_hashers_too() {
        let identity = BuildHasherDefault::<Identity>::default();
        assert!(crowd(&identity, |number| number) < 4.0);
    }
}
