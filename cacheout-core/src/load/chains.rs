//! Items by the words of their keys' hashes: mostly none or a few, and found at once even if they are thousands.
//!
//! Links of chains that stand in one vector. What comes last is found first, as computations that nest end in the
//! reverse of their order.

use crate::hash::HashWord;

pub(super) struct Chains<T> {
    /// Where each chain begins: a power of two of them, or none before the first item.
    heads: Vec<At>,
    links: Vec<Link<T>>,
    /// Where the chain of the links begins that hold no item.
    vacant: At,
    len: usize,
}

/// The number of a link: where an item is.
pub(super) type At = u32;

/// No link: the end of a chain.
const NIL: At = At::MAX;

/// How many chains there are at first.
const FEW: usize = 8;

struct Link<T> {
    next: At,
    word: HashWord,
    item: Option<T>,
}

impl<T> Default for Chains<T> {
    fn default() -> Self {
        Chains {
            heads: Vec::new(),
            links: Vec::new(),
            vacant: NIL,
            len: 0,
        }
    }
}

impl<T> Chains<T> {
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Which chain the items of this hash are in.
    #[inline]
    fn chain(&self, word: HashWord) -> usize {
        // by the higher bits, as not all of the lower ones differ
        ((u64::from(word.get()) * self.heads.len() as u64) >> 32) as usize
    }

    #[inline]
    fn head(&self, word: HashWord) -> At {
        let head = self.heads.get(self.chain(word));
        head.copied().unwrap_or(NIL)
    }

    /// Adds an item; answers where it is until it is taken out.
    #[inline(always)]
    pub(super) fn insert(&mut self, word: HashWord, item: T) -> At {
        if self.len >= self.heads.len() {
            self.add_heads();
        }
        let chain = self.chain(word);
        let link = Link {
            next: self.heads[chain],
            word,
            item: Some(item),
        };
        let vacant = self.vacant;
        let at = match self.links.get_mut(vacant as usize) {
            Some(place) => {
                self.vacant = place.next;
                *place = link;
                vacant
            }
            None => self.add_link(link),
        };
        self.heads[chain] = at;
        self.len += 1;
        at
    }

    #[cold]
    fn add_link(&mut self, link: Link<T>) -> At {
        let at = At::try_from(self.links.len()).ok();
        let at = at.filter(|&at| at != NIL).expect("fewer than 2^32 items");
        self.links.push(link);
        at
    }

    /// Makes more chains, and files all items anew.
    #[cold]
    fn add_heads(&mut self) {
        let count = (2 * self.heads.len()).max(FEW);
        self.heads.clear();
        self.heads.resize(count, NIL);
        for at in 0..self.links.len() {
            if self.links[at].item.is_some() {
                let chain = self.chain(self.links[at].word);
                self.links[at].next = self.heads[chain];
                self.heads[chain] = at as At;
            }
        }
    }

    /// The item at a place, if there is one.
    #[inline]
    pub(super) fn get(&self, at: At) -> Option<&T> {
        self.links.get(at as usize)?.item.as_ref()
    }

    #[inline]
    pub(super) fn get_mut(&mut self, at: At) -> Option<&mut T> {
        self.links.get_mut(at as usize)?.item.as_mut()
    }

    /// Where the first item of this hash is that passes a test.
    #[inline]
    pub(super) fn find(&self, word: HashWord, mut test: impl FnMut(&T) -> bool) -> Option<At> {
        let mut at = self.head(word);
        while let Some(link) = self.links.get(at as usize) {
            if link.word == word && link.item.as_ref().is_some_and(&mut test) {
                return Some(at);
            }
            at = link.next;
        }
        None
    }

    /// Whether there are others of the hash of the item at a place.
    #[inline]
    pub(super) fn has_others(&self, at: At) -> bool {
        let word = self.links.get(at as usize).map(|link| link.word);
        let mut next = word.map_or(NIL, |word| self.head(word));
        while let Some(link) = self.links.get(next as usize) {
            if next != at && Some(link.word) == word {
                return true;
            }
            next = link.next;
        }
        false
    }

    /// Calls `look` with each item of this hash.
    pub(super) fn each(&self, word: HashWord, mut look: impl FnMut(&T)) {
        self.find(word, |item| {
            look(item);
            false
        });
    }

    /// Calls `change` with each item of this hash.
    #[inline]
    pub(super) fn change(&mut self, word: HashWord, mut change: impl FnMut(&mut T)) {
        let mut at = self.head(word);
        while let Some(link) = self.links.get_mut(at as usize) {
            at = link.next;
            if link.word == word {
                link.item.iter_mut().for_each(&mut change);
            }
        }
    }

    /// Takes out the item at a place.
    #[inline(always)]
    pub(super) fn remove(&mut self, at: At) -> Option<T> {
        let link = self.links.get_mut(at as usize)?;
        let item = link.item.take()?;
        let (word, next) = (link.word, link.next);
        link.next = self.vacant;
        self.vacant = at;
        self.len -= 1;
        let chain = self.chain(word);
        match self.heads[chain] == at {
            true => self.heads[chain] = next,
            false => self.bridge(chain, at, next),
        }
        Some(item)
    }

    /// Has the link before `at` lead on to the one after it.
    fn bridge(&mut self, chain: usize, at: At, after: At) {
        let mut before = self.heads[chain];
        while let Some(link) = self.links.get_mut(before as usize) {
            if link.next == at {
                link.next = after;
                return;
            }
            before = link.next;
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.links.iter().filter_map(|link| link.item.as_ref())
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.links.iter_mut().filter_map(|link| link.item.as_mut())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::SplitMix;

    /// Random operations on chains and on a list, with words from few values, so that they meet.
    #[test]
    fn chains_do_what_a_list_does() {
        let mut rng = SplitMix::default();
        let mut chains = Chains::default();
        let mut list: Vec<(HashWord, u32, At)> = Vec::new();
        for round in 0..30_000_u32 {
            let word = HashWord::new(1 + rng.below(60) as u32 * 5).unwrap();
            let most = if round < 10_000 { 4 } else { 200 };
            let newest = list.iter().rposition(|&(other, ..)| other == word);
            match rng.below(4) {
                0 | 1 if list.len() < most => {
                    list.push((word, round, chains.insert(word, round)));
                }
                2 => {
                    let at = rng.below(list.len().max(1));
                    if let Some(&(word, item, place)) = list.get(at) {
                        let of_word = list.iter().filter(|&&(other, ..)| other == word);
                        assert_eq!(chains.has_others(place), of_word.count() > 1);
                        assert_eq!(chains.get(place), Some(&item));
                        assert_eq!(chains.remove(place), Some(item));
                        assert_eq!(chains.remove(place), None);
                        list.remove(at);
                    }
                }
                _ => {
                    let newest = newest.map(|at| list[at].1);
                    let found = chains.find(word, |item| Some(*item) == newest);
                    assert_eq!(found.and_then(|at| chains.get(at)).copied(), newest);
                    let mut seen = Vec::new();
                    chains.change(word, |&mut item| seen.push(item));
                    let of_word = list.iter().filter(|&&(other, ..)| other == word);
                    let mut wanted: Vec<_> = of_word.map(|&(_, item, _)| item).collect();
                    seen.sort_unstable();
                    wanted.sort_unstable();
                    assert_eq!(seen, wanted);
                }
            }
            assert_eq!(chains.len(), list.len());
        }
        let mut all: Vec<_> = chains.iter().copied().collect();
        let mut wanted: Vec<_> = list.iter().map(|&(_, item, _)| item).collect();
        all.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(all, wanted);
    }

    /// Thousands of items make as many chains.
    #[test]
    fn chains_are_short() {
        let mut chains = Chains::default();
        for item in 1..=5_000_u32 {
            let word = HashWord::new(item.wrapping_mul(0x9E37_79B9)).unwrap();
            chains.insert(word, item);
        }
        let length = |mut at: At| {
            let mut length = 0;
            while let Some(link) = chains.links.get(at as usize) {
                (length, at) = (length + 1, link.next);
            }
            length
        };
        let longest = chains.heads.iter().map(|&head| length(head)).max();
        assert!(longest < Some(16), "{longest:?}");
    }
}
