//! The lock and the atomics of the whole crate: std's, or shuttle's when schedules are explored.
//!
//! `RUSTFLAGS="--cfg shuttle"` swaps the primitives below for those of the model checker, so that what it
//! explores is the code that ships.

#[cfg(not(shuttle))]
pub(crate) use std::{
    hint,
    sync::{Mutex, MutexGuard, atomic},
    thread, thread_local,
};

#[cfg(shuttle)]
pub(crate) use shuttle::{
    hint,
    sync::{Mutex, MutexGuard, atomic},
    thread, thread_local,
};

#[cfg(not(any(shuttle, cacheout_locked_reads)))]
pub(crate) use std::sync::Condvar;

#[cfg(all(shuttle, not(cacheout_locked_reads)))]
pub(crate) use shuttle::sync::Condvar;

use std::sync::{PoisonError, TryLockError};
use std::time::{Duration, Instant};

/// Statics; under the model checker, each schedule that it tries has its own.
#[cfg(not(shuttle))]
macro_rules! statics {
    ($($(#[$doc:meta])* static $name:ident: $type:ty = $value:expr;)*) => {
        $($(#[$doc])* static $name: $type = $value;)*
    };
}

#[cfg(shuttle)]
macro_rules! statics {
    ($($(#[$doc:meta])* static $name:ident: $type:ty = $value:expr;)*) => {
        shuttle::lazy_static! { $($(#[$doc])* static ref $name: $type = $value;)* }
    };
}

pub(crate) use statics;

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
        match self.0.try_lock() {
            Ok(guard) => guard,
            Err(TryLockError::Poisoned(error)) => error.into_inner(),
            Err(TryLockError::WouldBlock) => self.lock_contended(),
        }
    }

    #[cold]
    fn lock_contended(&self) -> MutexGuard<'_, T> {
        let try_lock = || match self.0.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(error)) => Some(error.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        };
        patiently(try_lock).unwrap_or_else(|| self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What a lock guards takes some nanoseconds, and putting a thread to sleep and waking it some microseconds: so a thread
/// tries again for a while, at growing distances, before it sleeps.
///
/// The first of them is as long as ten or twenty of what is done under a lock. With each handover the next thread has to fetch what
/// the last one changed; where two threads hand a lock to and fro after each operation, that takes longer
/// than what they do. So whoever has it is let go on for a while.
pub(crate) fn patiently<T>(mut try_lock: impl FnMut() -> Option<T>) -> Option<T> {
    (0..ROUNDS).find_map(|round| {
        if round < SPINNING_ROUNDS {
            spin(FIRST_SPIN << round);
        } else {
            thread::yield_now();
        }
        try_lock()
    })
}

/// How often a lock is tried before the thread sleeps, and how often of these without giving way to other threads. Under
/// the model checker they sleep soon, as what is to be explored is how they wake.
const ROUNDS: u32 = if cfg!(shuttle) { 1 } else { 16 };
const SPINNING_ROUNDS: u32 = 5;

/// How long the first distance is, in nanoseconds.
const FIRST_SPIN: u64 = if cfg!(shuttle) { 0 } else { 1_500 };

/// Lets some nanoseconds go by. They are measured, as what a processor does in a spin loop takes ten times as long on one as on another.
fn spin(nanos: u64) {
    let (start, length) = (Instant::now(), Duration::from_nanos(nanos));
    while start.elapsed() < length {
        (0..8).for_each(|_| hint::spin_loop());
    }
}

/// A value on cache lines of its own: neighbours that change do not slow it down.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Padded<T>(pub(crate) T);
