//! A lock that is let go by a plain store, where the system offers the barrier for that.
//!
//! Letting go has to tell who sleeps, so it stores that the lock is free and then looks whether somebody is to be woken;
//! who is about to sleep asks for that and then looks whether the lock is free. As with readers (`readers`), at least one
//! of the two sees the other, if there is a full barrier between the store and the load on both sides; and the heavy one
//! is paid by who sleeps, which takes microseconds anyway. Where it fails, nobody sleeps for long.
//!
//! Whoever wakes a thread takes the request back, so that none else is woken while that one is on its way. It takes the
//! lock, and asks for the others that sleep, or asks again for itself.

use std::sync::PoisonError;
use std::time::Duration;

use super::barrier;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Condvar, Mutex, MutexGuard, patiently};

#[derive(Default)]
pub(super) struct PlainLock {
    is_held: AtomicBool,
    /// Whether a thread is to be woken. Changed while `parking` is held.
    is_wanted: AtomicBool,
    /// How many threads sleep, or are about to.
    parking: Mutex<usize>,
    is_free: Condvar,
}

/// How long a thread sleeps that nobody may be able to wake.
const NAP: Duration = Duration::from_millis(1);

impl PlainLock {
    /// Takes the lock. Whoever does lets it [go](Self::release), once.
    #[inline]
    pub(super) fn acquire(&self) {
        if !self.try_acquire() {
            self.acquire_contended();
        }
    }

    #[inline]
    fn try_acquire(&self) -> bool {
        let taken =
            self.is_held
                .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed);
        taken.is_ok()
    }

    #[cold]
    fn acquire_contended(&self) {
        if patiently(|| self.try_acquire().then_some(())).is_none() {
            self.sleep_and_acquire();
        }
    }

    fn sleep_and_acquire(&self) {
        let mut sleeping = self.park();
        *sleeping += 1;
        while !self.try_acquire() {
            self.is_wanted.store(true, Ordering::SeqCst);
            let is_told = barrier::heavy();
            if self.try_acquire() {
                break;
            }
            sleeping = match is_told {
                true => self
                    .is_free
                    .wait(sleeping)
                    .unwrap_or_else(PoisonError::into_inner),
                false => {
                    let woken = self.is_free.wait_timeout(sleeping, NAP);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        *sleeping -= 1;
        // seen by this thread itself when it lets go
        self.is_wanted.store(*sleeping > 0, Ordering::Relaxed);
    }

    #[inline]
    pub(super) fn release(&self) {
        self.is_held.store(false, Ordering::Release);
        barrier::light();
        if self.is_wanted.load(Ordering::Relaxed) {
            self.wake();
        }
    }

    #[cold]
    fn wake(&self) {
        // who has found the lock held and does not sleep yet, has this
        let sleeping = self.park();
        self.is_wanted.store(false, Ordering::Relaxed);
        drop(sleeping);
        self.is_free.notify_one();
    }

    fn park(&self) -> MutexGuard<'_, usize> {
        self.parking.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use std::thread;

    use super::super::guarded::Guarded;
    use super::*;

    /// Holders that take their time, so that the others sleep: none is forgotten, and no two hold it at once.
    #[test]
    fn one_at_a_time_and_all_in_the_end() {
        const ROUNDS: u64 = 400;
        let shared = Guarded::new((0_u64, 0_u64));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for round in 0..ROUNDS {
                        let mut both = shared.lock();
                        both.0 += 1;
                        if round % 8 == 0 {
                            thread::sleep(Duration::from_micros(50));
                        }
                        both.1 += 1;
                        assert_eq!(both.0, both.1);
                    }
                });
            }
        });
        assert_eq!(*shared.lock(), (4 * ROUNDS, 4 * ROUNDS));
    }

    #[test]
    fn a_panic_lets_go_of_it() {
        let shared = Guarded::new(1);
        let panicked = thread::scope(|scope| {
            let holder = scope.spawn(|| {
                let _held = shared.lock();
                panic!("while it is held");
            });
            holder.join().is_err()
        });
        assert!(panicked);
        assert_eq!(*shared.lock(), 1);
    }
}
