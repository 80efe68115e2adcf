//! The words of entries that left not long ago: a queue that can be searched, in four bytes an entry.

/// As many as fill a cache line.
const WAYS: usize = 16;

/// Words in sets of up to sixteen, by their high bits; each set is a queue of its own. A word stays until its set was
/// given as many others as it holds, so for about as many words as all sets hold together; if there is but one set,
/// exactly. A word that was never put in is found with a probability of 16 / 2^32 times the number of sets.
#[derive(Default)]
pub(super) struct Ghosts {
    /// The youngest of a set comes first; 0 is no word.
    sets: Vec<[u32; WAYS]>,
    /// How many of a set count.
    ways: usize,
}

impl Ghosts {
    /// Whether there is room for about `len` words.
    fn fits(&self, len: usize) -> bool {
        let room = self.sets.len() * self.ways;
        len <= room + room / 8 && room <= len.saturating_mul(2)
    }

    /// Makes room for `len` words. If that is far from what there was, all are forgotten: whoever changes the bound of
    /// a cache changes what leaves it, too.
    pub(super) fn resize(&mut self, len: usize) {
        let len = len.max(1);
        if !self.fits(len) {
            let sets = len.div_ceil(WAYS).max(1);
            self.sets = vec![[0; WAYS]; sets];
            self.ways = len.div_ceil(sets).max(1);
        }
    }

    pub(super) fn push(&mut self, word: u32) {
        if let Some(set) = self.set(word) {
            // all sixteen move, though fewer may count: a move of known length is a few instructions
            let mut moved = [word; WAYS];
            moved[1..].copy_from_slice(&set[..WAYS - 1]);
            *set = moved;
        }
    }

    /// Takes a word out; answers whether it was there.
    pub(super) fn take(&mut self, word: u32) -> bool {
        let ways = self.ways;
        let Some(set) = self.set(word) else {
            return false;
        };
        // looking at all of them at once is cheaper than stopping at the right one, and most words are not there
        if set.iter().filter(|&&ghost| ghost == word).count() == 0 {
            return false;
        }
        let Some(at) = set[..ways].iter().position(|&ghost| ghost == word) else {
            return false;
        };
        set.copy_within(at + 1..ways, at);
        set[ways - 1] = 0;
        true
    }

    fn set(&mut self, word: u32) -> Option<&mut [u32; WAYS]> {
        // the high half of a product spreads evenly (Lemire, 2019)
        let at = (u64::from(word) * self.sets.len() as u64) >> 32;
        self.sets.get_mut(at as usize)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::super::models::Rng;
    use super::*;

    const TRIES: u32 = 20_000;

    /// One queue for all.
    #[derive(Default)]
    struct Naive(VecDeque<u32>);

    impl Naive {
        fn push(&mut self, word: u32, room: usize) {
            self.0.push_front(word);
            self.0.truncate(room);
        }

        fn take(&mut self, word: u32) -> bool {
            let at = self.0.iter().position(|&ghost| ghost == word);
            at.and_then(|at| self.0.remove(at)).is_some()
        }
    }

    /// How often ghosts and their model agree about words that left up to twice as long ago as they should be known.
    fn agreed(room: usize) -> u32 {
        let mut rng = Rng(room as u64);
        let mut ghosts = Ghosts::default();
        let mut naive = Naive::default();
        let mut left = VecDeque::new();
        ghosts.resize(room);
        let mut agreed = 0;
        for _ in 0..TRIES {
            let word = rng.next() as u32 | 1;
            ghosts.push(word);
            naive.push(word, room);
            left.push_front(word);
            left.truncate(room * 2);
            let word = left[rng.below(left.len())];
            agreed += u32::from(ghosts.take(word) == naive.take(word));
        }
        agreed
    }

    #[test]
    fn one_set_is_exact() {
        for room in 1..=WAYS {
            assert_eq!(agreed(room), TRIES);
        }
    }

    #[test]
    fn many_sets_keep_about_as_many_as_one_queue() {
        for room in [17, 115, 2_000] {
            let agreed = agreed(room);
            assert!(agreed > TRIES / 5 * 4, "{agreed} of {TRIES}, for {room}");
        }
    }

    #[test]
    fn forgets_when_its_size_changes_by_much() {
        let mut ghosts = Ghosts::default();
        assert!(!ghosts.take(7));
        ghosts.resize(100);
        ghosts.push(7);
        ghosts.resize(90);
        assert!(ghosts.take(7));
        ghosts.push(7);
        ghosts.resize(1_000);
        assert!(!ghosts.take(7));
    }
}
