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

use std::ops::Range;

use super::ages::{AGES, CLASSES, LEVELS, WIDTHS};

/// A number for each class of entries.
type Table = [f32; CLASSES];

/// Old lessons are halved whenever so many new ones per entry were learned, but at least
/// [`LEAST_MEMORY`], and at most as many as can be counted one by one in 32 bits, with some to spare.
const MEMORY_PER_ENTRY: f32 = 16.0;
const LEAST_MEMORY: f32 = 1000.0;
const MOST_MEMORY: f32 = (1 << 23) as f32;

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
    /// How many uses per tick entries promise.
    pub(super) worth: Table,
    /// For each level and each class of age, that one of it and the younger ones which is worth least.
    worst: [u8; CLASSES],
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
            worst: [0; CLASSES],
        };
        new.conclude();
        new
    }

    /// As many entries of a class as `weight` says were used again.
    #[inline]
    pub(super) fn used(&mut self, class: usize, weight: u32) {
        self.used[class] += weight as f32;
    }

    /// As many ghosts of a class as `weight` says were forgotten.
    #[inline]
    pub(super) fn lost(&mut self, class: usize, weight: u32) {
        self.lost[class] += weight as f32;
    }

    /// The census has passed an entry, which stands for `weight`.
    #[inline]
    pub(super) fn seen(&mut self, class: usize, weight: u32) {
        self.seen[class] += weight;
    }

    /// The sweep has passed all entries.
    pub(super) fn swept(&mut self) {
        self.present = self.seen.map(|count| count as f32);
        self.seen = [0; CLASSES];
    }

    /// Of the ages up to a class, the one that is worth least on a level; of equals, the oldest.
    #[inline]
    pub(super) fn worst_age(&self, level: usize, age_class: usize) -> usize {
        self.worst[level * AGES + age_class].into()
    }

    /// Forgets old lessons by and by, in a cache of `entries`.
    pub(super) fn fade(&mut self, entries: usize) {
        let mut learned = [0.0; AGES];
        for level in self
            .used
            .as_chunks()
            .0
            .iter()
            .chain(self.lost.as_chunks().0)
        {
            let level: &[f32; AGES] = level;
            (0..AGES).for_each(|age| learned[age] += level[age]);
        }
        if learned.iter().sum::<f32>()
            > (entries as f32 * MEMORY_PER_ENTRY).clamp(LEAST_MEMORY, MOST_MEMORY)
        {
            self.used = halved(&self.used);
            self.lost = halved(&self.lost);
        }
    }

    /// Computes anew what entries are worth.
    pub(super) fn conclude(&mut self) {
        let mut chance = self.overall_chance();
        for level in 0..LEVELS {
            if level > 0 {
                chance = chance.map(assumed_above);
            }
            chance = survival(&self.counts(level..level + 1), &chance, PRIOR_WEIGHT);
            let worth = best_rates(&chance);
            let row = level * AGES..(level + 1) * AGES;
            self.worth[row.clone()].copy_from_slice(&worth);
            self.worst[row].copy_from_slice(&least_so_far(&worth));
        }
    }

    /// The chance of a use at each age, whatever the frequency.
    fn overall_chance(&self) -> [f32; AGES] {
        let mut unknown = [UNKNOWN; AGES];
        // Nothing is hoped for from what is older than all that can be measured.
        unknown[AGES - 1] = 0.0;
        survival(&self.counts(0..LEVELS), &unknown, ROOT_WEIGHT)
    }

    /// What was learned of each age on these levels together.
    #[inline]
    fn counts(&self, levels: Range<usize>) -> Counts {
        let mut counts = Counts {
            used: [0.0; AGES],
            lost: [0.0; AGES],
        };
        for level in levels {
            let (used, lost) = (of_level(&self.used, level), of_level(&self.lost, level));
            let present = of_level(&self.present, level);
            for age in 0..AGES {
                counts.used[age] += used[age];
                counts.lost[age] += lost[age] + present[age];
            }
        }
        counts
    }
}

/// The numbers of a level's classes.
#[inline]
fn of_level(table: &Table, level: usize) -> &[f32; AGES] {
    &table.as_chunks().0[level]
}

/// For each age, how many entries were used at it, and how many were lost sight of, unused.
struct Counts {
    used: [f32; AGES],
    lost: [f32; AGES],
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

/// The chance that an entry which reached an age class unused is used in it. Those that were lost sight of were there for
/// half of it on average.
#[inline]
fn survival(counts: &Counts, assumed: &[f32; AGES], weight: f32) -> [f32; AGES] {
    let mut reached = [0.0; AGES];
    let mut older = 0.0;
    for age in (0..AGES).rev() {
        older += counts.used[age] + counts.lost[age];
        reached[age] = older;
    }
    // apart from the sums, so that several are divided at once
    std::array::from_fn(|age| {
        let present = reached[age] - 0.5 * counts.lost[age];
        (counts.used[age] + weight * assumed[age]) / (present + weight)
    })
}

/// For each age, the greatest rate of uses over any span that starts there: uses in the span by the
/// time until the use or the end of the span. From the back: a span goes on as long as what follows
/// is better than what it has.
fn best_rates(chance: &[f32; AGES]) -> [f32; AGES] {
    let mut uses = *chance;
    let mut time: [f32; AGES] = std::array::from_fn(|age| (1.0 - 0.5 * uses[age]) * WIDTHS[age]);
    // where the span that starts at an age ends
    let mut end = [AGES; AGES];
    for age in (0..AGES).rev() {
        let (mut span_uses, mut span_time, mut next) = (uses[age], time[age], age + 1);
        while next < AGES && uses[next] * span_time > span_uses * time[next] {
            let unused = 1.0 - span_uses;
            span_uses += unused * uses[next];
            span_time += unused * time[next];
            next = end[next];
        }
        (uses[age], time[age], end[age]) = (span_uses, span_time, next);
    }
    std::array::from_fn(|age| uses[age] / time[age])
}

/// For each age, the class of the least worth up to it; of equals, the oldest.
fn least_so_far(worth: &[f32; AGES]) -> [u8; AGES] {
    let mut least = 0;
    std::array::from_fn(|age| {
        if worth[age] <= worth[least] {
            least = age;
        }
        least as u8
    })
}

#[cfg(test)]
mod tests {
    use super::super::ages::{age_class, class};
    use super::*;

    #[test]
    fn at_first_the_least_recent_and_the_least_frequent_are_worth_least() {
        let lessons = Lessons::new();
        for age in 0..AGES - 1 {
            assert!(lessons.worth[age] >= lessons.worth[age + 1]);
            assert!(lessons.worth[age] < lessons.worth[AGES + age]);
            assert_eq!(lessons.worst_age(1, age), age);
        }
    }

    #[test]
    fn in_a_loop_the_oldest_is_worth_most() {
        let mut lessons = Lessons::new();
        lessons.used(class(1, 100), 1000);
        lessons.conclude();
        for age in 0..age_class(100) {
            assert!(lessons.worth[age] <= lessons.worth[age + 1], "class {age}");
            assert!(lessons.worth[lessons.worst_age(0, age)] <= lessons.worth[0]);
        }
    }

    #[test]
    fn what_nobody_uses_is_worth_nothing_however_often_it_was_used_before() {
        let mut lessons = Lessons::new();
        (0..20_000).for_each(|_| lessons.lost(class(9, 150), 1));
        (0..1000).for_each(|i| lessons.used(class(1, i / 8), 1));
        lessons.conclude();
        assert!(lessons.worth[class(9, 3)] < lessons.worth[class(1, 3)] / 5.0);
    }

    /// Beyond 2^24 a number of 32 bits does not count any further.
    #[test]
    fn the_largest_caches_forget_as_well() {
        let mut lessons = Lessons::new();
        for i in 0..1 << 24 {
            lessons.lost(class(1, 0), 1);
            if i % 1024 == 0 {
                lessons.fade(1 << 22);
            }
        }
        assert!(lessons.lost[class(1, 0)] < (1 << 24) as f32);
    }

    #[test]
    fn the_worth_stays_a_number() {
        let mut lessons = Lessons::new();
        for i in 0..1_000_000u32 {
            lessons.used(class(i % 20, i % 400), 1);
            lessons.fade(100);
        }
        lessons.swept();
        lessons.conclude();
        assert!(lessons.worth.iter().all(|w| w.is_finite() && *w >= 0.0));
    }
}
