//! A doubly linked list of slot numbers: every operation in constant time, eight bytes a slot.

use super::SlotId;

/// No slot: the end of the list.
const NIL: SlotId = SlotId::MAX;

#[derive(Clone, Copy)]
struct Link {
    older: SlotId,
    younger: SlotId,
}

/// Slots from the oldest to the youngest.
pub(super) struct List {
    links: Vec<Link>,
    oldest: SlotId,
    youngest: SlotId,
}

impl Default for List {
    fn default() -> Self {
        List {
            links: Vec::new(),
            oldest: NIL,
            youngest: NIL,
        }
    }
}

impl List {
    pub(super) fn oldest(&self) -> Option<SlotId> {
        (self.oldest != NIL).then_some(self.oldest)
    }

    pub(super) fn youngest(&self) -> Option<SlotId> {
        (self.youngest != NIL).then_some(self.youngest)
    }

    /// Adds a slot that is not in the list at the young end.
    #[inline]
    pub(super) fn push(&mut self, slot: SlotId) {
        let older = self.youngest;
        let link = Link {
            older,
            younger: NIL,
        };
        let at = slot as usize;
        if at >= self.links.len() {
            self.links.resize(at + 1, link);
        }
        self.links[at] = link;
        *self.younger_of(older) = slot;
        self.youngest = slot;
    }

    /// Takes a slot out that is in the list.
    #[inline]
    pub(super) fn unlink(&mut self, slot: SlotId) {
        let Link { older, younger } = self.links[slot as usize];
        *self.younger_of(older) = younger;
        *self.older_of(younger) = older;
    }

    /// Makes a slot of the list the youngest.
    #[inline]
    pub(super) fn renew(&mut self, slot: SlotId) {
        if slot != self.youngest {
            self.unlink(slot);
            self.push(slot);
        }
    }

    /// From the oldest to the youngest.
    pub(super) fn iter(&self) -> impl Iterator<Item = SlotId> + '_ {
        let younger = |&slot: &SlotId| {
            let next = self.links.get(slot as usize)?.younger;
            (next != NIL).then_some(next)
        };
        std::iter::successors(self.oldest(), younger)
    }

    /// Where the next younger neighbour of `slot` is written down; of no slot, that is the oldest.
    #[inline]
    fn younger_of(&mut self, slot: SlotId) -> &mut SlotId {
        match self.links.get_mut(slot as usize) {
            Some(link) => &mut link.younger,
            None => &mut self.oldest,
        }
    }

    #[inline]
    fn older_of(&mut self, slot: SlotId) -> &mut SlotId {
        match self.links.get_mut(slot as usize) {
            Some(link) => &mut link.older,
            None => &mut self.youngest,
        }
    }
}
