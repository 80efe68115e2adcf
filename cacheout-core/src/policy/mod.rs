//! Eviction policies: who leaves when there is no more room.
//!
//! A policy knows entries by their slot's number alone. It is told of every insertion, use and removal, and names the
//! next victim; the shard does the rest. Each policy is a file of its own; this one holds their common trait and the
//! one place where a cache's policy is chosen among them.

mod adaptive;
mod ghosts;
mod heap;
mod lfu;
mod lists;
mod order;
mod random;
mod s3fifo;
mod sieve;
mod sketch;
mod tinylfu;

#[cfg(test)]
mod models;

use std::fmt;
use std::str::FromStr;

pub(crate) use heap::IndexedHeap;

use crate::error::Error;
use adaptive::Adaptive;
use lfu::Lfu;
use order::{ByOrder, End};
use random::Random;
use s3fifo::S3Fifo;
use sieve::Sieve;
use tinylfu::TinyLfu;

use crate::slots::Mark;
pub(crate) use crate::slots::SlotId;

/// A point in the order of a cache's operations: of an entry's last `set`, or, where the policy
/// [orders by use](Policy::orders_by_use), of its last use.
pub(crate) type Stamp = u64;

/// Which entry leaves when the cache is full.
///
/// The classic ones, from `Fifo` to `Random`, are exact for caches of up to 1,024 entries, for unbounded ones, and wherever
/// [`shards(1)`](crate::CacheBuilder::shards) is asked for; a larger cache applies its policy in each of its shards. The
/// others learn of uses by marks that reads leave in the entries, so that reads need no lock. Which one suits a workload,
/// and at what size, is shown by the example `policies`, which replays traces.
///
/// ```
/// use cacheout::{Cache, Policy};
///
/// let cache = Cache::builder().max_size(2).policy(Policy::Lru).build();
/// cache.set("a", 1);
/// cache.set("b", 2);
/// cache.get(&"a");
/// cache.set("c", 3);
/// assert_eq!(cache.keys(), ["a", "c"]);
/// assert_eq!("lru".parse::<Policy>().unwrap(), Policy::Lru);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Policy {
    /// First in, first out: the entry that was set first. Setting a key again makes it the newest.
    Fifo,
    /// Last in, first out: the entry that was set last.
    Lifo,
    /// The least recently used: the entry that was neither read nor set for the longest time. Reads take the lock of their
    /// shard, as each moves its entry.
    Lru,
    /// The most recently used: the entry that was read or set last. Reads take the lock, as under `Lru`.
    Mru,
    /// The least frequently used; of those used equally often, the one that was set first. Setting a key starts its
    /// count anew.
    Lfu,
    /// Any entry, each with the same probability.
    Random,
    /// SIEVE: a queue from which entries leave that were not used since a hand passed over them (Zhang et al., NSDI 2024).
    /// The simplest that beats LRU on web traffic.
    Sieve,
    /// S3-FIFO: a small queue for what is new, a main one for what was used, and a memory of what left unused (Yang et
    /// al., SOSP 2023).
    S3Fifo,
    /// W-TinyLFU: a window for what is new, and a main part that is entered by those alone that are asked for more often
    /// than whom they displace. The window adapts to what is asked for, from recency over frequency to loops (Einziger et
    /// al., ACM TOS 2017 and Middleware 2018).
    TinyLfu,
    /// The default: whoever promises the fewest hits for the time it would stay, as its like have taught. After what time
    /// entries are used again that were used once, twice, and more often, is observed while the cache runs, ghosts of
    /// those that left included; so recency, frequency, loops and mixtures of them are each served as they come, without
    /// a setting (after LHD: Beckmann, Chen, Cidon, NSDI 2018). A miss in a
    /// full cache takes some 60 nanoseconds more than under `Fifo`.
    #[default]
    Adaptive,
}

impl Policy {
    /// Every policy.
    pub const ALL: [Policy; 10] = [
        Policy::Fifo,
        Policy::Lifo,
        Policy::Lru,
        Policy::Mru,
        Policy::Lfu,
        Policy::Random,
        Policy::Sieve,
        Policy::S3Fifo,
        Policy::TinyLfu,
        Policy::Adaptive,
    ];

    /// The policy's name in lower case, as [`FromStr`] reads it.
    ///
    /// ```
    /// assert_eq!(cacheout::Policy::Fifo.name(), "fifo");
    /// ```
    pub const fn name(self) -> &'static str {
        match self {
            Policy::Fifo => "fifo",
            Policy::Lifo => "lifo",
            Policy::Lru => "lru",
            Policy::Mru => "mru",
            Policy::Lfu => "lfu",
            Policy::Random => "random",
            Policy::Sieve => "sieve",
            Policy::S3Fifo => "s3fifo",
            Policy::TinyLfu => "tinylfu",
            Policy::Adaptive => "adaptive",
        }
    }

    /// Whether a use moves an entry to the young end of the order that `keys` shows.
    pub(crate) const fn orders_by_use(self) -> bool {
        matches!(self, Policy::Lru | Policy::Mru)
    }

    /// What a use does.
    pub(crate) const fn uses(self) -> Uses {
        match self {
            Policy::Fifo | Policy::Lifo | Policy::Random => Uses::Ignored,
            Policy::Lru | Policy::Mru => Uses::Told,
            Policy::Lfu => Uses::Counted,
            Policy::Sieve => Uses::Marked(Sieve::MARK_LIMIT),
            Policy::S3Fifo => Uses::Marked(S3Fifo::MARK_LIMIT),
            Policy::TinyLfu => Uses::Marked(TinyLfu::MARK_LIMIT),
            Policy::Adaptive => Uses::Marked(Adaptive::MARK_LIMIT),
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Policy {
    type Err = Error;

    /// Reads a policy's name, in any case.
    ///
    /// # Errors
    /// If there is no policy of that name; the message lists those that there are.
    fn from_str(text: &str) -> Result<Self, Error> {
        Policy::ALL
            .into_iter()
            .find(|policy| policy.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| {
                let names = Policy::ALL.map(Policy::name).join(", ");
                Error::invalid(format!("policy {text:?}"), format!("use one of: {names}"))
            })
    }
}

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
            Uses::Marked(limit) => mark.raise(limit.into()),
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
    fn expect(&self, _word: u32) {}

    /// A new entry stands in `slot`; its mark is zero. `word` is that of its key, see [`Marks::word`].
    fn insert(&mut self, slot: SlotId, word: u32, marks: &impl Marks);

    /// A key was set again: its entry, which stood in `old`, is in `new`, with a mark of zero.
    fn replace(&mut self, old: SlotId, new: SlotId, marks: &impl Marks) {
        self.remove(old);
        self.insert(new, marks.word(new), marks);
    }

    /// A slot's entry was used.
    fn hit(&mut self, _: SlotId) {}

    /// A slot was emptied, for whatever reason but the one of [`evict`](Self::evict).
    fn remove(&mut self, slot: SlotId);

    /// Whose turn it is to leave. Asked again at once, it answers the same.
    fn victim(&mut self, marks: &impl Marks) -> Option<SlotId>;

    /// The victim leaves for want of room.
    fn evict(&mut self, slot: SlotId, _word: u32) {
        self.remove(slot);
    }

    /// [`victim`](Self::victim) and [`evict`](Self::evict) in one.
    #[inline]
    fn evict_next(&mut self, marks: &impl Marks) -> Option<SlotId> {
        let slot = self.victim(marks)?;
        self.evict(slot, marks.word(slot));
        Some(slot)
    }

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
const PATIENCE: usize = 128;

/// See [`Evict::rank`].
pub(crate) type Rank = (u64, Stamp);

macro_rules! policies {
    ($($name:ident($policy:ty),)*) => {
        /// The policy of one shard: the one dispatch over all of them.
        pub(crate) enum Evictor {
            $($name($policy),)*
        }

        impl Evict for Evictor {
            #[inline]
            fn expect(&self, word: u32) {
                match self { $(Evictor::$name(policy) => policy.expect(word),)* }
            }

            #[inline]
            fn insert(&mut self, slot: SlotId, word: u32, marks: &impl Marks) {
                match self { $(Evictor::$name(policy) => policy.insert(slot, word, marks),)* }
            }

            #[inline]
            fn replace(&mut self, old: SlotId, new: SlotId, marks: &impl Marks) {
                match self { $(Evictor::$name(policy) => policy.replace(old, new, marks),)* }
            }

            #[inline]
            fn hit(&mut self, slot: SlotId) {
                match self { $(Evictor::$name(policy) => policy.hit(slot),)* }
            }

            #[inline]
            fn remove(&mut self, slot: SlotId) {
                match self { $(Evictor::$name(policy) => policy.remove(slot),)* }
            }

            #[inline]
            fn victim(&mut self, marks: &impl Marks) -> Option<SlotId> {
                match self { $(Evictor::$name(policy) => policy.victim(marks),)* }
            }

            #[inline]
            fn evict(&mut self, slot: SlotId, word: u32) {
                match self { $(Evictor::$name(policy) => policy.evict(slot, word),)* }
            }

            #[inline]
            fn evict_next(&mut self, marks: &impl Marks) -> Option<SlotId> {
                match self { $(Evictor::$name(policy) => policy.evict_next(marks),)* }
            }

            fn rank(&mut self, slot: SlotId, stamp: Stamp, marks: &impl Marks) -> Rank {
                match self { $(Evictor::$name(policy) => policy.rank(slot, stamp, marks),)* }
            }

            fn clear(&mut self) {
                match self { $(Evictor::$name(policy) => policy.clear(),)* }
            }

            fn order(&self) -> Vec<SlotId> {
                match self { $(Evictor::$name(policy) => policy.order(),)* }
            }
        }
    };
}

policies! {
    Order(ByOrder),
    Lfu(Lfu),
    Random(Random),
    Sieve(Sieve),
    S3Fifo(S3Fifo),
    TinyLfu(Box<TinyLfu>),
    Adaptive(Box<Adaptive>),
}

impl Evictor {
    pub(crate) fn new(policy: Policy) -> Self {
        match policy {
            Policy::Fifo => Evictor::Order(ByOrder::new(End::Old, false)),
            Policy::Lifo => Evictor::Order(ByOrder::new(End::Young, false)),
            Policy::Lru => Evictor::Order(ByOrder::new(End::Old, true)),
            Policy::Mru => Evictor::Order(ByOrder::new(End::Young, true)),
            Policy::Lfu => Evictor::Lfu(Lfu::default()),
            Policy::Random => Evictor::Random(Random::default()),
            Policy::Sieve => Evictor::Sieve(Sieve::default()),
            Policy::S3Fifo => Evictor::S3Fifo(S3Fifo::default()),
            Policy::TinyLfu => Evictor::TinyLfu(Box::default()),
            Policy::Adaptive => Evictor::Adaptive(Box::default()),
        }
    }
}
