//! Reads without a lock, wherever a read changes nothing but its entry's own mark.

use super::sharded::Store;
use crate::clock::{self, NEVER, Nanos, Now, Time};
use crate::hash::KeyHash;
use crate::policy::{Policy, Uses};
use crate::slots::{Candidate, EndOf, Look, Mark, Node};
use crate::sync::atomic::{
    AtomicU32,
    Ordering::{AcqRel, Relaxed},
};

/// What a read has to do besides reading, in one word: a limit of marks, and a bit for each thing else.
///
/// So the mark of an entry that has reached the limit is equal to this word where nothing else is to be done, and one
/// comparison tells. Where something is, the word is larger than any mark.
pub(crate) struct Reads(AtomicU32);

/// The part of the word that is the limit.
const LIMIT: u32 = 0xff;
/// The policy is told of each use under the lock, or counts it exactly.
const TOLD: u32 = 1 << 8;
const COUNTED: u32 = 1 << 9;
/// Entries expire by not being used: then all reads take the lock.
const TIMED: u32 = 1 << 10;
/// The cache is switched off.
pub(crate) const OFF: u32 = 1 << 11;
/// Statistics are collected.
pub(crate) const COUNTING: u32 = 1 << 12;
/// The cache was built with something of its own to do at a read: to tell, to answer another value, to ask another clock.
pub(crate) const SPECIAL: u32 = 1 << 13;
/// There may be entries with a ttl.
const MORTAL: u32 = 1 << 14;
/// Set with any of the bits above. Marks stay below.
const MORE: u32 = 1 << 31;

impl Reads {
    pub(crate) fn new(policy: Policy) -> Self {
        let reads = Reads(AtomicU32::new(0));
        reads.set_policy(policy);
        reads
    }

    pub(super) fn set_policy(&self, policy: Policy) {
        self.change(LIMIT | TOLD | COUNTED, code(policy.uses()));
    }

    pub(super) fn set_timed(&self, is_timed: bool) {
        self.set(TIMED, is_timed);
    }

    /// An entry's ttl is about to end then: from now on reads look for that.
    #[inline]
    pub(crate) fn heed(&self, end: Nanos) {
        if end != NEVER && !self.is(MORTAL) {
            self.set(MORTAL, true);
        }
    }

    /// Says whether one of the things above has to be done.
    pub(crate) fn set(&self, bit: u32, is_set: bool) {
        self.change(bit, if is_set { bit } else { 0 });
    }

    #[inline]
    pub(crate) fn is(&self, bit: u32) -> bool {
        self.get() & bit != 0
    }

    /// Marks an entry as used, if no more is to be done at its use; answers whether that was all. To be called after the entry was
    /// found to be the one: who gives one a ttl has said so before.
    #[inline(always)]
    pub(super) fn finish(&self, mark: &Mark) -> bool {
        let present = mark.get();
        let code = self.get(); // after the mark, with which what was said before is to be seen
        // equal, mostly; less before its first uses; a hidden mark is above all limits
        present == code || code <= LIMIT && mark.raise(code)
    }

    /// Whether a read has to do no more than to find its entry, to see that its ttl has not ended, and to mark it.
    #[inline]
    pub(crate) fn are_plain(&self) -> bool {
        self.get() & !(LIMIT | MORTAL | MORE) == 0
    }

    /// Whether any entry can expire.
    #[inline]
    pub(super) fn may_find_expired(&self) -> bool {
        self.is(MORTAL | TIMED)
    }

    /// Whether a write has nothing to look for that has expired, the cache is not switched off, and no clock but the system's is to
    /// be asked, which must not be under a lock.
    #[inline]
    pub(crate) fn let_write_plainly(&self) -> bool {
        !self.is(MORTAL | TIMED | OFF | SPECIAL)
    }

    #[inline]
    fn get(&self) -> u32 {
        self.0.load(Relaxed)
    }

    fn change(&self, bits: u32, to: u32) {
        let changed = |code: u32| {
            let code = code & !(bits | MORE) | to;
            Some(if code > LIMIT { code | MORE } else { code })
        };
        // who looks again afterwards sees what was there for those who changed it before
        let _ = self.0.fetch_update(AcqRel, Relaxed, changed);
    }
}

fn code(uses: Uses) -> u32 {
    match uses {
        Uses::Ignored => 0,
        Uses::Marked(limit) => u32::from(limit),
        Uses::Counted => COUNTED,
        Uses::Told => TOLD,
    }
}

impl<K, V> Store<K, V> {
    /// Uses the live entry of a key, where that takes no more than to find and to mark it, as most hits do; else continues by the
    /// last two, see `glance` of the slots.
    #[inline(always)]
    pub(crate) fn glance<const ASKS: bool, R>(
        &self,
        hash: KeyHash,
        is_key: impl Fn(&K) -> bool,
        read: impl FnOnce(&V) -> R,
        found: impl FnOnce(Candidate<'_, K, V>) -> R,
        missing: impl FnOnce(bool) -> R,
    ) -> R {
        let view = self.views.of(hash);
        let finish = |mark: &Mark| self.reads.finish(mark);
        view.glance::<ASKS, _>(hash.word(), is_key, finish, read, found, missing)
    }

    /// Uses an entry that a glance found, if it is alive. For reads that [are plain](Reads::are_plain).
    #[inline(always)]
    pub(crate) fn use_found<R>(
        &self,
        candidate: Candidate<'_, K, V>,
        read: impl FnOnce(&V) -> R,
    ) -> Option<R> {
        candidate.read(|node, end| self.use_plainly(node, &end, read))
    }

    /// The same for reads that are not, if no lock is to be taken. What else is to be done is left to the caller.
    #[inline]
    pub(crate) fn use_found_otherwise<R>(
        &self,
        candidate: Candidate<'_, K, V>,
        time: &Time,
        read: impl FnOnce(&V) -> R,
    ) -> Option<R> {
        let (code, is_use) = (self.reads.get(), true);
        if code & OFF != 0 || needs_lock(code, is_use) {
            return None;
        }
        let now = time.start();
        candidate.read(|node, end| mark(node, code, &end, is_use, &now).then(|| read(&node.value)))
    }

    /// Uses the live entry of a key, where that takes no more than to find and to mark it; unknown elsewhere.
    #[inline]
    pub(crate) fn look_plainly<R>(
        &self,
        hash: KeyHash,
        is_key: impl Fn(&K) -> bool,
        read: impl FnOnce(&V) -> R,
    ) -> Look<R> {
        if !self.reads.are_plain() {
            return Look::Unknown;
        }
        let used = |node: &Node<K, V>, end: EndOf| self.use_plainly(node, &end, read);
        self.views.of(hash).read(hash.word(), is_key, used)
    }

    #[inline(always)]
    fn use_plainly<R>(
        &self,
        node: &Node<K, V>,
        end: &EndOf,
        read: impl FnOnce(&V) -> R,
    ) -> Option<R> {
        let end = end.get();
        if end != NEVER && clock::has_come(end) || node.mark.is_hidden() {
            return None;
        }
        // asked for now, as little is to be kept while the clock is asked
        node.mark.raise(self.reads.get() & LIMIT);
        Some(read(&node.value))
    }

    /// Reads the live entry of a key without a lock, if that is enough for its policy.
    #[inline]
    pub(crate) fn look<R>(
        &self,
        hash: KeyHash,
        is_key: impl Fn(&K) -> bool,
        is_use: bool,
        now: &Now,
        read: impl FnOnce(&V) -> R,
    ) -> Look<R> {
        let code = self.reads.get();
        if needs_lock(code, is_use) {
            return Look::Unknown;
        }
        self.views.of(hash).read(hash.word(), is_key, |node, end| {
            mark(node, code, &end, is_use, now).then(|| read(&node.value))
        })
    }
}

/// Whether a read has to take the lock.
#[inline]
fn needs_lock(code: u32, is_use: bool) -> bool {
    code & TIMED != 0 || is_use && code & TOLD != 0
}

/// Marks a live entry, if this is a use of it. False if it has expired, or must not be used yet.
#[inline]
fn mark<K, V>(node: &Node<K, V>, code: u32, end: &EndOf, is_use: bool, now: &Now) -> bool {
    let end = end.get();
    if end != NEVER && now.has_come(end) || is_use && node.mark.is_hidden() {
        return false;
    }
    if is_use && code & COUNTED != 0 {
        node.mark.count();
    } else if is_use {
        node.mark.raise(code & LIMIT);
    }
    true
}
