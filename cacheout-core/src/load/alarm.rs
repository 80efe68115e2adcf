//! Wake-ups after a time, for tasks: no async runtime is assumed, so a thread of our own keeps the time while any task
//! waits for another's computation.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, PoisonError};
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};

use super::landing::wake;

/// How long the thread stays when there is nothing to wait for.
const LINGER: Duration = Duration::from_secs(5);

static ALARMS: Mutex<Alarms> = Mutex::new(Alarms {
    pending: BTreeMap::new(),
    next: 0,
    running: false,
});
static CHANGED: Condvar = Condvar::new();

struct Alarms {
    pending: BTreeMap<Key, Waker>,
    next: u64,
    running: bool,
}

type Key = (Instant, u64);

/// A wake-up that was asked for. Dropped, it is cancelled.
pub(super) struct Alarm(Key);

impl Alarm {
    /// Wakes `waker` at `time`.
    pub(super) fn set(time: Instant, waker: Waker) -> Self {
        let mut alarms = ALARMS.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (time, alarms.next);
        alarms.next += 1;
        alarms.pending.insert(key, waker);
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
        let waker = alarms.pending.remove(&self.0);
        drop(alarms);
        drop(waker);
    }
}

fn run() {
    let mut alarms = ALARMS.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let now = Instant::now();
        let pause = match alarms.pending.first_key_value() {
            Some((&(time, _), _)) => time.saturating_duration_since(now),
            None => LINGER,
        };
        if pause.is_zero() {
            let due = alarms.pending.pop_first();
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
