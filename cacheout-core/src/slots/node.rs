//! An entry in its slot.

use std::sync::atomic::AtomicU32 as Unshared; // not the model checker's: one thread at a time uses it

use crate::hash::HashWord;
use crate::sync::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};

pub(crate) struct Node<K, V> {
    pub(crate) key: K,
    pub(crate) value: V,
    pub(super) word: Word,
    pub(crate) mark: Mark,
}

impl<K, V> Node<K, V> {
    pub(super) fn new(key: K, value: V, word: HashWord) -> Self {
        Node {
            key,
            value,
            word: Word(Unshared::new(word.get())),
            mark: Mark(AtomicU32::new(HIDDEN)),
        }
    }

    /// The word of its key's hash, for who has its shard's lock.
    #[inline]
    pub(crate) fn word(&self) -> HashWord {
        self.word.get().unwrap_or(HashWord::MAX)
    }
}

/// The word of an entry's key; none, once the entry was given up. Its shard's owner alone reads and writes it, though others may
/// look at the entry.
pub(super) struct Word(Unshared);

#[cfg_attr(
    cacheout_locked_reads,
    expect(dead_code, reason = "there slots know whether they are empty")
)]
impl Word {
    pub(super) fn none() -> Self {
        Word(Unshared::new(0))
    }

    #[inline]
    pub(super) fn get(&self) -> Option<HashWord> {
        HashWord::new(self.0.load(Relaxed))
    }

    #[inline]
    pub(super) fn forget(&self) {
        self.0.store(0, Relaxed);
    }
}

/// What uses leave in an entry, for its policy to find when it looks for a victim.
pub(crate) struct Mark(AtomicU32);

/// The mark of an entry on its way in, which must not be used yet: who comes later might not find it.
const HIDDEN: u32 = 1 << 30;

impl Mark {
    /// Whoever gets the mark of an entry that is not hidden sees all that was done to let it be found.
    #[inline]
    pub(crate) fn get(&self) -> u32 {
        self.0.load(Acquire)
    }

    #[inline]
    pub(crate) fn is_hidden(&self) -> bool {
        self.get() == HIDDEN
    }

    /// The entry is to be found now, wherever it is looked for.
    #[inline]
    pub(super) fn show(&self) {
        self.0.store(0, Release);
    }

    /// Released, so that what was to be seen with the mark before is to be seen with this one.
    #[inline]
    pub(crate) fn set(&self, mark: u32) {
        self.0.store(mark, Release);
    }

    /// One more use, counted up to `limit`: a mark that has reached it is not written any more, so that what many
    /// threads read stays in the cache of each. Of uses at the same moment some may be lost. Answers whether it was below.
    #[inline]
    pub(crate) fn raise(&self, limit: u32) -> bool {
        let mark = self.get();
        let is_below = mark < limit;
        if is_below {
            self.set(mark + 1);
        }
        is_below
    }

    /// One more use, none of which is lost.
    #[inline]
    pub(crate) fn count(&self) {
        if self.get() < HIDDEN / 2 {
            self.0.fetch_add(1, Relaxed);
        }
    }
}
