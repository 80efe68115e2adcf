//! Where the result of a computation is handed to those who wait for it: threads and tasks alike.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::sync::Lock;

/// An error that several waiters may have a copy of.
pub(crate) type SharedError = Arc<dyn Any + Send + Sync>;

/// How a computation ended.
#[derive(Clone)]
pub(crate) enum Outcome<V> {
    Value(V),
    Error(SharedError),
    /// It panicked, was dropped, or failed with an error that cannot be shared: another caller has to try.
    Gone,
}

/// Wakes a task or a thread. If the executor panics at that, it is its own affair: others are to be woken, too.
pub(super) fn wake(waker: Waker) {
    let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
}

fn wake_all(wakers: Vec<Option<Waker>>) {
    wakers.into_iter().flatten().for_each(wake);
}

/// One wake-up for all: a list of wakers, of tasks or of threads.
pub(crate) struct Landing<V>(Lock<State<V>>);

struct State<V> {
    outcome: Option<Outcome<V>>,
    wakers: Vec<Option<Waker>>,
    /// Seats that were given up: while a computation does not end, others may come and go for ever.
    vacant: Vec<usize>,
}

impl<V> State<V> {
    fn seat(&mut self) -> usize {
        self.vacant.pop().unwrap_or_else(|| {
            self.wakers.push(None);
            self.wakers.len() - 1
        })
    }

    fn empty(&mut self, seat: usize) -> Option<Waker> {
        let waker = self.wakers.get_mut(seat)?.take();
        self.vacant.push(seat);
        waker
    }
}

impl<V> Default for Landing<V> {
    fn default() -> Self {
        Landing(Lock::new(State {
            outcome: None,
            wakers: Vec::new(),
            vacant: Vec::new(),
        }))
    }
}

/// The place of a waiter in the list; none before its first poll.
pub(super) type Seat = Option<usize>;

impl<V> Landing<V> {
    /// Hands the outcome to all who wait, now or later.
    #[cold]
    fn publish(&self, outcome: Outcome<V>) {
        let wakers = {
            let mut state = self.0.lock();
            state.outcome = Some(outcome);
            std::mem::take(&mut state.wakers)
        };
        wake_all(wakers);
    }

    /// The outcome, if it is there; else the waker of `cx` will be woken when it is.
    pub(super) fn poll(&self, cx: &Context<'_>, seat: &mut Seat) -> Poll<Outcome<V>>
    where
        V: Clone,
    {
        let mut state = self.0.lock();
        if let Some(outcome) = &state.outcome {
            return Poll::Ready(outcome.clone());
        }
        let at = *seat.get_or_insert_with(|| state.seat());
        let old = state.wakers[at].replace(cx.waker().clone());
        drop(state);
        drop(old); // after the lock is gone: dropping it may run the executor's code
        Poll::Pending
    }

    /// Gives up waiting.
    pub(super) fn leave(&self, seat: Seat) {
        let waker = seat.and_then(|at| self.0.lock().empty(at));
        drop(waker); // after the lock is gone: dropping it may run the executor's code
    }
}

/// Those who wait for a computation that has ended, if there are any. They are told how it ended; if they are not, by a
/// panic on the way perhaps, they are told that another has to try.
#[must_use]
pub(crate) struct Awaited<V>(Option<Arc<Landing<V>>>);

impl<V> Awaited<V> {
    #[inline]
    pub(super) fn at(landing: Option<Arc<Landing<V>>>) -> Self {
        Awaited(landing)
    }

    /// Nobody waits.
    pub(crate) fn by_nobody() -> Self {
        Awaited(None)
    }

    /// Tells them the outcome, which is made only if somebody wants to know.
    #[inline]
    pub(crate) fn land(self, outcome: impl FnOnce() -> Outcome<V>) {
        match self.0 {
            None => std::mem::forget(self), // there is nothing to drop
            Some(_) => self.publish(outcome),
        }
    }

    #[cold]
    fn publish(mut self, outcome: impl FnOnce() -> Outcome<V>) {
        let outcome = outcome(); // if this panics, `self` is dropped
        if let Some(landing) = self.0.take() {
            landing.publish(outcome);
        }
    }
}

impl<V> Drop for Awaited<V> {
    #[inline]
    fn drop(&mut self) {
        if let Some(landing) = self.0.take() {
            landing.publish(Outcome::Gone);
        }
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    /// While a computation hangs, thousands may wait for a while and give up.
    #[test]
    fn who_gives_up_leaves_a_seat_to_the_next() {
        let landing: Landing<u8> = Landing::default();
        let cx = Context::from_waker(Waker::noop());
        let (mut staying, mut seats) = (None, 0);
        assert!(landing.poll(&cx, &mut staying).is_pending());
        for _ in 0..1_000 {
            let mut seat = None;
            assert!(landing.poll(&cx, &mut seat).is_pending());
            assert_ne!(seat, staying);
            seats = seats.max(seat.unwrap());
            landing.leave(seat);
        }
        assert_eq!(seats, 1);
        landing.publish(Outcome::Value(7));
        let outcome = landing.poll(&cx, &mut staying);
        assert!(matches!(outcome, Poll::Ready(Outcome::Value(7))));
        landing.leave(staying);
    }
}
