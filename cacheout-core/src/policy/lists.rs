//! Doubly linked lists of slot numbers that share their links: each slot is in one list at most, so moving it from one
//! to another costs no memory. Every operation in constant time, eight bytes a slot.

use super::SlotId;

/// No slot: the end of a list.
const NIL: SlotId = LIST - 1;
/// Above a slot's number, its link says in which list it is: the policies' queues are three at most.
const LIST: u32 = 1 << 30;

/// A slot's neighbours. A shard has fewer than 2^30 - 1 slots.
#[derive(Clone, Copy, Default)]
struct Link {
    /// The next older slot; in the two bits above it, the number of the list.
    older: u32,
    younger: u32,
}

#[derive(Clone, Copy)]
struct Ends {
    oldest: SlotId,
    youngest: SlotId,
    len: usize,
}

/// `N` lists, each from the oldest to the youngest, known by their numbers below `N`.
pub(super) struct Lists<const N: usize> {
    links: Vec<Link>,
    ends: [Ends; N],
}

impl<const N: usize> Default for Lists<N> {
    fn default() -> Self {
        const { assert!(N <= 4, "two bits say in which list a slot is") };
        let empty = Ends {
            oldest: NIL,
            youngest: NIL,
            len: 0,
        };
        Lists {
            links: Vec::new(),
            ends: [empty; N],
        }
    }
}

impl<const N: usize> Lists<N> {
    pub(super) fn len(&self, list: usize) -> usize {
        self.ends[list].len
    }

    /// How many slots are in all lists together.
    pub(super) fn total(&self) -> usize {
        self.ends.iter().map(|ends| ends.len).sum()
    }

    #[inline]
    pub(super) fn oldest(&self, list: usize) -> Option<SlotId> {
        some(self.ends[list].oldest)
    }

    #[inline]
    pub(super) fn youngest(&self, list: usize) -> Option<SlotId> {
        some(self.ends[list].youngest)
    }

    /// The list that a slot is in, which must be in one.
    #[inline]
    pub(super) fn list_of(&self, slot: SlotId) -> usize {
        (self.links[slot as usize].older / LIST) as usize
    }

    /// The next younger slot of the same list.
    #[inline]
    pub(super) fn younger(&self, slot: SlotId) -> Option<SlotId> {
        some(self.links[slot as usize].younger)
    }

    /// Adds a slot that is in no list at the young end of this one.
    #[inline]
    pub(super) fn push(&mut self, list: usize, slot: SlotId) {
        let at = slot as usize;
        if at >= self.links.len() {
            self.links.resize(at + 1, Link::default());
        }
        let older = self.ends[list].youngest;
        self.links[at] = Link {
            older: older | (list as u32 * LIST),
            younger: NIL,
        };
        self.set_younger(list, older, slot);
        self.ends[list].youngest = slot;
        self.ends[list].len += 1;
    }

    /// Takes a slot out of its list.
    #[inline]
    pub(super) fn unlink(&mut self, slot: SlotId) {
        let list = self.list_of(slot);
        let Link { older, younger } = self.links[slot as usize];
        let older = older % LIST;
        self.set_younger(list, older, younger);
        self.set_older(list, younger, older);
        self.ends[list].len -= 1;
    }

    /// Makes a slot the youngest of this list, whichever it is in now.
    #[inline]
    pub(super) fn renew(&mut self, list: usize, slot: SlotId) {
        self.unlink(slot);
        self.push(list, slot);
    }

    /// Puts the slot `new`, which is in no list, in the place of `old`.
    pub(super) fn replace(&mut self, old: SlotId, new: SlotId) {
        let list = self.list_of(old);
        let link = self.links[old as usize];
        let at = new as usize;
        if at >= self.links.len() {
            self.links.resize(at + 1, link);
        }
        self.links[at] = link;
        self.set_younger(list, link.older % LIST, new);
        self.set_older(list, link.younger, new);
    }

    /// The slots of a list, the oldest first.
    pub(super) fn iter(&self, list: usize) -> impl Iterator<Item = SlotId> {
        std::iter::successors(self.oldest(list), |&slot| self.younger(slot))
    }

    /// Writes down the next younger neighbour of `slot`; of no slot, that is the oldest of the list.
    #[inline]
    fn set_younger(&mut self, list: usize, slot: SlotId, younger: SlotId) {
        match self.links.get_mut(slot as usize) {
            Some(link) => link.younger = younger,
            None => self.ends[list].oldest = younger,
        }
    }

    #[inline]
    fn set_older(&mut self, list: usize, slot: SlotId, older: SlotId) {
        match self.links.get_mut(slot as usize) {
            Some(link) => link.older = older | (list as u32 * LIST),
            None => self.ends[list].youngest = older,
        }
    }
}

#[inline]
fn some(slot: SlotId) -> Option<SlotId> {
    (slot != NIL).then_some(slot)
}

#[cfg(test)]
mod tests {
    use super::super::models::Rng;
    use super::*;

    #[test]
    fn does_what_vectors_do() {
        let mut rng = Rng(1);
        let mut lists = Lists::<3>::default();
        let mut naive = [const { Vec::new() }; 3];
        for _ in 0..20_000 {
            let slot = rng.below(50) as SlotId;
            let list = rng.below(3);
            let held = (0..3).find(|&held| naive[held].contains(&slot));
            match (held, rng.below(3)) {
                (None, _) => {
                    lists.push(list, slot);
                    naive[list].push(slot);
                }
                (Some(held), what) => {
                    assert_eq!(lists.list_of(slot), held);
                    let at = naive[held].iter().position(|&other| other == slot);
                    let at = at.unwrap();
                    assert_eq!(lists.younger(slot), naive[held].get(at + 1).copied());
                    match what {
                        0 => lists.unlink(slot),
                        1 => lists.renew(list, slot),
                        _ => lists.replace(slot, slot + 50),
                    }
                    if what == 2 {
                        naive[held][at] = slot + 50;
                        lists.replace(slot + 50, slot);
                    }
                    naive[held].remove(at);
                    match what {
                        0 => {}
                        1 => naive[list].push(slot),
                        _ => naive[held].insert(at, slot),
                    }
                }
            }
            for (list, naive) in naive.iter().enumerate() {
                assert_eq!(lists.oldest(list), naive.first().copied());
                assert_eq!(lists.len(list), naive.len());
                assert!(lists.iter(list).eq(naive.iter().copied()));
            }
            assert_eq!(lists.total(), naive.iter().map(Vec::len).sum::<usize>());
        }
    }
}
