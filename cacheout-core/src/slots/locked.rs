//! Slots that are read under the lock of their shard: no unsafe code.

use std::convert::Infallible;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use hashbrown::HashTable;

use super::{Look, Mark, Node, Settle, SlotId};
use crate::clock::{NEVER, Nanos};
use crate::hash::{HashWord, KeyHash, stretch};
use crate::sync::{Lock, MutexGuard};

/// What one thread at a time may use.
pub(crate) struct Guarded<T>(Lock<T>);

impl<T> Guarded<T> {
    pub(crate) fn new(value: T) -> Self {
        Guarded(Lock::new(value))
    }

    pub(crate) fn lock(&self) -> Held<'_, T> {
        self.lock_to_settle(())
    }

    pub(crate) fn lock_to_settle<S: Settle<T>>(&self, settler: S) -> Held<'_, T, S> {
        Held {
            value: self.0.lock(),
            left: None,
            settler,
        }
    }
}

/// While this lives, its thread has the value, which is settled before it is let go.
pub(crate) struct Held<'a, T, S: Settle<T> = ()> {
    // let go first
    value: MutexGuard<'a, T>,
    left: Option<S::Left>,
    settler: S,
}

impl<T, S: Settle<T>> Held<'_, T, S> {
    pub(crate) fn settler(&self) -> &S {
        &self.settler
    }
}

impl<T, S: Settle<T>> Deref for Held<'_, T, S> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T, S: Settle<T>> DerefMut for Held<'_, T, S> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T, S: Settle<T>> Drop for Held<'_, T, S> {
    fn drop(&mut self) {
        if !self.settler.is_settled(&self.value) {
            self.left = Some(self.settler.settle(&mut self.value));
        }
    }
}

/// Without unsafe code there is no way to ask for memory ahead of time.
#[inline]
pub(crate) fn fetch<T>(_: *const T) {}

/// Leaves every read to the lock.
///
/// It crosses threads where the other engine's does.
pub(crate) struct View<K, V>(PhantomData<Arc<(K, V)>>);

impl<K, V> View<K, V> {
    #[inline(always)]
    pub(crate) fn glance<const ASKS: bool, R>(
        &self,
        _: HashWord,
        _: impl Fn(&K) -> bool,
        _: impl FnOnce(&Mark) -> bool,
        _: impl FnOnce(&V) -> R,
        _: impl FnOnce(Candidate<'_, K, V>) -> R,
        missing: impl FnOnce(bool) -> R,
    ) -> R {
        missing(false)
    }

    pub(crate) fn read<R>(
        &self,
        _: HashWord,
        _: impl Fn(&K) -> bool,
        _: impl FnOnce(&Node<K, V>, EndOf) -> Option<R>,
    ) -> Look<R> {
        Look::Unknown
    }
}

/// The views of all shards: one does for all.
pub(crate) struct Views<K, V>(View<K, V>);

impl<K, V> Views<K, V> {
    pub(crate) fn new(_: usize, _: usize) -> Self {
        Views(View(PhantomData))
    }

    pub(crate) fn view(&self, _: usize) -> View<K, V> {
        self.0.clone()
    }

    #[inline]
    pub(crate) fn of(&self, _: KeyHash) -> &View<K, V> {
        &self.0
    }
}

impl<K, V> Clone for View<K, V> {
    fn clone(&self) -> Self {
        View(PhantomData)
    }
}

/// Nothing is found without the lock.
pub(crate) struct Candidate<'a, K, V>(Infallible, PhantomData<&'a (K, V)>);

impl<K, V> Candidate<'_, K, V> {
    pub(crate) fn read<R>(self, _: impl FnOnce(&Node<K, V>, EndOf) -> Option<R>) -> Option<R> {
        match self.0 {}
    }
}

/// The end of a ttl that nobody has asked for.
pub(crate) struct EndOf;

impl EndOf {
    pub(crate) fn get(&self) -> Nanos {
        NEVER
    }
}

/// A value that outlives the lock: a copy.
pub(crate) struct Pinned<'a, K, V> {
    value: V,
    view: PhantomData<&'a View<K, V>>,
}

impl<K, V> Deref for Pinned<'_, K, V> {
    type Target = V;

    fn deref(&self) -> &V {
        &self.value
    }
}

/// Writes entries, and reads them: one for each shard, behind its lock. See the other engine's for what its methods do.
pub(crate) struct Owner<K, V> {
    index: HashTable<SlotId>,
    nodes: Vec<Option<Node<K, V>>>,
    free: Vec<SlotId>,
    ends: Ends,
    dead: Vec<Node<K, V>>,
}

/// The ends of ttls, by slot; slots that were never given one may be missing.
#[derive(Default)]
pub(crate) struct Ends(Vec<Nanos>);

impl Ends {
    pub(crate) fn of(&self, slot: SlotId) -> Nanos {
        self.0.get(slot as usize).copied().unwrap_or(NEVER)
    }

    fn set(&mut self, slot: SlotId, end: Nanos) {
        let at = slot as usize;
        if at < self.0.len() {
            self.0[at] = end;
        } else if end != NEVER {
            self.0.resize(at + 1, NEVER);
            self.0[at] = end;
        }
    }
}

/// A slot that was filled, and that the index does not name yet.
#[must_use]
pub(crate) struct Unlisted(SlotId);

impl Unlisted {
    pub(crate) fn slot(&self) -> SlotId {
        self.0
    }
}

const IN_USE: &str = "a slot that is named is in use";

impl<K, V> Owner<K, V> {
    pub(crate) fn alone(_: usize) -> Self {
        Owner {
            index: HashTable::new(),
            nodes: Vec::new(),
            free: Vec::new(),
            ends: Ends::default(),
            dead: Vec::new(),
        }
    }

    pub(crate) fn of(_: View<K, V>) -> Self {
        Owner::alone(0)
    }

    pub(crate) fn set_limit(&mut self, _: usize) {}

    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    pub(crate) fn slots(&self) -> Vec<SlotId> {
        self.index.iter().copied().collect()
    }

    pub(crate) fn node(&self, slot: SlotId) -> &Node<K, V> {
        self.nodes[slot as usize].as_ref().expect(IN_USE)
    }

    #[inline]
    pub(crate) fn fetch(&self, _: SlotId) {}

    pub(crate) fn pin<'a>(&self, _: &'a View<K, V>, slot: SlotId) -> Pinned<'a, K, V>
    where
        V: Clone,
    {
        Pinned {
            value: self.node(slot).value.clone(),
            view: PhantomData,
        }
    }

    pub(crate) fn glance(
        &self,
        _: HashWord,
        _: impl Fn(&K) -> bool,
        _: impl FnOnce(&Mark) -> bool,
    ) -> Option<&V> {
        None
    }

    pub(crate) fn find(&self, word: HashWord, is_key: impl Fn(&K) -> bool) -> Option<SlotId> {
        let is_it = |&slot: &SlotId| {
            let node = self.node(slot);
            node.word() == word && is_key(&node.key)
        };
        self.index.find(stretch(word), is_it).copied()
    }

    pub(crate) fn insert(&mut self, word: HashWord, key: K, value: V, end: Nanos) -> SlotId {
        let unlisted = self.fill(word, key, value, end);
        let slot = unlisted.slot();
        self.list(word, unlisted);
        slot
    }

    pub(crate) fn list(&mut self, word: HashWord, unlisted: Unlisted) {
        let nodes = &self.nodes;
        let hash_of = |&slot: &SlotId| {
            let node = nodes[slot as usize].as_ref();
            node.map_or(0, |node| stretch(node.word()))
        };
        self.index.insert_unique(stretch(word), unlisted.0, hash_of);
    }

    pub(crate) fn replace(&mut self, old: SlotId, key: K, value: V, end: Nanos) -> SlotId {
        let word = self.node(old).word();
        let Unlisted(slot) = self.fill(word, key, value, end);
        let entry = self.index.find_mut(stretch(word), |&other| other == old);
        *entry.expect(IN_USE) = slot;
        slot
    }

    pub(crate) fn give_up(&mut self, slot: SlotId) {
        let node = self.nodes[slot as usize].take().expect(IN_USE);
        self.dead.push(node);
        self.free.push(slot);
    }

    pub(crate) fn remove(&mut self, slot: SlotId) {
        let word = self.node(slot).word();
        let entry = self.index.find_entry(stretch(word), |&other| other == slot);
        if let Ok(entry) = entry {
            entry.remove();
        }
        self.give_up(slot);
    }

    pub(crate) fn clear(&mut self) {
        let slots = self.slots();
        self.index = HashTable::new();
        slots.into_iter().for_each(|slot| self.give_up(slot));
    }

    pub(crate) fn ends(&self) -> &Ends {
        &self.ends
    }

    pub(crate) fn set_end(&mut self, slot: SlotId, end: Nanos) {
        self.ends.set(slot, end);
    }

    pub(crate) fn fill(&mut self, word: HashWord, key: K, value: V, end: Nanos) -> Unlisted {
        let node = Node::new(key, value, word);
        node.mark.show();
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                self.nodes.push(None);
                SlotId::try_from(self.nodes.len() - 1).expect("fewer than 2^32 entries a shard")
            }
        };
        self.nodes[slot as usize] = Some(node);
        self.set_end(slot, end);
        Unlisted(slot)
    }

    pub(crate) fn collect_values(&mut self) {}

    pub(crate) fn collect_waiting(&mut self) {}

    pub(crate) fn is_quiet(&self) -> bool {
        self.dead.is_empty()
    }

    /// Whether nothing is to be [dropped](Self::take_dead).
    #[inline]
    pub(crate) fn is_still(&self) -> bool {
        self.dead.is_empty()
    }

    pub(crate) fn take_dead(&mut self) -> Vec<Node<K, V>> {
        std::mem::take(&mut self.dead)
    }
}
