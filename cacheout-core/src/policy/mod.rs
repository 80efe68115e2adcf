//! Eviction policies: who leaves when there is no more room.
//!
//! A policy knows entries by their slot's number alone. It is told of every insertion, use and removal, and names the
//! next victim; the shard does the rest. Each policy is a file of its own; this one holds their common trait and the
//! one place where a cache's policy is chosen among them.

mod heap;
mod lfu;
mod list;
mod order;
mod random;

use std::fmt;
use std::str::FromStr;

pub(crate) use heap::IndexedHeap;

use crate::error::Error;
use lfu::Lfu;
use order::{ByOrder, End};
use random::Random;

/// The number of an entry's slot in its shard.
pub(crate) type SlotId = u32;

/// A point in the order of a cache's operations: of an entry's last `set`, or, where the policy
/// [orders by use](Policy::orders_by_use), of its last use.
pub(crate) type Stamp = u64;

/// Which entry leaves when the cache is full.
///
/// All of these are exact for caches of up to 1,024 entries, for unbounded ones, and wherever
/// [`shards(1)`](crate::CacheBuilder::shards) is asked for; a larger cache applies its policy in each of its shards.
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
    /// The least recently used: the entry that was neither read nor set for the longest time. The default.
    #[default]
    Lru,
    /// The most recently used: the entry that was read or set last.
    Mru,
    /// The least frequently used; of those used equally often, the one that was set first. Setting a key starts its
    /// count anew.
    Lfu,
    /// Any entry, each with the same probability.
    Random,
}

impl Policy {
    /// Every policy.
    pub const ALL: [Policy; 6] = [
        Policy::Fifo,
        Policy::Lifo,
        Policy::Lru,
        Policy::Mru,
        Policy::Lfu,
        Policy::Random,
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
        }
    }

    /// Whether a use moves an entry to the young end of the order that `keys` shows.
    pub(crate) const fn orders_by_use(self) -> bool {
        matches!(self, Policy::Lru | Policy::Mru)
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

/// What a policy does. The slots are those of one shard, and calls come in the order of the shard's operations.
pub(crate) trait Evict {
    /// A slot was filled, under this stamp.
    fn insert(&mut self, slot: SlotId, stamp: Stamp);

    /// A slot's entry was used.
    fn hit(&mut self, slot: SlotId);

    /// A slot was emptied.
    fn remove(&mut self, slot: SlotId);

    /// Whose turn it is to leave.
    fn victim(&mut self) -> Option<SlotId>;

    /// How urgently the victim `slot`, filed under `stamp`, leaves; of several shards' victims the smallest goes first.
    fn rank(&mut self, slot: SlotId, stamp: Stamp) -> Rank;
}

/// See [`Evict::rank`].
pub(crate) type Rank = (u64, Stamp);

/// The policy of one shard: the one dispatch over all of them.
pub(crate) enum Evictor {
    Order(ByOrder),
    Lfu(Lfu),
    Random(Random),
}

macro_rules! each {
    ($evictor:expr, $policy:ident => $call:expr) => {
        match $evictor {
            Evictor::Order($policy) => $call,
            Evictor::Lfu($policy) => $call,
            Evictor::Random($policy) => $call,
        }
    };
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
        }
    }
}

impl Evict for Evictor {
    #[inline]
    fn insert(&mut self, slot: SlotId, stamp: Stamp) {
        each!(self, policy => policy.insert(slot, stamp));
    }

    #[inline]
    fn hit(&mut self, slot: SlotId) {
        each!(self, policy => policy.hit(slot));
    }

    #[inline]
    fn remove(&mut self, slot: SlotId) {
        each!(self, policy => policy.remove(slot));
    }

    #[inline]
    fn victim(&mut self) -> Option<SlotId> {
        each!(self, policy => policy.victim())
    }

    fn rank(&mut self, slot: SlotId, stamp: Stamp) -> Rank {
        each!(self, policy => policy.rank(slot, stamp))
    }
}
