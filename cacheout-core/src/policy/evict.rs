//! What a shard and its policy tell each other.

use crate::slots::{Mark, SlotId};

/// A point in the order of a cache's operations: of an entry's last `set`, or, where the policy
/// [orders by use](super::Policy::orders_by_use), of its last use.
pub(crate) type Stamp = u64;

/// What a use does for the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Uses {
    /// Nothing.
    Ignored,
    /// It raises the entry's mark, up to this.
    Marked(u8),
    /// It raises the entry's mark, and each use counts.
    Counted,
    /// The policy is told of it ([`Evict::hit`]), under the shard's lock.
    Told,
}

impl Uses {
    /// Leaves the mark of one use.
    #[inline]
    pub(crate) fn leave(self, mark: &Mark) {
        match self {
            Uses::Ignored | Uses::Told => {}
            Uses::Marked(limit) => {
                mark.raise(limit.into());
            }
            Uses::Counted => mark.count(),
        }
    }
}

/// The marks that uses left in the entries of a shard, and what is known of their keys.
pub(crate) trait Marks {
    fn get(&self, slot: SlotId) -> u32;
    fn set(&self, slot: SlotId, mark: u32);
    /// 32 bits of the key's hash, not all of them zero.
    fn word(&self, slot: SlotId) -> u32;
    /// The mark and the word.
    #[inline]
    fn look(&self, slot: SlotId) -> (u32, u32) {
        (self.get(slot), self.word(slot))
    }

    /// Has the memory of an entry arrive: it is about to be asked about.
    fn fetch(&self, _: SlotId) {}
}

/// What a policy does. The slots are those of one shard, and calls come in the order of the shard's operations.
///
/// Uses leave marks, which the policy finds when it looks for a victim; only where [`Uses::Told`] is its policy's kind,
/// it is told of them.
pub(crate) trait Evict {
    /// An entry of this key is about to be inserted. A policy that will look something up for it has that memory arrive.
    #[inline]
    fn prefetch(&self, _word: u32) {}

    /// A new entry stands in `slot`. `word` is that of its key, see [`Marks::word`].
    fn insert(&mut self, slot: SlotId, word: u32);

    /// A key was set again: its entry, which stood in `old`, is in `new`, with a mark of zero.
    fn replace(&mut self, old: SlotId, new: SlotId, marks: &impl Marks) {
        self.remove(old);
        self.insert(new, marks.word(new));
    }

    /// A slot's entry was used.
    fn hit(&mut self, _: SlotId) {}

    /// A slot was emptied, for whatever reason but the one of [`evict`](Self::evict).
    fn remove(&mut self, slot: SlotId);

    /// Whose turn it is to leave. Asked again at once, it answers the same, unless it is drawn.
    fn victim(&mut self, marks: &impl Marks) -> Option<SlotId>;

    /// The victim leaves for want of room.
    fn evict(&mut self, slot: SlotId, _word: u32) {
        self.remove(slot);
    }

    /// The victim leaves for a new entry, which stands in `slot`: [`victim`](Self::victim), [`evict`](Self::evict) and
    /// [`insert`](Self::insert) in one. None, and nothing is done, if there is no other entry.
    /// The new one cannot be found yet, and its mark is not to be asked for.
    #[inline(never)] // so that no policy pays for the registers of another
    fn evict_for(&mut self, slot: SlotId, word: u32, marks: &impl Marks) -> Option<SlotId> {
        let victim = self.victim(marks)?;
        self.evict(victim, marks.word(victim));
        self.insert(slot, word);
        Some(victim)
    }

    /// An entry was inserted, and another will leave for the next one: a policy that knows which has its memory arrive.
    #[inline]
    fn prefetch_victim(&mut self, _: &impl Marks) {}

    /// How urgently the victim `slot`, filed under `stamp`, leaves; of several shards' victims the smallest goes first.
    fn rank(&mut self, _slot: SlotId, stamp: Stamp, _: &impl Marks) -> Rank {
        (0, stamp)
    }

    /// All slots were emptied. What was learned may stay.
    fn clear(&mut self);

    /// All slots, in the policy's order, as far as it has one: the oldest first.
    fn order(&self) -> Vec<SlotId>;
}

/// How many entries a policy that gives second chances passes over for one victim; then the next one leaves, used or not
/// (its mark is taken away, so that it is named again).
/// So nobody waits for a pass over a million entries that were all used. From 64 on, hit ratios hardly depend on it.
pub(super) const PATIENCE: usize = 128;

/// See [`Evict::rank`].
pub(crate) type Rank = (u64, Stamp);
