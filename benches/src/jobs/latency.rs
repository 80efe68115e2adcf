//! How long single hits take while another thread keeps the cache busy.

mod eviction;
mod expiry;
mod reads;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::measure::Settings;
use crate::peers::Peer;
use crate::quiet;
use crate::report::Column;
use crate::zipf::{self, Zipf};
use reads::Reads;

/// How many entries are read; often enough that they stay.
const HOT: usize = 10_000;

pub fn run(settings: Settings) {
    eviction::run(settings);
    expiry::run(settings);
}

fn columns() -> Vec<Column> {
    vec![
        Column::Plain("p50, ns", 0),
        Column::Plain("p99, ns", 0),
        Column::Plain("p99.9, ns", 0),
        Column::Plain("max, ns", 0),
        Column::Plain("misses, %", 2),
        Column::Plain("meanwhile: an insert, ns", 0),
        Column::Plain("entries at the end", 0),
    ]
}

/// What the two threads ask for.
struct Load {
    hot: Vec<u64>,
    /// Read by the one, over and over.
    asked: Vec<u64>,
    /// Inserted by the other, each once.
    new: Vec<u64>,
}

impl Load {
    /// `start` is the number of the first key that nobody has used.
    fn new(start: usize, inserts: usize) -> Self {
        Load {
            hot: zipf::keys(0..HOT),
            asked: Zipf::new(HOT, 0.99).sample(300_000, 1),
            new: zipf::keys(start..start + inserts),
        }
    }

    /// One number for each of the columns.
    fn measure<P: Peer + ?Sized>(&self, peer: &P) -> Vec<f64> {
        let progress = Progress::default();
        let (reads, insert_nanos) = std::thread::scope(|scope| {
            let reader = scope.spawn(|| self.read(peer, &progress));
            let insert_nanos = self.insert(peer, &progress);
            (reader.join().expect("no read panics"), insert_nanos)
        });
        peer.settle();
        let mut measured = reads.figures();
        measured.push(insert_nanos);
        measured.extend(peer.len().map(|len| len as f64));
        measured
    }

    fn read<P: Peer + ?Sized>(&self, peer: &P, progress: &Progress) -> Reads {
        let (start, waited) = (Instant::now(), quiet::waited());
        let mut reads = Reads::new();
        for some in self.asked.chunks(1000).cycle() {
            for &key in some {
                reads.read(peer, key);
            }
            progress.is_reading.store(true, Ordering::Release);
            let is_enough = reads.count() >= self.asked.len();
            if is_enough && progress.is_over.load(Ordering::Acquire) {
                break;
            }
        }
        quiet::judge(waited, start.elapsed());
        reads
    }

    /// Answers the time of one insert, in nanoseconds.
    fn insert<P: Peer + ?Sized>(&self, peer: &P, progress: &Progress) -> f64 {
        while !progress.is_reading.load(Ordering::Acquire) {
            std::hint::spin_loop();
        }
        let (start, waited) = (Instant::now(), quiet::waited());
        peer.set_all(&self.new);
        let span = start.elapsed();
        progress.is_over.store(true, Ordering::Release);
        quiet::judge(waited, span);
        span.as_secs_f64() * 1e9 / self.new.len() as f64
    }
}

/// What the threads tell each other.
#[derive(Default)]
struct Progress {
    is_reading: AtomicBool,
    is_over: AtomicBool,
}
