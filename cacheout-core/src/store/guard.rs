//! Locked shards: what has to be done when they are let go.

use std::ops::{Deref, DerefMut};

use super::shard::Shard;
use super::sharded::Cell;
use crate::clock::NEVER;
use crate::listener::Removals;
use crate::slots::{Held, Node, Pinned, Settle, SlotId};
use crate::sync::Padded;
use crate::sync::atomic::Ordering::Relaxed;

/// Lets a shard's next deadline be there for all to see, and gathers what was taken out and is read by nobody any more, to be
/// dropped when no lock is held.
impl<K, V> Settle<Shard<K, V>> for &Cell<K, V> {
    type Left = Vec<Node<K, V>>;

    #[inline]
    fn is_settled(&self, shard: &Shard<K, V>) -> bool {
        shard.is_still() && !shard.has_deadlines() && self.next_deadline.load(Relaxed) == NEVER
    }

    fn settle(&self, shard: &mut Shard<K, V>) -> Vec<Node<K, V>> {
        shard.collect_waiting();
        let next = shard.next_deadline();
        if self.next_deadline.load(Relaxed) != next {
            self.next_deadline.store(next, Relaxed);
        }
        shard.take_dead()
    }
}

/// A locked shard, one of several perhaps. Before it is let go, it has to be [settled](Self::settle).
pub(crate) struct Locked<'a, K, V> {
    shard: Held<'a, Shard<K, V>>,
    cell: &'a Cell<K, V>,
}

impl<'a, K, V> Locked<'a, K, V> {
    #[inline(always)]
    pub(super) fn lock(cell: &'a Cell<K, V>) -> Self {
        Locked {
            shard: cell.shard.0.lock(),
            cell,
        }
    }

    fn settle(&mut self, dead: &mut Vec<Node<K, V>>) {
        dead.append(&mut self.cell.settle(&mut self.shard));
    }

    /// Lets the shard go. What was taken out of it is dropped with `removals`, as more is locked than this.
    pub(super) fn release(mut self, removals: &mut Removals<K, V>) {
        let mut dead = Vec::new();
        self.settle(&mut dead);
        removals.bury(dead);
    }
}

impl<K, V> Deref for Locked<'_, K, V> {
    type Target = Shard<K, V>;

    #[inline]
    fn deref(&self) -> &Shard<K, V> {
        &self.shard
    }
}

impl<K, V> DerefMut for Locked<'_, K, V> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Shard<K, V> {
        &mut self.shard
    }
}

/// A locked shard, the only one that its thread has locked. When it is let go, what was taken out is dropped.
pub(crate) struct Guard<'a, K, V>(Held<'a, Shard<K, V>, &'a Cell<K, V>>);

impl<'a, K, V> Guard<'a, K, V> {
    #[inline(always)]
    pub(super) fn lock(cell: &'a Cell<K, V>) -> Self {
        Guard(cell.shard.0.lock_to_settle(cell))
    }

    /// Keeps the value of an entry, which is in use, beyond this guard.
    #[inline]
    pub(crate) fn pin(&mut self, slot: SlotId) -> Pinned<'a, K, V>
    where
        V: Clone,
    {
        // afterwards, this thread itself would be among those who are waited for
        self.0.collect_waiting();
        let cell: &'a Cell<K, V> = self.0.settler();
        self.0.pin_for(&cell.view, slot)
    }
}

impl<K, V> Deref for Guard<'_, K, V> {
    type Target = Shard<K, V>;

    #[inline]
    fn deref(&self) -> &Shard<K, V> {
        &self.0
    }
}

impl<K, V> DerefMut for Guard<'_, K, V> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Shard<K, V> {
        &mut self.0
    }
}

/// All shards, locked. What was taken out of any is dropped when none is locked any more.
pub(super) struct Guards<'a, K, V> {
    // let go first, as above
    shards: Vec<Locked<'a, K, V>>,
    dead: Vec<Node<K, V>>,
}

impl<'a, K, V> Guards<'a, K, V> {
    pub(super) fn lock(cells: &'a [Padded<Cell<K, V>>]) -> Self {
        let mut shards = Vec::with_capacity(cells.len());
        for cell in cells {
            shards.push(Locked::lock(&cell.0));
        }
        let dead = Vec::new();
        Guards { shards, dead }
    }

    /// Lets them go. What was taken out is dropped with `removals`, as more is locked than these.
    pub(super) fn release(mut self, removals: &mut Removals<K, V>) {
        for shard in self.shards.drain(..) {
            shard.release(removals);
        }
    }
}

impl<'a, K, V> Deref for Guards<'a, K, V> {
    type Target = [Locked<'a, K, V>];

    fn deref(&self) -> &[Locked<'a, K, V>] {
        &self.shards
    }
}

impl<'a, K, V> DerefMut for Guards<'a, K, V> {
    fn deref_mut(&mut self) -> &mut [Locked<'a, K, V>] {
        &mut self.shards
    }
}

impl<K, V> Drop for Guards<'_, K, V> {
    fn drop(&mut self) {
        for shard in &mut self.shards {
            shard.settle(&mut self.dead);
        }
    }
}
