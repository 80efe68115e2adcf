//! Who takes part. Each peer is one file: its `Peer`, and how it is built.
//!
//! Every crate runs as it comes: its own hasher, its own number of shards. To add one, write its file and name it in
//! [`plain`] (and in [`with_ttl`] and [`texts`], if it has what they ask for).

mod cached;
mod cacheout;
mod expiring;
mod foyer;
mod lru;
mod moka;
mod mutex_fifo;
mod mutex_map;
mod nothing;
mod quick_cache;
mod scc;
mod schnellru;
mod texts;
mod tiny_ufo;

use std::hint::black_box;
use std::time::Duration;

use ::cacheout::Policy;

use crate::measure::Named;
pub use cacheout::expired;
pub use expiring::Expiring;
pub use texts::Texts;

/// The name of the peer that all others are compared with.
pub const REFERENCE: &str = "quick_cache";

/// Long enough that nothing expires during a run.
const TTL: Duration = Duration::from_hours(1);

/// A cache of u64 → u64, where every value is its key.
///
/// The loops are methods too, so that they are compiled for each peer: one virtual call a batch, none an operation.
pub trait Peer: Send + Sync {
    fn get(&self, key: u64) -> Option<u64>;

    fn set(&self, key: u64);

    /// Gets or computes, by the peer's own method if it has one; answers whether it was a hit.
    fn get_or_set(&self, key: u64) -> bool {
        self.get_else_set(key)
    }

    /// Gets, and sets what was not there.
    fn get_else_set(&self, key: u64) -> bool {
        let is_hit = black_box(self.get(key)).is_some();
        if !is_hit {
            self.set(key);
        }
        is_hit
    }

    /// The number of entries. None if the peer does not say.
    fn len(&self) -> Option<usize>;

    /// Does what the peer has put off.
    fn settle(&self) {}

    /// Gets all `keys`, and does nothing else: what a loop does besides is measured with it.
    fn get_all(&self, keys: &[u64]) {
        for &key in keys {
            black_box(self.get(key));
        }
    }

    /// How many of `keys` are there.
    fn count(&self, keys: &[u64]) -> usize {
        keys.iter().filter(|&&key| self.get(key).is_some()).count()
    }

    fn set_all(&self, keys: &[u64]) {
        for &key in keys {
            self.set(black_box(key));
        }
    }

    fn get_or_set_all(&self, keys: &[u64]) -> usize {
        let hit = |&&key: &&u64| black_box(self.get_or_set(black_box(key)));
        keys.iter().filter(hit).count()
    }

    /// The same, so that the most is found that can be: nothing that a policy does is put off or left out.
    fn get_or_set_in_order(&self, keys: &[u64]) -> usize {
        self.get_or_set_all(keys)
    }

    fn get_else_set_all(&self, keys: &[u64]) -> usize {
        let hit = |&&key: &&u64| black_box(self.get_else_set(black_box(key)));
        keys.iter().filter(hit).count()
    }
}

/// A peer's name, and how one of a given capacity is built.
pub struct Contestant<P: ?Sized = dyn Peer> {
    pub name: &'static str,
    pub kind: Kind,
    pub build: fn(usize) -> Box<P>,
}

impl<P: ?Sized> Named for Contestant<P> {
    fn name(&self) -> &'static str {
        self.name
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// This crate.
    Own,
    Peer,
    /// No peer: shows what the machine takes, or another setting.
    Baseline,
    /// A baseline that has no bound or no policy, and can show hits only.
    HitsOnly,
}

fn contestant<P: ?Sized>(
    name: &'static str,
    kind: Kind,
    build: fn(usize) -> Box<P>,
) -> Contestant<P> {
    Contestant { name, kind, build }
}

/// Everybody, nothing expiring.
pub fn plain() -> Vec<Contestant> {
    vec![
        contestant("cacheout", Kind::Own, cacheout::plain),
        contestant(REFERENCE, Kind::Peer, quick_cache::plain),
        contestant("scc", Kind::Peer, scc::plain),
        contestant("TinyUFO", Kind::Peer, tiny_ufo::plain),
        contestant("schnellru in a mutex", Kind::Peer, schnellru::plain),
        contestant("lru in a mutex", Kind::Peer, lru::plain),
        contestant("cached, sharded LRU", Kind::Peer, cached::plain),
        contestant("moka", Kind::Peer, moka::plain),
        contestant("foyer", Kind::Peer, foyer::plain),
        contestant("FIFO in a mutex", Kind::Baseline, mutex_fifo::plain),
        contestant("scc, reads that are no use", Kind::HitsOnly, scc::peeking),
        contestant("hashbrown in a mutex", Kind::HitsOnly, mutex_map::plain),
    ]
}

/// Those with a bound: what a full cache does can be asked of them.
pub fn bounded() -> Vec<Contestant> {
    let mut contestants = plain();
    contestants.retain(|contestant| contestant.kind != Kind::HitsOnly);
    contestants
}

/// Those that find a `String` by `&str`.
pub fn texts() -> Vec<Contestant<dyn Texts>> {
    vec![
        contestant("cacheout", Kind::Own, cacheout::texts),
        contestant(REFERENCE, Kind::Peer, quick_cache::texts),
        contestant("scc", Kind::Peer, scc::texts),
        contestant("schnellru in a mutex", Kind::Peer, schnellru::texts),
        contestant("lru in a mutex", Kind::Peer, lru::texts),
        contestant("cached, sharded LRU", Kind::Peer, cached::texts),
        contestant("moka", Kind::Peer, moka::texts),
        contestant("foyer", Kind::Peer, foyer::texts),
        contestant("hashbrown in a mutex", Kind::HitsOnly, mutex_map::texts),
    ]
}

/// Those that expire, with a ttl of an hour.
pub fn with_ttl() -> Vec<Contestant> {
    vec![
        contestant("cacheout", Kind::Own, cacheout::with_ttl),
        contestant(CACHED_WITH_TTL, Kind::Peer, cached::with_ttl),
        contestant("moka", Kind::Peer, moka::with_ttl),
    ]
}

/// Those whose entries can expire at one moment.
pub fn expiring() -> Vec<Contestant<dyn Expiring>> {
    vec![
        contestant("cacheout", Kind::Own, cacheout::expiring),
        contestant("moka", Kind::Peer, moka::expiring::build),
    ]
}

/// This crate, with one policy over all entries.
pub fn with_policy(capacity: usize, policy: Policy) -> Box<dyn Peer> {
    cacheout::with_policy(capacity, policy)
}

/// This crate under policies that are simpler than the one it comes with.
pub fn simpler() -> [Contestant; 2] {
    [
        contestant("cacheout, FIFO", Kind::Baseline, |capacity| {
            cacheout::following(capacity, Policy::Fifo)
        }),
        contestant("cacheout, SIEVE", Kind::Baseline, |capacity| {
            cacheout::following(capacity, Policy::Sieve)
        }),
    ]
}

/// What finds more than it would if it kept its bound at all times.
pub fn over_full() -> Contestant {
    contestant("moka, work put off", Kind::Baseline, moka::put_off::build)
}

/// No cache at all, to show what measuring takes.
pub fn nothing() -> Contestant {
    contestant("no cache: the clock alone", Kind::Baseline, nothing::build)
}

/// What others are compared with where a ttl is asked for, which `quick_cache` lacks.
pub const CACHED_WITH_TTL: &str = "cached, sharded LRU";
