//! Locked shards: what has to be done when they are let go.

use std::ops::{Deref, DerefMut};

use super::shard::Shard;
use super::sharded::Cell;
use crate::clock::NEVER;
use crate::slots::{Held, Node, Pinned, SlotId};
use crate::sync::Padded;
use crate::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// A locked shard. When it is let go, its next deadline is there for all to see, and what was taken out is dropped.
pub(crate) struct Guard<'a, K, V> {
    // let go first: entries are dropped when no lock is held
    shard: Held<'a, Shard<K, V>>,
    dead: Vec<Node<K, V>>,
    cell: &'a Cell<K, V>,
    has_deadlines: &'a AtomicBool,
}

impl<'a, K, V> Guard<'a, K, V> {
    #[inline]
    pub(super) fn lock(cell: &'a Cell<K, V>, has_deadlines: &'a AtomicBool) -> Self {
        Guard {
            shard: cell.shard.0.lock(),
            dead: Vec::new(),
            cell,
            has_deadlines,
        }
    }

    /// Keeps the value of an entry, which is in use, beyond this guard.
    #[inline]
    pub(crate) fn pin(&mut self, slot: SlotId) -> Pinned<'a, K, V>
    where
        V: Clone,
    {
        // afterwards, this thread itself would be among those who are waited for
        self.shard.collect_waiting();
        self.shard.pin_for(&self.cell.view, slot)
    }
}

impl<K, V> Guard<'_, K, V> {
    #[inline(never)]
    fn show_next_deadline(&self) {
        let next = self.shard.next_deadline();
        if self.cell.next_deadline.load(Relaxed) != next {
            self.cell.next_deadline.store(next, Relaxed);
            self.has_deadlines.store(true, Relaxed);
        }
    }
}

impl<K, V> Deref for Guard<'_, K, V> {
    type Target = Shard<K, V>;

    #[inline]
    fn deref(&self) -> &Shard<K, V> {
        &self.shard
    }
}

impl<K, V> DerefMut for Guard<'_, K, V> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Shard<K, V> {
        &mut self.shard
    }
}

impl<K, V> Drop for Guard<'_, K, V> {
    #[inline]
    fn drop(&mut self) {
        self.shard.collect_waiting();
        if self.shard.has_dead() {
            self.dead = self.shard.take_dead();
        }
        if self.shard.has_deadlines() || self.cell.next_deadline.load(Relaxed) != NEVER {
            self.show_next_deadline();
        }
    }
}

/// All shards, locked. What was taken out of any is dropped when none is locked any more.
pub(super) struct Guards<'a, K, V> {
    shards: Vec<Guard<'a, K, V>>,
    dead: Vec<Node<K, V>>,
}

impl<'a, K, V> Guards<'a, K, V> {
    pub(super) fn lock(cells: &'a [Padded<Cell<K, V>>], has_deadlines: &'a AtomicBool) -> Self {
        let mut guards = Guards {
            shards: Vec::with_capacity(cells.len()),
            dead: Vec::new(),
        };
        for cell in cells {
            guards.shards.push(Guard::lock(&cell.0, has_deadlines));
        }
        guards
    }
}

impl<'a, K, V> Deref for Guards<'a, K, V> {
    type Target = [Guard<'a, K, V>];

    fn deref(&self) -> &[Guard<'a, K, V>] {
        &self.shards
    }
}

impl<'a, K, V> DerefMut for Guards<'a, K, V> {
    fn deref_mut(&mut self) -> &mut [Guard<'a, K, V>] {
        &mut self.shards
    }
}

impl<K, V> Drop for Guards<'_, K, V> {
    fn drop(&mut self) {
        for shard in &mut self.shards {
            self.dead.append(&mut shard.take_dead());
        }
    }
}
