//! A four-ary heap of slots that knows where each slot stands, so that any of them can be moved or removed.
//!
//! Four children a node: half the depth of a binary heap, and siblings lie on one or two cache lines (`LaMarca` and
//! Ladner, "The influence of caches on the performance of heaps", 1996).

use super::SlotId;

const ARITY: usize = 4;
const ABSENT: u32 = u32::MAX;

/// Slots by their keys, the smallest first. Each operation takes O(log n).
pub(crate) struct IndexedHeap<T> {
    nodes: Vec<(T, SlotId)>,
    /// Where a slot stands in `nodes`.
    places: Vec<u32>,
}

impl<T> Default for IndexedHeap<T> {
    fn default() -> Self {
        IndexedHeap {
            nodes: Vec::new(),
            places: Vec::new(),
        }
    }
}

impl<T: Ord + Copy> IndexedHeap<T> {
    pub(crate) fn first(&self) -> Option<(T, SlotId)> {
        self.nodes.first().copied()
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// All slots with their keys, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (T, SlotId)> + '_ {
        self.nodes.iter().copied()
    }

    /// Files `slot` under `key`, whether it was there under another one or not.
    pub(crate) fn set(&mut self, slot: SlotId, key: T) {
        if let Some(at) = self.place(slot) {
            self.nodes[at].0 = key;
            let at = self.rise(at);
            self.sink(at);
            return;
        }
        let at = slot as usize;
        if at >= self.places.len() {
            self.places.resize(at + 1, ABSENT);
        }
        self.nodes.push((key, slot));
        self.rise(self.nodes.len() - 1);
    }

    /// Takes `slot` out, if it is there; answers whether it was.
    pub(crate) fn remove(&mut self, slot: SlotId) -> bool {
        let Some(at) = self.place(slot) else {
            return false;
        };
        self.places[slot as usize] = ABSENT;
        self.nodes.swap_remove(at);
        if at < self.nodes.len() {
            let at = self.rise(at);
            self.sink(at);
        }
        true
    }

    fn place(&self, slot: SlotId) -> Option<usize> {
        let place = *self.places.get(slot as usize)?;
        (place != ABSENT).then_some(place as usize)
    }

    /// Moves the node at `at` up to where it belongs; answers where that is.
    fn rise(&mut self, mut at: usize) -> usize {
        let node = self.nodes[at];
        while at > 0 {
            let parent = (at - 1) / ARITY;
            if self.nodes[parent].0 <= node.0 {
                break;
            }
            self.put(at, self.nodes[parent]);
            at = parent;
        }
        self.put(at, node);
        at
    }

    /// Moves the node at `at` down to where it belongs.
    fn sink(&mut self, mut at: usize) {
        let node = self.nodes[at];
        loop {
            let children = at * ARITY + 1..(at * ARITY + 1 + ARITY).min(self.nodes.len());
            let Some(least) = children.min_by_key(|&child| self.nodes[child].0) else {
                break;
            };
            if node.0 <= self.nodes[least].0 {
                break;
            }
            self.put(at, self.nodes[least]);
            at = least;
        }
        self.put(at, node);
    }

    fn put(&mut self, at: usize, node: (T, SlotId)) {
        self.nodes[at] = node;
        // a heap holds at most as many nodes as there are slots, and those are counted in 32 bits
        self.places[node.1 as usize] = at as u32;
    }
}
