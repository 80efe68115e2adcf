//! What writers take turns at.
#![expect(unsafe_code, reason = "whoever has the lock has the value")]

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use super::lock::PlainLock;
use crate::slots::Settle;

/// What one thread at a time may use: the writer's half of a shard, and all that goes with it.
#[repr(C)] // the lock and what is used first stand together
pub(crate) struct Guarded<T> {
    lock: PlainLock,
    value: UnsafeCell<T>,
}

// SAFETY: one thread at a time has the value, as `&mut T`: that is as good as sending it there. Who panics meanwhile leaves
// it as it is, which is not a matter of memory.
unsafe impl<T: Send> Sync for Guarded<T> {}

impl<T> Guarded<T> {
    pub(crate) fn new(value: T) -> Self {
        Guarded {
            lock: PlainLock::default(),
            value: UnsafeCell::new(value),
        }
    }

    /// Waits for the value. What is left to be done with it is the holder's affair.
    #[inline]
    pub(crate) fn lock(&self) -> Held<'_, T> {
        self.lock_to_settle(())
    }

    /// Waits for the value, which is settled before it is let go.
    #[inline]
    pub(crate) fn lock_to_settle<S: Settle<T>>(&self, settler: S) -> Held<'_, T, S> {
        self.lock.acquire();
        Held(self, settler, PhantomData)
    }
}

/// While this lives, its thread has the value. It stays in its thread, and is not shown to others: the value may not be
/// `Sync`.
pub(crate) struct Held<'a, T, S: Settle<T> = ()>(&'a Guarded<T>, S, PhantomData<*mut T>);

impl<T, S: Settle<T>> Held<'_, T, S> {
    #[inline]
    pub(crate) fn settler(&self) -> &S {
        &self.1
    }

    /// What is left is dropped when the value was let go, whatever panics.
    #[inline(never)]
    fn settle(&mut self) {
        let _left;
        let _release = Release(&self.0.lock);
        // SAFETY: this holds the lock, is borrowed by nobody else, and lets go after this
        _left = self.1.settle(unsafe { &mut *self.0.value.get() });
    }
}

/// Lets go of a lock.
struct Release<'a>(&'a PlainLock);

impl Drop for Release<'_> {
    fn drop(&mut self) {
        self.0.release();
    }
}

impl<T, S: Settle<T>> Deref for Held<'_, T, S> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this holds the lock, so nobody else has the value, but for what borrows this
        unsafe { &*self.0.value.get() }
    }
}

impl<T, S: Settle<T>> DerefMut for Held<'_, T, S> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and this is borrowed by nobody else
        unsafe { &mut *self.0.value.get() }
    }
}

impl<T, S: Settle<T>> Drop for Held<'_, T, S> {
    #[inline(always)]
    fn drop(&mut self) {
        match self.1.is_settled(self) {
            true => self.0.lock.release(),
            false => self.settle(),
        }
    }
}
