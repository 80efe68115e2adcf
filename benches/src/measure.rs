//! Timing: threads that start together, and rounds in which everybody takes part.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How much is measured.
#[derive(Clone, Copy)]
pub struct Settings {
    pub rounds: usize,
    /// Operations that one thread does in one measurement.
    pub operations: usize,
}

impl Settings {
    pub const FULL: Settings = Settings {
        rounds: 15,
        operations: 300_000,
    };

    pub const QUICK: Settings = Settings {
        rounds: 3,
        operations: 100_000,
    };

    /// For a job that takes long: a part of the rounds, but enough for a median.
    pub fn fewer_rounds(self, part: usize) -> Self {
        Settings {
            rounds: (self.rounds / part).max(3),
            ..self
        }
    }
}

/// Calls `work` on `threads` threads, each with its number, and answers the time from the first start to the last end.
pub fn time(threads: usize, work: &(dyn Fn(usize) + Sync)) -> Duration {
    if threads == 1 {
        let start = Instant::now();
        work(0);
        return start.elapsed();
    }
    let gate = Gate::new(threads);
    let spans: Vec<(Instant, Instant)> = std::thread::scope(|scope| {
        let run = |thread| {
            gate.pass();
            let start = Instant::now();
            work(thread);
            (start, Instant::now())
        };
        let handles: Vec<_> = (0..threads)
            .map(|thread| scope.spawn(move || run(thread)))
            .collect();
        handles
            .into_iter()
            .map(|handle| handle.join().expect("no batch panics"))
            .collect()
    });
    let first = spans.iter().map(|span| span.0).min();
    let last = spans.iter().map(|span| span.1).max();
    last.zip(first)
        .map_or(Duration::ZERO, |(last, first)| last - first)
}

/// Nanoseconds for each of the operations that `threads` threads did, `operations` each.
pub fn nanos_each(threads: usize, operations: usize, work: &(dyn Fn(usize) + Sync)) -> f64 {
    time(threads, work).as_secs_f64() * 1e9 / (threads * operations) as f64
}

/// A barrier that does not sleep: waking a thread takes as long as thousands of operations.
struct Gate {
    missing: AtomicUsize,
}

impl Gate {
    fn new(threads: usize) -> Self {
        Gate {
            missing: AtomicUsize::new(threads),
        }
    }

    fn pass(&self) {
        self.missing.fetch_sub(1, Ordering::AcqRel);
        let mut spins = 0_u32;
        while self.missing.load(Ordering::Acquire) > 0 {
            spins += 1;
            // There may be more threads than cores.
            if spins.is_multiple_of(1 << 12) {
                std::thread::yield_now();
            }
            std::hint::spin_loop();
        }
    }
}

/// What one contestant's measurements were: for each column, one number a round.
pub type Samples = Vec<Vec<f64>>;

/// Measures every contestant once a round, in an order that rotates, so that what else the machine does meets all of
/// them alike.
pub fn rounds<C>(
    count: usize,
    contestants: &[C],
    mut measure: impl FnMut(&C) -> Vec<f64>,
) -> Vec<Samples> {
    let mut samples = vec![Samples::new(); contestants.len()];
    for round in 0..count {
        for turn in 0..contestants.len() {
            let index = (round + turn) % contestants.len();
            let measured = measure(&contestants[index]);
            samples[index].resize(measured.len(), Vec::new());
            for (column, value) in samples[index].iter_mut().zip(measured) {
                column.push(value);
            }
        }
    }
    samples
}
