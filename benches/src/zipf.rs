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

/// A Zipf distribution over the ranks 0..count: the r-th is drawn in proportion to 1 / (r + 1)^exponent. With 0, all
/// alike.
///
/// By rejection from the area under a curve (Hörmann and Derflinger, "Rejection-inversion to generate variates from
/// monotone discrete distributions", 1996): exact, and without a table of all ranks.
pub struct Zipf {
    count: f64,
    exponent: f64,
    /// The area under the curve up to the first rank, and up to the last.
    areas: (f64, f64),
    /// So near to the rank that is to the left, a point is surely under it.
    sure: f64,
}

impl Zipf {
    /// An exponent of 1 has a formula of its own, which is not here.
    pub fn new(count: usize, exponent: f64) -> Self {
        let count = count as f64;
        let mut zipf = Zipf {
            count,
            exponent,
            areas: (0.0, 0.0),
            sure: 0.0,
        };
        zipf.areas = (zipf.area(1.5) - 1.0, zipf.area(count + 0.5));
        zipf.sure = 2.0 - zipf.at_area(zipf.area(2.5) - zipf.height(2.0));
        zipf
    }

    fn height(&self, at: f64) -> f64 {
        at.powf(-self.exponent)
    }

    fn area(&self, up_to: f64) -> f64 {
        let power = 1.0 - self.exponent;
        (up_to.powf(power) - 1.0) / power
    }

    fn at_area(&self, area: f64) -> f64 {
        let power = 1.0 - self.exponent;
        (1.0 + area * power).powf(1.0 / power)
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "ranks are whole numbers from 1 to a count"
    )]
    fn rank(&self, rng: &mut Rng) -> usize {
        let (first, last) = self.areas;
        loop {
            let area = last + rng.unit() * (first - last);
            let at = self.at_area(area);
            let rank = at.round().clamp(1.0, self.count);
            if rank - at <= self.sure || area >= self.area(rank + 0.5) - self.height(rank) {
                return rank as usize - 1;
            }
        }
    }

    /// The ranks of `count` draws.
    pub fn ranks(&self, count: usize, seed: u64) -> impl Iterator<Item = usize> {
        let mut rng = Rng::new(seed);
        (0..count).map(move |_| self.rank(&mut rng))
    }

    /// The keys of `count` draws.
    pub fn sample(&self, count: usize, seed: u64) -> Vec<u64> {
        self.ranks(count, seed).map(key).collect()
    }

    /// `count` draws for each of `threads`, all different.
    pub fn sample_each(&self, threads: usize, count: usize) -> Vec<Vec<u64>> {
        (1..=threads as u64)
            .map(|seed| self.sample(count, seed))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Zipf;

    #[test]
    fn ranks_are_drawn_as_often_as_they_should() {
        for exponent in [0.0, 0.99] {
            let draws = 1_000_000;
            let mut counts = [0_u32; 10];
            for rank in Zipf::new(10, exponent).ranks(draws, 1) {
                counts[rank] += 1;
            }
            let weight = |rank: usize| (rank as f64).powf(-exponent);
            let all: f64 = (1..=10).map(weight).sum();
            for (rank, &count) in (1..).zip(&counts) {
                let part = f64::from(count) / draws as f64;
                assert!(
                    (part - weight(rank) / all).abs() < 0.003,
                    "{exponent}: {rank}, {part}"
                );
            }
        }
    }
}
