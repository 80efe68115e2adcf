//! The lock and the atomics of the whole crate: std's, or shuttle's when schedules are explored.
//!
//! `RUSTFLAGS="--cfg shuttle"` swaps the primitives below for those of the model checker, so that what it
//! explores is the code that ships.

#[cfg(not(shuttle))]
pub(crate) use std::{
    sync::{Mutex, MutexGuard, atomic},
    thread, thread_local,
};

#[cfg(shuttle)]
pub(crate) use shuttle::{
    sync::{Mutex, MutexGuard, atomic},
    thread, thread_local,
};

use std::sync::PoisonError;

/// A mutex that does not remember panics.
///
/// What it guards is never left half changed: the user's code that runs under it (`Hash`, `Eq`, `Clone`) is called
/// before or after each change, never in the middle of one.
#[derive(Debug, Default)]
pub(crate) struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Lock(Mutex::new(value))
    }

    #[inline]
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A value on cache lines of its own: neighbours that change do not slow it down.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Padded<T>(pub(crate) T);
