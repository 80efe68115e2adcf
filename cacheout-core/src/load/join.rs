//! Waiting for another caller's computation: a thread blocks, a task awaits, on the same landing.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use super::alarm::Alarm;
use super::circle::Waiting;
use super::flight::FlightRef;
use super::landing::{Landing, Outcome, Seat};
use crate::sync::thread::{self, Thread};

/// How waiting ended.
pub(crate) enum Joined<V> {
    Landed(Outcome<V>),
    /// The computation waits for the caller itself, which therefore has to compute on its own.
    Circle,
    /// It took longer than a caller may wait.
    Late(FlightRef),
}

/// A caller that waits for a flight.
pub(crate) struct Join<V> {
    flight: FlightRef,
    landing: Arc<Landing<V>>,
    limit: Duration,
    /// When the wait began; none before the first poll.
    since: Option<Instant>,
    seat: Seat,
    alarm: Option<(Alarm, Waker)>,
    waiting: Option<Waiting>,
}

impl<V> Join<V> {
    /// Waits for a flight, for no longer than `limit` since then; since the first poll if it is none.
    pub(crate) fn new(
        flight: FlightRef,
        landing: Arc<Landing<V>>,
        limit: Duration,
        since: Option<Instant>,
    ) -> Self {
        Join {
            flight,
            landing,
            limit,
            since,
            seat: None,
            alarm: None,
            waiting: None,
        }
    }

    /// What is left of the time that the caller may wait. `None` stands for all of time.
    fn deadline(&mut self) -> Option<Instant> {
        let since = *self.since.get_or_insert_with(Instant::now);
        since.checked_add(self.limit)
    }
}

impl<V: Clone> Join<V> {
    /// Blocks this thread until it is known how the wait ends.
    pub(crate) fn block(mut self) -> Joined<V> {
        self.waiting = Waiting::start(self.flight.id);
        if self.waiting.is_none() {
            return Joined::Circle;
        }
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let cx = Context::from_waker(&waker);
        let deadline = self.deadline();
        loop {
            if let Poll::Ready(outcome) = self.landing.poll(&cx, &mut self.seat) {
                return Joined::Landed(outcome);
            }
            match deadline.map(|time| time.saturating_duration_since(Instant::now())) {
                None => thread::park(),
                Some(Duration::ZERO) => return Joined::Late(self.flight),
                Some(left) => park_timeout(left),
            }
        }
    }
}

impl<V: Clone> Future for Join<V> {
    type Output = Joined<V>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Joined<V>> {
        let this = &mut *self;
        // what is computed around this wait may have changed since the last poll: a task may be polled within another
        this.waiting = None;
        this.waiting = Waiting::start(this.flight.id);
        if this.waiting.is_none() {
            return Poll::Ready(Joined::Circle);
        }
        if let Poll::Ready(outcome) = this.landing.poll(cx, &mut this.seat) {
            return Poll::Ready(Joined::Landed(outcome));
        }
        if let Some(deadline) = this.deadline() {
            if deadline <= Instant::now() {
                return Poll::Ready(Joined::Late(this.flight));
            }
            let is_set = |(_, waker): &(Alarm, Waker)| waker.will_wake(cx.waker());
            if !this.alarm.as_ref().is_some_and(is_set) {
                let waker = cx.waker();
                this.alarm = Some((Alarm::set(deadline, waker.clone()), waker.clone()));
            }
        }
        Poll::Pending
    }
}

impl<V> Drop for Join<V> {
    fn drop(&mut self) {
        self.landing.leave(self.seat);
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(not(shuttle))]
use std::thread::park_timeout;

/// The model has no time: a wait that is too long is a deadlock there, which is what is looked for.
#[cfg(shuttle)]
fn park_timeout(_: Duration) {
    thread::park();
}
