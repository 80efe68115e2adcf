//! Statistics: what was asked for, found, evicted, expired.

use std::cell::Cell;
use std::fmt;

use crate::store::{Bounds, COUNTING, Reads};
use crate::sync::Padded;
use crate::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering::Relaxed};

/// The statistics of a cache: switches, and a view of the figures.
///
/// They are off until asked for ([`CacheBuilder::stats`](crate::CacheBuilder::stats), or [`enable`](Stats::enable));
/// switched on, they cost a hit one addition to a counter that few threads share.
///
/// ```
/// use cacheout::Cache;
///
/// let cache = Cache::builder().stats(true).build();
/// cache.set("a", 1);
/// cache.get(&"a");
/// cache.get(&"b");
/// let info = cache.stats().info();
/// assert_eq!((info.hit_count, info.miss_count, info.hit_rate()), (1, 1, 0.5));
/// ```
#[derive(Clone, Copy)]
pub struct Stats<'a> {
    counters: &'a Counters,
    bounds: &'a Bounds,
    reads: &'a Reads,
}

impl<'a> Stats<'a> {
    pub(crate) fn new(counters: &'a Counters, bounds: &'a Bounds, reads: &'a Reads) -> Self {
        Stats {
            counters,
            bounds,
            reads,
        }
    }

    /// Has reads do what the present state asks of them.
    fn apply(&self) {
        loop {
            let is_active = self.is_active();
            self.reads.set(COUNTING, is_active);
            if self.is_active() == is_active {
                return; // nobody else has switched meanwhile, or they will apply that
            }
        }
    }

    /// The figures as they stand. Each is exact; together they are no snapshot while other threads go on.
    pub fn info(&self) -> StatsInfo {
        let sum = |event: Event| {
            let counts = self.counters.stripes.iter();
            counts
                .map(|stripe| stripe.0.0[event as usize].load(Relaxed))
                .sum()
        };
        StatsInfo {
            hit_count: sum(Event::Hit),
            miss_count: sum(Event::Miss),
            eviction_count: sum(Event::Eviction),
            expiry_count: sum(Event::Expiry),
            entry_count: self.bounds.len(),
        }
    }

    /// Starts counting, and ends a pause.
    pub fn enable(&self) {
        self.counters.state.store(ACTIVE, Relaxed);
        self.apply();
    }

    /// Stops counting and forgets the figures.
    pub fn disable(&self) {
        self.counters.state.store(DISABLED, Relaxed);
        self.apply();
        self.reset();
    }

    /// Stops counting for a while; the figures stay. No effect where statistics are disabled.
    pub fn pause(&self) {
        let _ = self
            .counters
            .state
            .compare_exchange(ACTIVE, PAUSED, Relaxed, Relaxed);
        self.apply();
    }

    /// Ends a pause.
    pub fn resume(&self) {
        let _ = self
            .counters
            .state
            .compare_exchange(PAUSED, ACTIVE, Relaxed, Relaxed);
        self.apply();
    }

    /// Sets all figures to zero, but for `entry_count`, which is no count of events.
    pub fn reset(&self) {
        for stripe in self.counters.stripes.iter() {
            for count in &stripe.0.0 {
                count.store(0, Relaxed);
            }
        }
    }

    /// Whether statistics are asked for, paused or not.
    pub fn is_enabled(&self) -> bool {
        self.counters.state.load(Relaxed) != DISABLED
    }

    /// Whether statistics are enabled, but counting is paused.
    pub fn is_paused(&self) -> bool {
        self.counters.state.load(Relaxed) == PAUSED
    }

    /// Whether events are being counted.
    pub fn is_active(&self) -> bool {
        self.counters.is_active()
    }
}

impl fmt::Debug for Stats<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stats")
            .field("active", &self.is_active())
            .field("info", &self.info())
            .finish()
    }
}

/// The figures of a cache at one time.
///
/// ```
/// let info = cacheout::StatsInfo { hit_count: 3, miss_count: 1, ..Default::default() };
/// assert_eq!((info.access_count(), info.hit_rate(), info.miss_rate()), (4, 0.75, 0.25));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_field_names,
    reason = "the names of the Python original"
)]
pub struct StatsInfo {
    /// Reads that found a live entry.
    pub hit_count: u64,
    /// Reads that found none.
    pub miss_count: u64,
    /// Live entries that left for want of room.
    pub eviction_count: u64,
    /// Entries that were removed because they had expired.
    pub expiry_count: u64,
    /// Entries in the cache, those included that have expired and were not removed yet.
    pub entry_count: usize,
}

impl StatsInfo {
    /// Hits and misses together.
    pub fn access_count(&self) -> u64 {
        self.hit_count + self.miss_count
    }

    /// Hits per access; 0 before the first.
    pub fn hit_rate(&self) -> f64 {
        self.per_access(self.hit_count)
    }

    /// Misses per access; 0 before the first.
    pub fn miss_rate(&self) -> f64 {
        self.per_access(self.miss_count)
    }

    /// Evictions per access; 0 before the first access.
    pub fn eviction_rate(&self) -> f64 {
        self.per_access(self.eviction_count)
    }

    /// These figures and those of another cache, together.
    pub(crate) fn plus(self, other: Self) -> Self {
        StatsInfo {
            hit_count: self.hit_count + other.hit_count,
            miss_count: self.miss_count + other.miss_count,
            eviction_count: self.eviction_count + other.eviction_count,
            expiry_count: self.expiry_count + other.expiry_count,
            entry_count: self.entry_count + other.entry_count,
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a rate needs no more than 52 bits"
    )]
    fn per_access(&self, count: u64) -> f64 {
        match self.access_count() {
            0 => 0.0,
            accesses => count as f64 / accesses as f64,
        }
    }
}

/// What is counted.
#[derive(Clone, Copy)]
pub(crate) enum Event {
    Hit,
    Miss,
    Eviction,
    Expiry,
}

const EVENTS: usize = 4;
const DISABLED: u8 = 0;
const ACTIVE: u8 = 1;
const PAUSED: u8 = 2;

/// Enough that few threads share one, little enough to be in every cache.
const STRIPES: usize = 8;

#[derive(Default)]
struct Counts([AtomicU64; EVENTS]);

/// The counters behind [`Stats`], striped over threads.
pub(crate) struct Counters {
    state: AtomicU8,
    stripes: Box<[Padded<Counts>; STRIPES]>,
}

impl Counters {
    pub(crate) fn new(enabled: bool) -> Self {
        Counters {
            state: AtomicU8::new(if enabled { ACTIVE } else { DISABLED }),
            stripes: Box::default(),
        }
    }

    #[inline]
    pub(crate) fn is_active(&self) -> bool {
        self.state.load(Relaxed) == ACTIVE
    }

    #[inline]
    pub(crate) fn count(&self, event: Event) {
        self.add(event, 1);
    }

    #[inline]
    pub(crate) fn add(&self, event: Event, times: u64) {
        if self.is_active() {
            self.stripes[stripe()].0.0[event as usize].fetch_add(times, Relaxed);
        }
    }
}

/// The stripe of this thread.
fn stripe() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static MINE: Cell<usize> = Cell::new(NEXT.fetch_add(1, Relaxed) % STRIPES);
    }
    // while a thread ends, its own may be gone
    MINE.try_with(Cell::get).unwrap_or(0)
}
