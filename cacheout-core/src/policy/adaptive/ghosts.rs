//! What is remembered of entries after they have left.

use crate::slots::fetch;

/// Places in a set; a set fills half a cache line.
const WAYS: usize = 8;

/// Ghosts per entry of the cache.
const PER_ENTRY: usize = 2;

/// The least number of ghosts: a small cache has few events to learn from, and must not miss those it could have.
const LEAST: usize = 1024;

const TICK_BITS: u32 = 16;
const TICK_MASK: u32 = (1 << TICK_BITS) - 1;
pub(super) const USES_BITS: u32 = 4;
const USES_MASK: u32 = (1 << USES_BITS) - 1;
const TAG_SHIFT: u32 = TICK_BITS + USES_BITS;

/// How often an entry was used, and how long ago the last time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Past {
    pub(super) uses: u32,
    pub(super) age: u32,
}

/// A table of departed entries, four bytes each: twelve bits of the key's hash, the tick of the last use, and the uses
/// (never zero, so that zero is an empty place). Eight make up a set, a queue of its own, chosen by the upper bits of the
/// hash. One lookup in 500 takes another key's ghost for its own, which costs a little quality and nothing else.
#[derive(Default)]
pub(super) struct Ghosts {
    /// The youngest of a set comes first.
    sets: Vec<Set>,
    /// While only a sample of the sets is in use: the bits of a set's number that say whether it is of the sample, and what they are
    /// there.
    sampled_by: usize,
    sample: usize,
}

/// One set in so many makes up the sample.
const SAMPLE: usize = 16;

/// Never in two cache lines.
#[derive(Clone, Copy, Default)]
#[repr(align(32))]
struct Set([u32; WAYS]);

impl Ghosts {
    /// Makes room for the ghosts of `entries`. The old ones are lost if the size must change, which
    /// is rare: there is slack in both directions.
    pub(super) fn fit(&mut self, entries: usize) {
        let want = (entries * PER_ENTRY).max(LEAST).div_ceil(WAYS);
        let have = self.sets.len();
        if have < want || have / 4 > want {
            let slack = if have == 0 { 0 } else { want / 4 };
            self.sets = vec![Set::default(); want + slack];
        }
    }

    /// Uses one of [`SAMPLE`] samples of the sets, or all again. So either all is remembered of a key or nothing, and for as long as
    /// ever. The next sample begins with nothing: what stands there was left too long ago to tell what is lost now.
    pub(super) fn sample(&mut self, sample: Option<usize>) {
        let was_sampled = self.weight() > 1;
        let before = self.sample;
        self.sampled_by = if sample.is_some() { SAMPLE - 1 } else { 0 };
        self.sample = sample.unwrap_or(0) % SAMPLE;
        if was_sampled && sample.is_some() && self.sample != before {
            let sets = self.sets.iter_mut().skip(self.sample);
            sets.step_by(SAMPLE).for_each(|set| *set = Set::default());
        }
    }

    /// For how many ghosts each stands.
    #[inline]
    pub(super) fn weight(&self) -> u32 {
        self.sampled_by as u32 + 1
    }

    /// Whether the ghost of a key is kept.
    #[inline]
    pub(super) fn hold(&self, word: u32) -> bool {
        self.at(word).is_some()
    }

    /// Takes out the ghost of the key that hashes to `word`.
    #[inline]
    pub(super) fn take(&mut self, word: u32, now: u32) -> Option<Past> {
        let tag = tag(word);
        let Set(set) = self.set(word)?;
        // looking at all of them at once is cheaper than stopping at the right one, and most are not there
        let found = set.map(|place| if has_tag(place, tag) { u32::MAX } else { 0 });
        if found.into_iter().fold(0, |any, one| any | one) == 0 {
            return None;
        }
        take_out(set, tag).map(|place| past(place, now))
    }

    /// Remembers an entry. Returns what had to be forgotten for it: the one that left first of its set.
    #[inline]
    pub(super) fn put(&mut self, word: u32, entry: Past, now: u32) -> Option<Past> {
        let Set(set) = self.set(word)?;
        let used = now.wrapping_sub(entry.age) & TICK_MASK;
        let ghost = tag(word) << TAG_SHIFT | used << USES_BITS | entry.uses.clamp(1, USES_MASK);
        let old = set[WAYS - 1];
        let mut moved = [ghost; WAYS];
        moved[1..].copy_from_slice(&set[..WAYS - 1]);
        *set = moved;
        (old != 0).then(|| past(old, now))
    }

    /// Has the memory of a key's ghost arrive.
    #[inline]
    pub(super) fn fetch(&self, word: u32) {
        if let Some(set) = self.at(word).and_then(|at| self.sets.get(at)) {
            fetch(set);
        }
    }

    /// The set of a key, if it is in use.
    #[inline]
    fn set(&mut self, word: u32) -> Option<&mut Set> {
        let at = self.at(word)?;
        self.sets.get_mut(at)
    }

    #[inline]
    fn at(&self, word: u32) -> Option<usize> {
        // the high half of a product spreads evenly (Lemire, 2019)
        let at = ((u64::from(word) * self.sets.len() as u64) >> 32) as usize;
        (at & self.sampled_by == self.sample).then_some(at)
    }
}

/// Bits of a word that depend on its lower half, as the set does on the upper one.
#[inline]
fn tag(word: u32) -> u32 {
    word.wrapping_mul(0x9e37_79b1) >> TAG_SHIFT
}

#[inline]
fn has_tag(place: u32, tag: u32) -> bool {
    place >> TAG_SHIFT == tag
}

/// Takes out the first place of a set that has this tag.
#[inline(never)]
fn take_out(set: &mut [u32; WAYS], tag: u32) -> Option<u32> {
    let mut places = set.iter_mut();
    let place = places.find(|place| **place != 0 && has_tag(**place, tag))?;
    Some(std::mem::take(place))
}

fn past(place: u32, now: u32) -> Past {
    let age = now.wrapping_sub(place >> USES_BITS) & TICK_MASK;
    Past {
        uses: place & USES_MASK,
        age,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_table_remembers_nothing() {
        let mut ghosts = Ghosts::default();
        assert_eq!(ghosts.put(7, Past { uses: 1, age: 0 }, 1), None);
        assert_eq!(ghosts.take(7, 1), None);
    }

    #[test]
    fn a_ghost_is_found_once_with_its_age() {
        let mut ghosts = Ghosts::default();
        ghosts.fit(10);
        ghosts.put(0xabcd_1234, Past { uses: 3, age: 5 }, 70_000);
        assert_eq!(ghosts.take(0xabcd_1235, 70_010), None);
        assert_eq!(
            ghosts.take(0xabcd_1234, 70_010),
            Some(Past { uses: 3, age: 15 })
        );
        assert_eq!(ghosts.take(0xabcd_1234, 70_010), None);
    }

    #[test]
    fn a_full_set_forgets_who_left_first() {
        let mut ghosts = Ghosts::default();
        ghosts.fit(10);
        for i in 0..WAYS as u32 {
            let past = Past { uses: 1, age: i };
            assert_eq!(ghosts.put(i, past, 100), None);
        }
        assert_eq!(
            ghosts.put(99, Past { uses: 0, age: 0 }, 100),
            Some(Past { uses: 1, age: 0 })
        );
        assert_eq!(ghosts.take(99, 100), Some(Past { uses: 1, age: 0 }));
    }
}
