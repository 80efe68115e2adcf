//! What past entries teach about present ones.
//!
//! Whenever a key is used again, the time since its last use is known, and how often it had been
//! used by then; whenever a ghost is forgotten, it is known that it was not used for so long. From
//! these, as in the statistics of survival, follows the chance of a use at each age (Kaplan, Meier,
//! "Nonparametric estimation from incomplete observations", JASA 1958), for each level of
//! frequency. It makes no difference whether the entry was still there when the use came: as far
//! back as the ghosts reach, the policy learns alike about entries it keeps and about those it does
//! not keep, and is not trapped by its own choice.
//!
//! The worth of an entry is then the greatest number of uses per time that it promises over any
//! span of time from now (Gittins, "Bandit processes and dynamic allocation indices", JRSS B 1979;
//! applied to caches as hit density by Beckmann, Chen, Cidon, "LHD: improving cache hit rate by
//! maximizing hit density", NSDI 2018).

use super::ages::{AGES, CLASSES, LEVELS, class, width};

/// A number for each class of entries.
type Table = [f32; CLASSES];

/// Old lessons are halved whenever so many new ones per entry were learned, but at least
/// [`LEAST_MEMORY`].
const MEMORY_PER_ENTRY: f32 = 16.0;
const LEAST_MEMORY: f32 = 1000.0;

/// How many entries' experience the assumption about a level weighs: with fewer own lessons than
/// that, it prevails.
const PRIOR_WEIGHT: f32 = 32.0;

/// The same for the assumption about all levels together, which gives way sooner as all lessons
/// count for it.
const ROOT_WEIGHT: f32 = 4.0;

/// The chance of a use in a class of age of which nothing is known. As classes grow with the age
/// this is the law of diminishing returns, `chance ~ 1 / age`, under which the least recently used
/// is worth least.
const UNKNOWN: f32 = 0.2;

pub(super) struct Lessons {
    /// Uses, by the level before the use and the age at it.
    used: Table,
    /// Ghosts that were forgotten, by their age then.
    lost: Table,
    /// The entries there are, by their age: what the last full sweep saw, and what this one has
    /// seen so far. They too have not been used yet; without them, entries that nobody ever uses
    /// again would teach nothing as long as they stay.
    present: Table,
    seen: [u32; CLASSES],
    worth: Table,
    learned: f32,
}

impl Lessons {
    pub(super) fn new() -> Self {
        let zero = [0.0; CLASSES];
        let mut new = Lessons {
            used: zero,
            lost: zero,
            present: zero,
            seen: [0; CLASSES],
            worth: zero,
            learned: 0.0,
        };
        new.conclude();
        new
    }

    /// An entry with so many uses was used again, at that age.
    pub(super) fn used(&mut self, uses: u32, age: u32) {
        self.used[class(uses, age)] += 1.0;
        self.learned += 1.0;
    }

    /// A ghost was forgotten.
    pub(super) fn lost(&mut self, uses: u32, age: u32) {
        self.lost[class(uses, age)] += 1.0;
        self.learned += 1.0;
    }

    /// The sweep has passed an entry. Returns what it is worth.
    #[inline]
    pub(super) fn seen(&mut self, uses: u32, age: u32) -> f32 {
        let class = class(uses, age);
        self.seen[class] += 1;
        self.worth[class]
    }

    /// The sweep has passed all entries.
    pub(super) fn swept(&mut self) {
        self.present = self.seen.map(|count| count as f32);
        self.seen = [0; CLASSES];
    }

    /// How many uses per tick an entry promises.
    #[inline]
    pub(super) fn worth(&self, uses: u32, age: u32) -> f32 {
        self.worth[class(uses, age)]
    }

    /// Forgets old lessons by and by, in a cache of `entries`.
    pub(super) fn fade(&mut self, entries: usize) {
        if self.learned > (entries as f32 * MEMORY_PER_ENTRY).max(LEAST_MEMORY) {
            self.used = halved(&self.used);
            self.lost = halved(&self.lost);
            self.learned *= 0.5;
        }
    }

    /// Computes anew what entries are worth.
    pub(super) fn conclude(&mut self) {
        let mut chance = self.overall_chance();
        for level in 0..LEVELS {
            if level > 0 {
                chance = chance.map(assumed_above);
            }
            let row = level * AGES..(level + 1) * AGES;
            let (used, lost) = (&self.used[row.clone()], &self.lost[row.clone()]);
            let present = &self.present[row.clone()];
            let counts = |age: usize| (used[age], lost[age] + present[age]);
            chance = survival(counts, &chance, PRIOR_WEIGHT);
            self.worth[row].copy_from_slice(&best_rates(&chance));
        }
    }

    /// The chance of a use at each age, whatever the frequency.
    fn overall_chance(&self) -> [f32; AGES] {
        let sum = |table: &Table, age: usize| table[age..].iter().step_by(AGES).sum::<f32>();
        let counts = |age: usize| {
            (
                sum(&self.used, age),
                sum(&self.lost, age) + sum(&self.present, age),
            )
        };
        let mut unknown = [UNKNOWN; AGES];
        // Nothing is hoped for from what is older than all that can be measured.
        unknown[AGES - 1] = 0.0;
        survival(counts, &unknown, ROOT_WEIGHT)
    }
}

fn halved(table: &Table) -> Table {
    table.map(|count| count * 0.5)
}

/// The chance of a use that a level is assumed to have, which has taught little yet, from that of
/// the level below: uses follow uses, so it is as good as two chances. Without this, entries would
/// be thought less of for having been used, as long as few have been.
fn assumed_above(chance: f32) -> f32 {
    1.0 - (1.0 - chance) * (1.0 - chance)
}

/// The chance that an entry which reached an age class unused is used in it. `counts` tells how
/// many were used in a class, and how many were lost sight of in it, unused; the latter were there
/// for half of it on average.
fn survival(
    counts: impl Fn(usize) -> (f32, f32),
    assumed: &[f32; AGES],
    weight: f32,
) -> [f32; AGES] {
    let mut chance = [0.0; AGES];
    let mut reached = 0.0;
    for age in (0..AGES).rev() {
        let (used, lost) = counts(age);
        reached += used + lost;
        chance[age] = (used + weight * assumed[age]) / (reached - 0.5 * lost + weight);
    }
    chance
}

/// For each age, the greatest rate of uses over any span that starts there: uses in the span by the
/// time until the use or the end of the span. From the back: a span goes on as long as what follows
/// is better than what it has.
fn best_rates(chance: &[f32; AGES]) -> [f32; AGES] {
    let mut rates = [0.0; AGES];
    let mut spans = [(0.0, 0.0); AGES];
    let mut count = 0;
    for age in (0..AGES).rev() {
        let mut uses = chance[age];
        let mut time = (1.0 - 0.5 * uses) * width(age);
        while count > 0 {
            let (next_uses, next_time) = spans[count - 1];
            if next_uses * time <= uses * next_time {
                break;
            }
            let unused = 1.0 - uses;
            uses += unused * next_uses;
            time += unused * next_time;
            count -= 1;
        }
        spans[count] = (uses, time);
        count += 1;
        rates[age] = uses / time;
    }
    rates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_first_the_least_recent_and_the_least_frequent_are_worth_least() {
        let lessons = Lessons::new();
        for age in 0..700 {
            assert!(lessons.worth(1, age) >= lessons.worth(1, age + 1));
            assert!(lessons.worth(1, age) < lessons.worth(2, age));
        }
    }

    #[test]
    fn in_a_loop_the_oldest_is_worth_most() {
        let mut lessons = Lessons::new();
        (0..1000).for_each(|_| lessons.used(1, 100));
        lessons.conclude();
        for age in 0..90 {
            assert!(
                lessons.worth(1, age) <= lessons.worth(1, age + 1),
                "age {age}"
            );
        }
    }

    #[test]
    fn what_nobody_uses_is_worth_nothing_however_often_it_was_used_before() {
        let mut lessons = Lessons::new();
        (0..20_000).for_each(|_| lessons.lost(9, 500));
        (0..1000).for_each(|i| lessons.used(1, i / 8));
        lessons.conclude();
        assert!(lessons.worth(9, 3) < lessons.worth(1, 3) / 5.0);
    }

    #[test]
    fn the_worth_stays_a_number() {
        let mut lessons = Lessons::new();
        for i in 0..1_000_000u32 {
            lessons.used(i % 20, i % 4000);
            lessons.fade(100);
        }
        lessons.swept();
        lessons.conclude();
        assert!(lessons.worth.iter().all(|w| w.is_finite() && *w >= 0.0));
    }
}
