//! Deadlines in sorted lists: what has the same ttl expires in the order in which it was set.

use crate::slots::SlotId;

use crate::clock::Nanos;

/// Some lists, each with its deadlines in ascending order. Who does not fit behind one of them is refused.
///
/// As many ttls can be in use at once as there are lists, and each operation still takes constant time and eight bytes a
/// slot; what a heap takes more of both is left to the rest.
pub(super) struct Lanes {
    /// The ends of the lists come first, one for each, and then the slots: each list is a ring through its own end.
    links: Vec<Link>,
}

#[derive(Clone, Copy)]
struct Link {
    before: u32,
    after: u32,
}

const LANES: u32 = 4;

/// A slot in no list.
const LOOSE: Link = Link {
    before: u32::MAX,
    after: u32::MAX,
};

impl Default for Lanes {
    fn default() -> Self {
        let ring = |at| Link {
            before: at,
            after: at,
        };
        Lanes {
            links: (0..LANES).map(ring).collect(),
        }
    }
}

fn slot_at(at: u32) -> Option<SlotId> {
    at.checked_sub(LANES)
}

impl Lanes {
    /// Takes room for so many slots, and for a fourth more when there has to be more.
    fn reserve(&mut self, slots: usize) {
        let (wanted, present) = (slots + LANES as usize, self.links.len());
        if wanted > self.links.capacity() {
            self.links.reserve_exact(wanted - present + present / 4);
        }
        if wanted > present {
            self.links.resize(wanted, LOOSE);
        }
    }

    /// The first slot of each list that has any.
    pub(super) fn firsts(&self) -> impl Iterator<Item = SlotId> + '_ {
        let lanes = self.links[..LANES as usize].iter();
        lanes.filter_map(|lane| slot_at(lane.after))
    }

    /// Files a slot that is in no list, behind the latest deadline before its own. False if there is no list for it.
    pub(super) fn push(
        &mut self,
        slot: SlotId,
        deadline: Nanos,
        deadline_of: impl Fn(SlotId) -> Nanos,
    ) -> bool {
        let last = |lane: u32| slot_at(self.links[lane as usize].before).map_or(0, &deadline_of);
        let fitting = (0..LANES).map(|lane| (last(lane), lane));
        let best = fitting.filter(|&(last, _)| last <= deadline).max();
        let Some((_, lane)) = best else { return false };
        self.reserve(slot as usize + 1);
        let at = slot + LANES;
        let before = self.links[lane as usize].before;
        self.links[at as usize] = Link {
            before,
            after: lane,
        };
        self.links[before as usize].after = at;
        self.links[lane as usize].before = at;
        true
    }

    /// Takes a slot out of its list; false if it is in none.
    pub(super) fn remove(&mut self, slot: SlotId) -> bool {
        let at = slot as usize + LANES as usize;
        let Some(&link) = self.links.get(at) else {
            return false;
        };
        if link.after == LOOSE.after {
            return false;
        }
        self.links[at] = LOOSE;
        self.links[link.before as usize].after = link.after;
        self.links[link.after as usize].before = link.before;
        true
    }
}
