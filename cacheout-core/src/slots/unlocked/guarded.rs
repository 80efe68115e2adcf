//! What writers take turns at.
#![expect(unsafe_code, reason = "whoever has the lock has the value")]

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use super::lock::PlainLock;

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

    #[inline]
    pub(crate) fn lock(&self) -> Held<'_, T> {
        self.lock.acquire();
        Held(self, PhantomData)
    }
}

/// While this lives, its thread has the value. It stays in its thread, and is not shown to others: the value may not be
/// `Sync`.
pub(crate) struct Held<'a, T>(&'a Guarded<T>, PhantomData<*mut T>);

impl<T> Deref for Held<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this holds the lock, so nobody else has the value, but for what borrows this
        unsafe { &*self.0.value.get() }
    }
}

impl<T> DerefMut for Held<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and this is borrowed by nobody else
        unsafe { &mut *self.0.value.get() }
    }
}

impl<T> Drop for Held<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.0.lock.release();
    }
}
