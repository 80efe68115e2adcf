//! How much may be in a cache, and how much is: exact over all shards.

use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// Counts of what is in all shards together, and what they must not exceed.
///
/// A place is taken before an entry is put in and given back after it was taken out, so the counts never exceed the
/// bounds, except while a smaller bound is being enforced.
pub(crate) struct Bounds {
    size_limit: AtomicUsize,
    weight_limit: AtomicU64,
    len: AtomicUsize,
    weight: AtomicU64,
    /// Whether there is one shard, whose lock whoever counts holds.
    is_alone: bool,
}

/// Caches up to this size follow their policy exactly, however many shards they have.
const EXACT_UP_TO: usize = 1024;

impl Bounds {
    /// At most `max_size` entries in so many shards, that weigh at most `max_weight` together; 0 stands for no bound.
    pub(super) fn new(shards: usize, max_size: usize, max_weight: u64) -> Self {
        let bounds = Bounds {
            size_limit: AtomicUsize::new(0),
            weight_limit: AtomicU64::new(0),
            len: AtomicUsize::new(0),
            weight: AtomicU64::new(0),
            is_alone: shards == 1,
        };
        bounds.set(max_size, max_weight);
        bounds
    }

    /// Changes the bounds, not what is in.
    pub(super) fn set(&self, max_size: usize, max_weight: u64) {
        let size_limit = if max_size == 0 { usize::MAX } else { max_size };
        let weight_limit = if max_weight == 0 {
            u64::MAX
        } else {
            max_weight
        };
        self.size_limit.store(size_limit, Relaxed);
        self.weight_limit.store(weight_limit, Relaxed);
    }

    /// 0 if there is none.
    pub(crate) fn max_size(&self) -> usize {
        match self.size_limit.load(Relaxed) {
            usize::MAX => 0,
            limit => limit,
        }
    }

    /// 0 if there is none.
    pub(crate) fn max_weight(&self) -> u64 {
        match self.weight_limit.load(Relaxed) {
            u64::MAX => 0,
            limit => limit,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len.load(Relaxed)
    }

    pub(crate) fn weight(&self) -> u64 {
        self.weight.load(Relaxed)
    }

    pub(crate) fn is_full(&self) -> bool {
        self.len() >= self.size_limit.load(Relaxed)
            || self.weight() >= self.weight_limit.load(Relaxed)
    }

    /// Whether more is in than may be.
    pub(super) fn is_exceeded(&self) -> bool {
        self.len() > self.size_limit.load(Relaxed)
            || self.weight() > self.weight_limit.load(Relaxed)
    }

    /// Whether the victim must be the policy's first over all shards.
    #[inline]
    pub(super) fn is_exact(&self) -> bool {
        let limit = self.size_limit.load(Relaxed);
        limit <= EXACT_UP_TO || limit == usize::MAX
    }

    /// Whether an entry of this weight fits into the cache at all.
    pub(crate) fn admits(&self, weight: u64) -> bool {
        weight <= self.weight_limit.load(Relaxed)
    }

    /// Takes the place of one more entry, if there is one.
    #[must_use]
    #[inline]
    pub(super) fn take(&self, weight: u64) -> bool {
        let limit = self.size_limit.load(Relaxed);
        // the weight first: who sees the count raised may take the cache for full
        if weight != 0 && !self.take_weight(weight) {
            return false;
        }
        let has_place = self.count_up_to(limit);
        if weight != 0 && !has_place {
            self.weight.fetch_sub(weight, Relaxed);
        }
        has_place
    }

    /// Counts one entry more, if there are fewer.
    #[inline]
    fn count_up_to(&self, limit: usize) -> bool {
        if self.is_alone {
            let len = self.len.load(Relaxed);
            if len < limit {
                self.len.store(len + 1, Relaxed);
            }
            return len < limit;
        }
        let one_more = |len: usize| (len < limit).then(|| len + 1);
        self.len.fetch_update(Relaxed, Relaxed, one_more).is_ok()
    }

    fn take_weight(&self, weight: u64) -> bool {
        let limit = self.weight_limit.load(Relaxed);
        let more = |present: u64| present.checked_add(weight).filter(|&sum| sum <= limit);
        self.weight.fetch_update(Relaxed, Relaxed, more).is_ok()
    }

    /// Gives the place of an entry back.
    pub(super) fn give(&self, weight: u64) {
        self.len.fetch_sub(1, Relaxed);
        if weight != 0 {
            self.weight.fetch_sub(weight, Relaxed);
        }
    }

    /// Gives the places of many entries back.
    pub(super) fn give_many(&self, count: usize, weight: u64) {
        self.len.fetch_sub(count, Relaxed);
        self.weight.fetch_sub(weight, Relaxed);
    }

    /// Changes the weight of an entry, unless there is no room for more.
    #[must_use]
    pub(super) fn reweigh(&self, old_weight: u64, weight: u64) -> bool {
        match weight.checked_sub(old_weight) {
            Some(0) => true,
            Some(more) => self.take_weight(more),
            None => {
                self.weight.fetch_sub(old_weight - weight, Relaxed);
                true
            }
        }
    }

    /// Passes the place of an entry that was taken out on to one that is put in. If that is too heavy, the place is
    /// given back.
    #[must_use]
    pub(super) fn exchange(&self, old_weight: u64, weight: u64) -> bool {
        if old_weight == weight {
            return true;
        }
        self.give(old_weight);
        self.take(weight)
    }
}
