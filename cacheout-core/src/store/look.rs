//! Reads without a lock, wherever a read changes nothing but its entry's own mark.

use super::sharded::Store;
use crate::clock::{self, NEVER, Now};
use crate::hash::KeyHash;
use crate::policy::{Policy, Uses};
use crate::slots::Look;
use crate::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// What a read has to do besides reading, in one word: a limit of marks, and a bit for each thing else.
pub(crate) struct Reads(AtomicU32);

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

impl Reads {
    pub(super) fn new(policy: Policy) -> Self {
        Reads(AtomicU32::new(code(policy.uses())))
    }

    pub(super) fn set_policy(&self, policy: Policy) {
        self.change(0xff | TOLD | COUNTED, code(policy.uses()));
    }

    pub(super) fn set_timed(&self, is_timed: bool) {
        self.set(TIMED, is_timed);
    }

    /// Says whether one of the things above has to be done.
    pub(crate) fn set(&self, bit: u32, is_set: bool) {
        self.change(bit, if is_set { bit } else { 0 });
    }

    #[inline]
    pub(crate) fn is(&self, bit: u32) -> bool {
        self.0.load(Relaxed) & bit != 0
    }

    /// The limit of marks, if there is nothing to be done besides.
    #[inline]
    fn plain(&self) -> Option<u32> {
        let code = self.0.load(Relaxed);
        (code <= 0xff).then_some(code)
    }

    fn change(&self, bits: u32, to: u32) {
        let changed = |code: u32| Some(code & !bits | to);
        let _ = self.0.fetch_update(Relaxed, Relaxed, changed);
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
    /// Uses the live entry of a key, where that takes no more than to find and to mark it.
    #[inline]
    pub(crate) fn look_plainly<R>(
        &self,
        hash: KeyHash,
        is_key: impl FnMut(&K) -> bool,
        read: impl FnOnce(&V) -> R,
    ) -> Look<R> {
        let Some(limit) = self.reads.plain() else {
            return Look::Unknown;
        };
        let view = &self.cell(hash).view;
        view.read(hash.word(), is_key, |node, end| {
            if end != NEVER && clock::has_come(end) {
                return None;
            }
            node.mark.raise(limit);
            Some(read(&node.value))
        })
    }

    /// Reads the live entry of a key without a lock, if that is enough for its policy.
    #[inline]
    pub(crate) fn look<R>(
        &self,
        hash: KeyHash,
        is_key: impl FnMut(&K) -> bool,
        is_use: bool,
        now: &Now,
        read: impl FnOnce(&V) -> R,
    ) -> Look<R> {
        let code = self.reads.0.load(Relaxed);
        if code & TIMED != 0 || is_use && code & TOLD != 0 {
            return Look::Unknown;
        }
        let view = &self.cell(hash).view;
        view.read(hash.word(), is_key, |node, end| {
            if end != NEVER && now.has_come(end) {
                return None;
            }
            if is_use && code & COUNTED != 0 {
                node.mark.count();
            } else if is_use {
                node.mark.raise(code & 0xff);
            }
            Some(read(&node.value))
        })
    }
}
