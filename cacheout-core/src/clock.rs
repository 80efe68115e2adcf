//! Time: monotonic, injectable, exact to the nanosecond in effect, and cheap to ask.

use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

/// Where a cache takes the time from. Times are counted from an origin of the clock's own choice and never go back.
///
/// A clock may not use the cache that it belongs to.
///
/// ```
/// use std::time::{Duration, Instant};
/// use cacheout::{Cache, Clock};
///
/// struct DoubleSpeed(Instant);
///
/// impl Clock for DoubleSpeed {
///     fn now(&self) -> Duration {
///         self.0.elapsed() * 2
///     }
/// }
///
/// let cache = Cache::builder().clock(DoubleSpeed(Instant::now())).build();
/// cache.set_with_ttl(1, "one", Duration::from_secs(3600));
/// assert_eq!(cache.get(&1), Some("one"));
/// ```
pub trait Clock: Send + Sync + 'static {
    /// The time since the clock's origin. Must be monotonic, over all threads.
    fn now(&self) -> Duration;
}

/// The clock of the machine: the default. Its origin is the process's first use of it.
///
/// ```
/// use cacheout::{Clock, SystemClock};
/// let before = SystemClock.now();
/// assert!(SystemClock.now() >= before);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        Duration::from_nanos(exact())
    }
}

/// A clock that stands still until it is told to go on, for tests. A clone is a handle on the same clock.
///
/// ```
/// use std::time::Duration;
/// use cacheout::{Cache, ManualClock};
///
/// let clock = ManualClock::new();
/// let cache = Cache::builder().ttl(Duration::from_secs(60)).clock(clock.clone()).build();
/// cache.set("key", 1);
/// clock.advance(Duration::from_secs(59));
/// assert_eq!(cache.get(&"key"), Some(1));
/// clock.advance(Duration::from_secs(1));
/// assert_eq!(cache.get(&"key"), None);
/// ```
#[derive(Clone, Default)]
pub struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    /// A clock at time zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves the time on by `step`, for all handles. Time ends after 146 years.
    pub fn advance(&self, step: Duration) {
        let step = nanos(step);
        let _ = self
            .0
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |now| {
                Some(deadline(now, step))
            });
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Acquire))
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ManualClock").field(&self.now()).finish()
    }
}

/// A point in time, in nanoseconds since the clock's origin.
pub(crate) type Nanos = u64;

/// The deadline of what does not expire.
pub(crate) const NEVER: Nanos = u64::MAX;

/// The last deadline there is, 146 years from the origin: two times differ by less than an `i64` holds, whatever their clocks
/// differ by.
const LAST: Nanos = i64::MAX as u64 / 2;

/// `duration` in nanoseconds, at most [`LAST`].
pub(crate) fn nanos(duration: Duration) -> Nanos {
    u64::try_from(duration.as_nanos()).map_or(LAST, |n| n.min(LAST))
}

/// When what lasts for `ttl` from `now` on expires.
pub(crate) fn deadline(now: Nanos, ttl: Nanos) -> Nanos {
    now.saturating_add(ttl).min(LAST)
}

/// The clock of a cache: the system's is asked directly, any other through its trait.
#[derive(Clone)]
pub(crate) enum Time {
    System,
    Injected(Arc<dyn Clock>),
}

impl Time {
    /// The start of one operation. An injected clock is asked here, before any lock is taken; the system's only when
    /// (and if) the operation needs to know.
    #[inline]
    pub(crate) fn start(&self) -> Now {
        match self {
            Time::System => Now(Cell::new(UNREAD)),
            Time::Injected(clock) => Now(Cell::new(nanos(clock.now()))),
        }
    }
}

const UNREAD: Nanos = u64::MAX;

/// The time of one operation: read at most once, and not at all if nothing depends on it.
pub(crate) struct Now(Cell<Nanos>);

impl Now {
    /// The exact time.
    #[inline]
    pub(crate) fn get(&self) -> Nanos {
        let known = self.0.get();
        if known != UNREAD {
            return known;
        }
        let now = exact();
        self.0.set(now);
        now
    }

    /// Whether `deadline` has come. Far from it the coarse clock answers; near it, the exact one.
    #[inline]
    pub(crate) fn has_come(&self, deadline: Nanos) -> bool {
        if deadline == NEVER {
            return false;
        }
        match self.0.get() {
            UNREAD => match coarse::has_come(deadline) {
                Some(answer) => answer,
                None => self.get() >= deadline,
            },
            now => now >= deadline,
        }
    }
}

/// Whether `deadline` has come, by the system's clock.
#[inline]
pub(crate) fn has_come(deadline: Nanos) -> bool {
    !coarse::is_far(deadline) && has_come_exactly(deadline)
}

#[cold]
fn has_come_exactly(deadline: Nanos) -> bool {
    coarse::has_come(deadline).unwrap_or_else(|| exact() >= deadline)
}

static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

fn exact() -> Nanos {
    nanos(ORIGIN.elapsed())
}

#[cfg(all(
    any(target_os = "linux", target_os = "android"),
    target_pointer_width = "64"
))]
mod coarse {
    //! `CLOCK_MONOTONIC_COARSE`: the same time line as [`Instant`](std::time::Instant), as of the last tick of the kernel's timer.

    use std::sync::LazyLock;

    use super::{Nanos, exact};
    use crate::os::{coarse_nanos, monotonic_nanos};

    /// More than the longest tick in use (10 ms at 100 Hz), so that the two clocks never differ by as much.
    const TICK: Nanos = 25_000_000;

    /// What the monotonic clock, of which the coarse one is a copy, showed when ours showed zero. Ours is read first: if the thread
    /// is stopped in between, ends of ttls are found late, never early. So the least of a few is the nearest.
    static OFFSET: LazyLock<u64> = LazyLock::new(|| {
        let difference = |_| {
            let exact = exact();
            monotonic_nanos().unwrap_or_default().wrapping_sub(exact)
        };
        (0..8).map(difference).min().unwrap_or_default()
    });

    /// How far `deadline` is from now; none if there is no such clock.
    #[inline]
    fn gap(deadline: Nanos) -> Option<i64> {
        let now = coarse_nanos()?.wrapping_sub(*OFFSET);
        Some(deadline.wrapping_sub(now).cast_signed())
    }

    /// Whether `deadline` is more than a tick from now, as those of nearly all that is read are. False if that is not known.
    #[inline]
    pub(super) fn is_far(deadline: Nanos) -> bool {
        gap(deadline).is_some_and(|gap| gap > TICK.cast_signed())
    }

    /// Whether `deadline` has come, unless the answer depends on less than a tick.
    #[inline]
    pub(super) fn has_come(deadline: Nanos) -> Option<bool> {
        let gap = gap(deadline)?;
        (gap.unsigned_abs() > TICK).then_some(gap < 0)
    }
}

#[cfg(not(all(
    any(target_os = "linux", target_os = "android"),
    target_pointer_width = "64"
)))]
mod coarse {
    use super::Nanos;

    pub(super) fn is_far(_: Nanos) -> bool {
        false
    }

    pub(super) fn has_come(_: Nanos) -> Option<bool> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coarse_and_exact_agree() {
        for distance in [0, 1_000, 1_000_000, 24_000_000, 26_000_000, 1 << 40] {
            let now = exact();
            for deadline in [now.saturating_sub(distance), now + distance + 5_000_000] {
                if let Some(answer) = coarse::has_come(deadline) {
                    let later = exact();
                    assert!(answer == (now >= deadline) || answer == (later >= deadline));
                }
            }
        }
        assert!(!Time::System.start().has_come(NEVER));
    }

    #[test]
    fn durations_beyond_the_clock_are_cut_off() {
        assert_eq!(nanos(Duration::MAX), LAST);
        let clock = ManualClock::new();
        clock.advance(Duration::MAX);
        clock.advance(Duration::MAX);
        assert_eq!(clock.now().as_nanos(), u128::from(LAST));
    }
}
