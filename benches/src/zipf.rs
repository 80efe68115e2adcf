//! Keys, made before anything is timed.

/// A generator of random numbers, the same on every run (`SplitMix64`).
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Self {
        Rng(mix(seed))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// Evenly from 0 up to, not including, 1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A bijection: different numbers stay different, and neighbours land far apart.
fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

/// The key of a number. Peers whose hash of an integer is weak meet scattered keys, as they would in earnest.
pub fn key(number: usize) -> u64 {
    mix(number as u64 + 1)
}

/// The keys of `numbers`.
pub fn keys(numbers: std::ops::Range<usize>) -> Vec<u64> {
    numbers.map(key).collect()
}

/// A Zipf distribution over the ranks 0..count: the r-th is drawn in proportion to 1 / (r + 1)^exponent.
pub struct Zipf {
    /// The probability of each rank or a lower one.
    cumulated: Vec<f64>,
}

impl Zipf {
    pub fn new(count: usize, exponent: f64) -> Self {
        let mut sum = 0.0;
        let mut cumulated: Vec<f64> = (1..=count)
            .map(|rank| {
                sum += (rank as f64).powf(-exponent);
                sum
            })
            .collect();
        for probability in &mut cumulated {
            *probability /= sum;
        }
        Zipf { cumulated }
    }

    fn rank(&self, rng: &mut Rng) -> usize {
        let at = rng.unit();
        let rank = self.cumulated.partition_point(|&up_to| up_to <= at);
        rank.min(self.cumulated.len() - 1)
    }

    /// The keys of `count` draws.
    pub fn sample(&self, count: usize, seed: u64) -> Vec<u64> {
        let mut rng = Rng::new(seed);
        (0..count).map(|_| key(self.rank(&mut rng))).collect()
    }

    /// `count` draws for each of `threads`, all different.
    pub fn sample_each(&self, threads: usize, count: usize) -> Vec<Vec<u64>> {
        (1..=threads as u64)
            .map(|seed| self.sample(count, seed))
            .collect()
    }
}
