//! Wake-ups after a time, for tasks: no async runtime is assumed, so a thread of our own keeps the time while any task
//! waits for another's computation.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};

use super::landing::wake;

/// How long the thread stays when there is nothing to wait for.
const LINGER: Duration = Duration::from_secs(5);

static ALARMS: Mutex<Alarms> = Mutex::new(Alarms {
    pending: VecDeque::new(),
    next: 0,
    running: false,
});
static CHANGED: Condvar = Condvar::new();

struct Alarms {
    /// In the order of their keys. A new one is one of the last, as most tasks wait for equally long, and an old one one
    /// of the first: there it takes little to put it in and to take it out.
    pending: VecDeque<(Key, Waker)>,
    next: u64,
    running: bool,
}

type Key = (Instant, u64);

impl Alarms {
    /// Where the alarm of that key stands, or would.
    fn place(&self, key: &Key) -> usize {
        self.pending.partition_point(|(other, _)| other < key)
    }

    fn remove(&mut self, key: &Key) -> Option<(Key, Waker)> {
        let at = self.place(key);
        let is_there = self.pending.get(at).is_some_and(|(other, _)| other == key);
        is_there.then(|| self.pending.remove(at)).flatten()
    }
}

/// A wake-up that was asked for. Dropped, it is cancelled.
pub(super) struct Alarm(Key);

impl Alarm {
    /// Wakes `waker` at `time`.
    pub(super) fn set(time: Instant, waker: Waker) -> Self {
        let mut alarms = ALARMS.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (time, alarms.next);
        alarms.next += 1;
        let at = alarms.place(&key);
        alarms.pending.insert(at, (key, waker));
        if !alarms.running {
            let thread = thread::Builder::new().name("cacheout-alarm".to_owned());
            // without threads there are no alarms, and a wait ends when the computation does
            alarms.running = thread.spawn(run).is_ok();
        }
        CHANGED.notify_one();
        Alarm(key)
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        let mut alarms = ALARMS.lock().unwrap_or_else(PoisonError::into_inner);
        let cancelled = alarms.remove(&self.0);
        drop(alarms);
        drop(cancelled);
    }
}

fn run() {
    let mut alarms = ALARMS.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let now = Instant::now();
        let pause = match alarms.pending.front() {
            Some(&((time, _), _)) => time.saturating_duration_since(now),
            None => LINGER,
        };
        if pause.is_zero() {
            let due = alarms.pending.pop_front();
            drop(alarms);
            if let Some((_, waker)) = due {
                wake(waker);
            }
            alarms = ALARMS.lock().unwrap_or_else(PoisonError::into_inner);
            continue;
        }
        let waited = CHANGED.wait_timeout(alarms, pause);
        let (guard, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        alarms = guard;
        if timeout.timed_out() && alarms.pending.is_empty() {
            alarms.running = false;
            return;
        }
    }
}
