//! How often keys were seen lately: a count-min sketch of four-bit counters.

/// The words of a block, which is a cache line of 128 counters; those of one key all lie in one.
const BLOCK: usize = 8;
/// How many keys of a large cache share a block: 6.4 counters each, 3.2 bytes.
const KEYS: usize = 20;
/// Up to so many blocks, 4 KB, there is one for each key: a small cache sees more keys for each that it holds, and can
/// afford it.
const AMPLE: usize = 64;
/// The highest count.
const LIMIT: u64 = 15;
/// After how many additions a key all counts are halved (as in Caffeine, by W-TinyLFU's authors).
const SAMPLE: usize = 10;
/// Of each count in a word, all bits but the highest.
const HALVES: u64 = 0x7777_7777_7777_7777;

type Block = [u64; BLOCK];

/// Estimates that are too high at times and too low never, but for the halvings: each key has two counters, of which the
/// lower one counts, and only that one is raised (Cormode and Muthukrishnan, J. Algorithms 2005; conservative as in Estan
/// and Varghese, SIGCOMM 2002). Two, as with so few counters a key more of them would only fill up sooner.
///
/// A block takes note of a halving when it is next looked at, so that nobody waits for a pass over all of them.
#[derive(Default)]
pub(super) struct Sketch {
    blocks: Vec<Block>,
    /// How many halvings a block knows of, modulo 256.
    known: Vec<u8>,
    halvings: u8,
    /// The number of keys that there are counters for.
    len: usize,
    /// Additions since the last halving.
    added: usize,
}

impl Sketch {
    /// Makes sure that there are enough counters for `len` keys, and that they are halved as often as so many want.
    #[inline]
    pub(super) fn follow(&mut self, len: usize) {
        self.len = len;
        let least = len.div_ceil(KEYS).max(len.min(AMPLE));
        if least > self.blocks.len() {
            self.resize(least);
        }
    }

    /// A key's block is found by the high bits of its word, so in a larger sketch its counts are those of the block at
    /// the same part of the way; keys near a border may lose theirs.
    #[cold]
    fn resize(&mut self, least: usize) {
        let had = self.blocks.len();
        let blocks = least.max(had + had / 4);
        let from = |at: usize| at * had / blocks;
        self.blocks = (0..blocks)
            .map(|at| self.blocks.get(from(at)).copied().unwrap_or_default())
            .collect();
        self.known = (0..blocks)
            .map(|at| self.known.get(from(at)).copied().unwrap_or(self.halvings))
            .collect();
    }

    /// How often a key was seen lately, up to 15.
    pub(super) fn estimate(&mut self, word: u32) -> u32 {
        self.block(word).map_or(0, |block| {
            let [one, other] = places(word).map(|place| count(block, place));
            one.min(other) as u32
        })
    }

    /// A key was seen.
    pub(super) fn add(&mut self, word: u32) {
        let Some(block) = self.block(word) else {
            return;
        };
        let places = places(word);
        let [one, other] = places.map(|place| count(block, place));
        let least = one.min(other);
        if least < LIMIT {
            for place in places {
                if count(block, place) == least {
                    block[place / 16] += 1 << (place % 16 * 4);
                }
            }
        }
        self.added += 1;
        if self.added >= SAMPLE * self.len {
            self.added = 0;
            self.halvings = self.halvings.wrapping_add(1);
        }
    }

    /// The block of a key, up to date.
    #[inline]
    fn block(&mut self, word: u32) -> Option<&mut Block> {
        // the high half of a product spreads evenly (Lemire, 2019)
        let at = ((u64::from(word) * self.blocks.len() as u64) >> 32) as usize;
        let block = self.blocks.get_mut(at)?;
        let missed = self.halvings.wrapping_sub(self.known[at]);
        if missed > 0 {
            self.known[at] = self.halvings;
            for _ in 0..missed.min(4) {
                *block = block.map(|counts| (counts >> 1) & HALVES);
            }
        }
        Some(block)
    }
}

/// Which counters of its block are a key's: one of each half.
#[inline]
fn places(word: u32) -> [usize; 2] {
    // the high bits have chosen the block, and the low ones may have chosen the shard
    let mixed = word.wrapping_mul(0x9E37_79B1) as usize;
    [mixed >> 16 & 63, 64 + (mixed >> 24 & 63)]
}

#[inline]
fn count(block: &Block, place: usize) -> u64 {
    (block[place / 16] >> (place % 16 * 4)) & LIMIT
}

#[cfg(test)]
mod tests {
    use super::super::models::Rng;
    use super::*;

    const LEN: usize = 1_300;

    /// A counter a byte, all halved at once.
    struct Naive {
        blocks: Vec<[u8; 128]>,
        added: usize,
    }

    impl Naive {
        fn counters(&mut self, word: u32) -> [&mut u8; 2] {
            let at = (f64::from(word) / 2f64.powi(32) * self.blocks.len() as f64) as usize;
            let [one, other] = places(word);
            self.blocks[at].get_disjoint_mut([one, other]).unwrap()
        }

        fn estimate(&mut self, word: u32) -> u32 {
            let [one, other] = self.counters(word);
            u32::from(*one.min(other))
        }

        fn add(&mut self, word: u32) {
            let raised = (self.estimate(word) + 1).min(15) as u8;
            for counter in self.counters(word) {
                *counter = raised.max(*counter);
            }
            self.added += 1;
            if self.added.is_multiple_of(SAMPLE * LEN) {
                let counters = self.blocks.iter_mut().flatten();
                counters.for_each(|counter| *counter /= 2);
            }
        }
    }

    #[test]
    fn lazy_halving_is_the_same_as_halving_at_once() {
        let mut rng = Rng(7);
        let mut sketch = Sketch::default();
        sketch.follow(LEN);
        let blocks = vec![[0; 128]; LEN / KEYS];
        let mut naive = Naive { blocks, added: 0 };
        let words: Vec<u32> = (0..9_000).map(|_| rng.next() as u32).collect();
        for _ in 0..100_000 {
            let word = words[rng.skewed(words.len())];
            sketch.add(word);
            naive.add(word);
            let other = words[rng.below(words.len())];
            assert_eq!(sketch.estimate(other), naive.estimate(other));
        }
    }

    #[test]
    fn counts_outlive_growth() {
        let mut sketch = Sketch::default();
        assert_eq!(sketch.estimate(5), 0);
        sketch.follow(8);
        let word = 0x1234_5678;
        (0..9).for_each(|_| sketch.add(word));
        for len in 9..9_000 {
            sketch.follow(len);
        }
        assert_eq!(sketch.estimate(word), 9);
        (0..9).for_each(|_| sketch.add(word));
        assert_eq!(sketch.estimate(word), 15);
    }

    /// Else all counts of a cache that was made smaller would reach the limit.
    #[test]
    fn fewer_keys_are_halved_more_often() {
        let mut sketch = Sketch::default();
        sketch.follow(100_000);
        sketch.follow(10);
        let words = [0x1234_5678, 0x2345_6789, 0x3456_789A];
        (0..1_000).for_each(|at| sketch.add(words[at % 2]));
        assert!(words.map(|word| sketch.estimate(word)).iter().sum::<u32>() > 10);
        (0..1_000).for_each(|at| sketch.add(words[at % 2]));
        sketch.add(words[2]);
        assert_eq!(sketch.estimate(words[2]), 1);
        (0..400).for_each(|_| sketch.add(words[2]));
        assert_eq!(sketch.estimate(words[0]), 0, "it was not seen lately");
    }
}
