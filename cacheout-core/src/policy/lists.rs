//! Doubly linked lists of slot numbers that share their links: each slot is in one list at most, so moving it from one
//! to another costs no memory. Every operation in constant time, eight bytes a slot.

use super::SlotId;
use crate::slots::fetch;

/// Above a neighbour's place, a link says in which list it is.
const LIST: u32 = 1 << 29;

/// There is room for so many more links at least, each time.
const FEW: usize = 64;

/// The places of a slot's neighbours, and what else is to be kept of it. A shard has fewer than 2^28 slots.
#[derive(Clone, Copy, Default)]
struct Link<T> {
    /// Of the next older slot; in the three bits above it, the number of the list.
    older: u32,
    younger: u32,
    more: T,
}

/// What was kept of a slot that is in no list any more, and who its neighbours were.
pub(super) struct Unlinked<T> {
    pub(super) more: T,
    pub(super) older: Option<SlotId>,
    pub(super) younger: Option<SlotId>,
}

/// `N` lists, each from the oldest to the youngest, known by their numbers below `N`.
///
/// Each is a ring, closed by a link of the list's own: it stands at the place of the list's number, before those of all
/// slots, its younger neighbour is the oldest slot, its older one the youngest. So no slot is without neighbours.
pub(super) struct Lists<const N: usize, T = ()> {
    links: Vec<Link<T>>,
    lens: [usize; N],
}

impl<const N: usize, T: Copy + Default> Default for Lists<N, T> {
    fn default() -> Self {
        Lists {
            links: Self::rings().collect(),
            lens: [0; N],
        }
    }
}

impl<const N: usize, T: Copy + Default> Lists<N, T> {
    /// The links of the lists themselves, without slots.
    fn rings() -> impl Iterator<Item = Link<T>> {
        const { assert!(N <= 8, "three bits say in which list a slot is") };
        (0..N as u32).map(|list| Link {
            older: list | (list * LIST),
            younger: list,
            more: T::default(),
        })
    }

    pub(super) fn len(&self, list: usize) -> usize {
        self.lens[list]
    }

    /// How many slots are in all lists together.
    pub(super) fn total(&self) -> usize {
        self.lens.iter().sum()
    }

    #[inline]
    pub(super) fn oldest(&self, list: usize) -> Option<SlotId> {
        slot_at::<N>(self.links[list].younger)
    }

    #[inline]
    pub(super) fn youngest(&self, list: usize) -> Option<SlotId> {
        slot_at::<N>(self.links[list].older % LIST)
    }

    /// The list that a slot is in, which must be in one.
    #[inline]
    pub(super) fn list_of(&self, slot: SlotId) -> usize {
        (self.links[place_of::<N>(slot)].older / LIST) as usize
    }

    /// The next younger slot of the same list.
    #[inline]
    pub(super) fn younger(&self, slot: SlotId) -> Option<SlotId> {
        slot_at::<N>(self.links[place_of::<N>(slot)].younger)
    }

    /// The next older slot of the same list.
    #[inline]
    pub(super) fn older(&self, slot: SlotId) -> Option<SlotId> {
        slot_at::<N>(self.links[place_of::<N>(slot)].older % LIST)
    }

    /// Has the link of the next younger slot arrive.
    #[inline]
    pub(super) fn fetch_younger(&self, slot: SlotId) {
        let younger = self.links[place_of::<N>(slot)].younger;
        fetch(&raw const self.links[younger as usize]);
    }

    /// What is kept of a slot: the default, if it is in no list.
    #[inline]
    pub(super) fn get(&self, slot: SlotId) -> T {
        let link = self.links.get(place_of::<N>(slot));
        link.map_or(T::default(), |link| link.more)
    }

    /// One more than the highest slot that was ever in a list.
    pub(super) fn slots(&self) -> usize {
        self.links.len() - N
    }

    /// Adds a slot that is in no list at the young end of this one.
    #[inline]
    pub(super) fn push(&mut self, list: usize, slot: SlotId) {
        self.push_with(list, slot, T::default());
    }

    /// The same, with what is to be kept of it.
    #[inline(always)]
    pub(super) fn push_with(&mut self, list: usize, slot: SlotId, more: T) {
        let place = place_of::<N>(slot);
        self.reach(place);
        let bits = list as u32 * LIST;
        let older = std::mem::replace(&mut self.links[list].older, place as u32 | bits);
        self.links[place] = Link {
            older,
            younger: list as u32,
            more,
        };
        self.links[(older % LIST) as usize].younger = place as u32;
        self.lens[list] += 1;
    }

    /// Takes a slot out of its list. What was kept of it is the default from now on.
    #[inline]
    pub(super) fn unlink(&mut self, slot: SlotId) -> Unlinked<T> {
        let link = &mut self.links[place_of::<N>(slot)];
        let Link { older, younger, .. } = *link;
        let more = std::mem::take(&mut link.more);
        self.links[(older % LIST) as usize].younger = younger;
        self.links[younger as usize].older = older;
        self.lens[(older / LIST) as usize] -= 1;
        Unlinked {
            more,
            older: slot_at::<N>(older % LIST),
            younger: slot_at::<N>(younger),
        }
    }

    /// Makes a slot the youngest of this list, whichever it is in now.
    #[inline]
    pub(super) fn renew(&mut self, list: usize, slot: SlotId) {
        let more = self.unlink(slot).more;
        self.push_with(list, slot, more);
    }

    /// Puts the slot `new`, which is in no list, in the place of `old`, with what is kept of that.
    pub(super) fn replace(&mut self, old: SlotId, new: SlotId) {
        let link = self.links[place_of::<N>(old)];
        self.links[place_of::<N>(old)].more = T::default();
        let place = place_of::<N>(new);
        self.reach(place);
        self.links[place] = link;
        self.links[(link.older % LIST) as usize].younger = place as u32;
        let bits = link.older / LIST * LIST;
        self.links[link.younger as usize].older = place as u32 | bits;
    }

    /// Takes all slots out. Their links' memory stays.
    pub(super) fn clear(&mut self) {
        self.links.clear();
        self.links.extend(Self::rings());
        self.lens = [0; N];
    }

    /// Makes sure that there is a link at this place. There is more room each time by an eighth, not by as much again: of
    /// a million entries' links no megabytes are to stand empty.
    #[inline]
    fn reach(&mut self, place: usize) {
        if place >= self.links.len() {
            self.grow(place);
        }
    }

    #[cold]
    fn grow(&mut self, place: usize) {
        if place >= self.links.capacity() {
            let more = (place / 8).max(FEW);
            self.links
                .reserve_exact((place + 1 - self.links.len()) + more);
        }
        self.links.resize(place + 1, Link::default());
    }

    /// The slots of a list, the oldest first.
    pub(super) fn iter(&self, list: usize) -> impl Iterator<Item = SlotId> {
        std::iter::successors(self.oldest(list), |&slot| self.younger(slot))
    }
}

#[inline]
fn place_of<const N: usize>(slot: SlotId) -> usize {
    slot as usize + N
}

/// The slot at a place, if it is not the link of a list.
#[inline]
fn slot_at<const N: usize>(place: u32) -> Option<SlotId> {
    place.checked_sub(N as u32)
}

#[cfg(test)]
mod tests {
    use super::super::models::Rng;
    use super::*;

    #[test]
    fn does_what_vectors_do() {
        let mut rng = Rng(1);
        let mut lists = Lists::<3, u32>::default();
        let mut naive = [const { Vec::new() }; 3];
        for _ in 0..20_000 {
            let slot = rng.below(50) as SlotId;
            let list = rng.below(3);
            let held = (0..3).find(|&held| naive[held].contains(&slot));
            match (held, rng.below(3)) {
                (None, _) => {
                    lists.push_with(list, slot, slot + 1);
                    naive[list].push(slot);
                }
                (Some(held), what) => {
                    assert_eq!(lists.list_of(slot), held);
                    let at = naive[held].iter().position(|&other| other == slot);
                    let at = at.unwrap();
                    assert_eq!(lists.younger(slot), naive[held].get(at + 1).copied());
                    let older = at.checked_sub(1).map(|at| naive[held][at]);
                    assert_eq!(lists.older(slot), older);
                    match what {
                        0 => {
                            let gone = lists.unlink(slot);
                            let younger = naive[held].get(at + 1).copied();
                            assert_eq!((gone.older, gone.younger), (older, younger));
                        }
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
                assert_eq!(lists.youngest(list), naive.last().copied());
                assert_eq!(lists.len(list), naive.len());
                assert!(lists.iter(list).eq(naive.iter().copied()));
            }
            assert_eq!(lists.total(), naive.iter().map(Vec::len).sum::<usize>());
            let is_kept = |slot| naive.iter().any(|list| list.contains(&slot));
            assert!(
                (0..100).all(|slot| lists.get(slot) == if is_kept(slot) { slot + 1 } else { 0 })
            );
        }
    }
}
