//! Timing: threads that start together, and rounds in which everybody takes part.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::ScopedJoinHandle;

use std::time::{Duration, Instant};

use crate::quiet;

/// How much is measured.
#[derive(Clone, Copy)]
pub struct Settings {
    pub rounds: usize,
    /// Operations that one thread does in one measurement.
    pub operations: usize,
    /// The most entries that the curve over them goes up to.
    pub most_entries: usize,
    /// How many requests of a trace are replayed.
    pub most_requests: usize,
    /// How long one table may take longer because measurements are repeated that another program disturbed.
    pub patience: Duration,
    /// The only contestant that is wanted, when one is to be profiled.
    pub only: Option<&'static str>,
    /// Files of what programs asked for.
    pub traces: &'static [PathBuf],
}

impl Settings {
    pub const FULL: Settings = Settings {
        rounds: 15,
        operations: 300_000,
        most_entries: 10_000_000,
        most_requests: usize::MAX,
        patience: Duration::from_secs(30),
        only: None,
        traces: &[],
    };

    pub const QUICK: Settings = Settings {
        rounds: 3,
        operations: 100_000,
        most_entries: 1_000_000,
        most_requests: 50_000,
        patience: Duration::from_secs(1),
        only: None,
        traces: &[],
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
    let gate = Gate::new(threads);
    if threads == 1 {
        return span(&gate, 0, work).length();
    }
    let spans: Vec<Span> = std::thread::scope(|scope| {
        let run = |thread| span(&gate, thread, work);
        let handles: Vec<_> = (0..threads)
            .map(|thread| scope.spawn(move || run(thread)))
            .collect();
        let spans = handles.into_iter().map(ScopedJoinHandle::join);
        spans.map(|span| span.expect("no batch panics")).collect()
    });
    let whole = spans.into_iter().reduce(Span::join);
    whole.map_or(Duration::ZERO, |span| span.length())
}

/// From when to when a thread worked, or several.
#[derive(Clone, Copy)]
struct Span {
    start: Instant,
    end: Instant,
}

impl Span {
    fn length(&self) -> Duration {
        self.end - self.start
    }

    fn join(self, other: Self) -> Self {
        Span {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

/// Works when all have come to the gate.
fn span(gate: &Gate, thread: usize, work: &(dyn Fn(usize) + Sync)) -> Span {
    let waited = quiet::waited();
    gate.pass();
    let start = Instant::now();
    work(thread);
    let end = Instant::now();
    let span = Span { start, end };
    quiet::judge(waited, span.length());
    span
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

/// Something that is measured under a name.
pub trait Named {
    fn name(&self) -> &'static str;
}

/// Measures every contestant once a round, in an order that rotates, so that what else the machine does meets all of
/// them alike.
pub fn rounds<C: Named>(
    settings: Settings,
    contestants: &[C],
    mut measure: impl FnMut(&C) -> Vec<f64>,
) -> Vec<Samples> {
    let mut samples = vec![Samples::new(); contestants.len()];
    let mut patience = settings.patience;
    for round in 0..settings.rounds {
        for turn in 0..contestants.len() {
            let index = (round + turn) % contestants.len();
            let contestant = &contestants[index];
            if settings.only.is_none_or(|only| contestant.name() == only) {
                let measured = undisturbed(&mut patience, || measure(contestant));
                add(&mut samples[index], measured);
            }
        }
    }
    if patience.is_zero() && !settings.patience.is_zero() {
        println!("The machine was busy: the figures that follow may be disturbed.\n");
    }
    samples
}

/// Measures again and again while other programs come between, until `patience` is used up.
fn undisturbed(patience: &mut Duration, mut measure: impl FnMut() -> Vec<f64>) -> Vec<f64> {
    quiet::was_disturbed(); // whatever was before
    let mut measured = measure();
    while quiet::was_disturbed() && !patience.is_zero() {
        let start = Instant::now();
        std::thread::sleep(Duration::from_millis(50));
        measured = measure();
        *patience = patience.saturating_sub(start.elapsed());
    }
    measured
}

fn add(samples: &mut Samples, measured: Vec<f64>) {
    samples.resize(measured.len(), Vec::new());
    for (column, value) in samples.iter_mut().zip(measured) {
        column.push(value);
    }
}
