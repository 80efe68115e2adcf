//! The readers' half of a cache's slots.
#![expect(unsafe_code, reason = "memory is found by its number on every read")]

use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::Arc;

use super::limbo;
use super::seats::Layout;
use super::shared::Shared;
use crate::hash::KeyHash;
use crate::slots::Node;

/// Reads all shards of a cache without a lock. Their memory stands side by side: so a read comes to it by one load.
pub(crate) struct Views<K, V> {
    /// The largest distance of a shard from the first.
    mask: usize,
    first: View<K, V>,
}

/// Distances are counted in bytes: the size of a shard's memory is a power of two. (The model checker's atomics are larger.)
const SCALE: u32 = if cfg!(shuttle) { 0 } else { 9 };

impl<K, V> Views<K, V> {
    /// Memory for so many shards, a power of two, of so many entries each.
    pub(crate) fn new(shards: usize, limit: usize) -> Self {
        assert!(shards.is_power_of_two());
        // beside the entries, two batches that were given up take slots for a while
        let slots = limit.saturating_add(2 * limbo::batch::<Node<K, V>>(limit));
        let layout = Layout::expecting(slots, size_of::<Node<K, V>>());
        let mask = (shards - 1) << SCALE;
        let shards: Arc<[_]> = (0..shards).map(|_| Shared::new(layout)).collect();
        Views {
            mask,
            first: View::new(&shards, 0),
        }
    }

    /// One of the shards.
    pub(crate) fn view(&self, number: usize) -> View<K, V> {
        View::new(&self.first.shards, number)
    }

    /// The memory of a hash's shard, to be read.
    #[inline]
    pub(crate) fn of(&self, hash: KeyHash) -> &Shared<K, V> {
        let distance = hash.scaled_shard(self.mask, SCALE);
        if cfg!(shuttle) {
            return &self.first.shards[distance];
        }
        const { assert!(cfg!(shuttle) || size_of::<Shared<K, V>>() == 1 << SCALE) };
        // SAFETY: what is masked is at most the mask, so the distance of the last shard, and a multiple of their size
        unsafe { self.first.shard.byte_add(distance).as_ref() }
    }
}

/// The memory of one shard.
pub(crate) struct View<K, V> {
    shard: NonNull<Shared<K, V>>,
    /// Which it is one of.
    shards: Arc<[Shared<K, V>]>,
}

// SAFETY: the pointer is one to what is shared beside it.
unsafe impl<K, V> Send for View<K, V> where Arc<[Shared<K, V>]>: Send {}
// SAFETY: as above
unsafe impl<K, V> Sync for View<K, V> where Arc<[Shared<K, V>]>: Sync {}

impl<K, V> View<K, V> {
    /// That of the shard of this number, which there must be. The pointer is made from that to all shards, and may go to them.
    fn new(shards: &Arc<[Shared<K, V>]>, number: usize) -> Self {
        assert!(number < shards.len());
        let first = NonNull::from(&**shards).cast::<Shared<K, V>>();
        View {
            // SAFETY: there is such a shard
            shard: unsafe { first.add(number) },
            shards: Arc::clone(shards),
        }
    }
}

impl<K, V> Clone for View<K, V> {
    fn clone(&self) -> Self {
        View {
            shard: self.shard,
            shards: Arc::clone(&self.shards),
        }
    }
}

impl<K, V> Deref for View<K, V> {
    type Target = Shared<K, V>;

    #[inline]
    fn deref(&self) -> &Shared<K, V> {
        // SAFETY: it is one of the shards, which live as long as this; they are changed by their atomics and cells alone
        unsafe { self.shard.as_ref() }
    }
}
