//! Eviction policies: who leaves when there is no more room.
//!
//! A policy knows entries by their slot's number alone. It is told of every insertion, use and removal, and names the
//! next victim; the shard does the rest (`evict`). Each policy is a file of its own; which is a cache's, is decided in one place
//! (`evictor`).

mod adaptive;
mod evict;
mod evictor;
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

use evict::PATIENCE;
pub(crate) use evict::{Evict, Marks, Rank, Stamp, Uses};
pub(crate) use evictor::Evictor;
pub(crate) use heap::IndexedHeap;

use crate::error::Error;
pub(crate) use crate::slots::SlotId;
use adaptive::Adaptive;
use s3fifo::S3Fifo;
use sieve::Sieve;
use tinylfu::TinyLfu;

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
    /// full cache takes 5 nanoseconds more than under `Fifo` where no key comes back, and up to 70 more where each entry is used
    /// before it leaves.
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
