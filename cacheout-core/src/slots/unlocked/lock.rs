//! A lock that is let go by a plain store, where the system offers the barrier for that.
//!
//! Letting go has to tell who sleeps, so it stores that the lock is free and then looks whether anybody waits; who is
//! about to sleep says so and then looks whether the lock is free. As with readers (`readers`), at least one of the two
//! sees the other, if there is a full barrier between the store and the load on both sides; and the heavy one is paid by
//! who sleeps, which takes microseconds anyway. Where it fails, nobody sleeps for long.

use std::sync::PoisonError;
use std::time::Duration;

use super::barrier;
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::sync::{Condvar, Mutex, MutexGuard, patiently};

#[derive(Default)]
pub(super) struct PlainLock {
    is_held: AtomicBool,
    /// How many threads sleep, or are about to.
    waiting: AtomicUsize,
    parking: Mutex<()>,
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
        let mut parked = self.park();
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let is_told = barrier::heavy();
        while !self.try_acquire() {
            parked = match is_told {
                true => self
                    .is_free
                    .wait(parked)
                    .unwrap_or_else(PoisonError::into_inner),
                false => {
                    let woken = self.is_free.wait_timeout(parked, NAP);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }

    #[inline]
    pub(super) fn release(&self) {
        self.is_held.store(false, Ordering::Release);
        barrier::light();
        if self.waiting.load(Ordering::Relaxed) > 0 {
            self.wake();
        }
    }

    #[cold]
    fn wake(&self) {
        // who has found the lock held and does not sleep yet, has this
        drop(self.park());
        self.is_free.notify_one();
    }

    fn park(&self) -> MutexGuard<'_, ()> {
        self.parking.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use std::thread;

    use super::super::shared::Guarded;
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
