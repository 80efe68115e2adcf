//! A trace replayed through every policy, and through the one that knows the future.

use std::collections::{BinaryHeap, HashMap, HashSet};
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use cacheout::{Cache, Policy};
use indicatif::ProgressBar;

use crate::trace::Trace;

/// The sizes that are tried, in parts of the number of keys.
const PARTS: [f64; 6] = [0.001, 0.005, 0.01, 0.05, 0.2, 0.5];
/// Smaller caches are not worth a comparison.
const LEAST: usize = 16;

/// What a trace's hit ratios are.
pub(crate) struct Report {
    pub(crate) name: String,
    pub(crate) requests: usize,
    pub(crate) distinct: usize,
    pub(crate) sizes: Vec<usize>,
    /// One a policy, in the order of `Policy::ALL`.
    pub(crate) lines: Vec<Line>,
    /// What no policy can surpass.
    pub(crate) optimum: Line,
}

pub(crate) struct Line {
    pub(crate) name: &'static str,
    /// Hits in percent of the requests, one a size.
    pub(crate) ratios: Vec<f64>,
}

impl Report {
    /// Replays a trace at all sizes, as many caches at a time as there are processors.
    pub(crate) fn make(trace: &Trace, progress: &ProgressBar) -> Self {
        let sizes = sizes(trace.distinct);
        let next_uses = next_uses(&trace.keys);
        let policies = Policy::ALL.map(Some).into_iter().chain([None]);
        let jobs = policies.flat_map(|policy| sizes.iter().map(move |&size| (policy, size)));
        let ratios = in_parallel(&jobs.collect::<Vec<_>>(), |&(policy, size)| {
            let hits = match policy {
                Some(policy) => replay(&trace.keys, policy, size),
                None => foresee(&trace.keys, &next_uses, size),
            };
            progress.inc(1);
            hits as f64 * 100.0 / trace.keys.len() as f64
        });

        let names = Policy::ALL.map(Policy::name).into_iter().chain(["OPT"]);
        let mut lines = names
            .zip(ratios.chunks(sizes.len()))
            .map(|(name, ratios)| Line {
                name,
                ratios: ratios.to_vec(),
            });
        Report {
            name: trace.name.clone(),
            requests: trace.keys.len(),
            distinct: trace.distinct,
            lines: lines.by_ref().take(Policy::ALL.len()).collect(),
            optimum: lines.next().expect("the last job is the optimum"),
            sizes,
        }
    }

    /// The policy that finds most at a size.
    pub(crate) fn best(&self, size: usize) -> &Line {
        let better = |one: &&Line, other: &&Line| one.ratios[size].total_cmp(&other.ratios[size]);
        let lines = self.lines.iter().rev(); // of equals, the first
        lines.max_by(better).expect("there are policies")
    }

    /// A size, as a part of the number of keys, in percent.
    pub(crate) fn percent(&self, size: usize) -> f64 {
        size as f64 * 100.0 / self.distinct as f64
    }
}

/// How many caches are filled for a trace.
pub(crate) fn jobs(trace: &Trace) -> u64 {
    (sizes(trace.distinct).len() * (Policy::ALL.len() + 1)) as u64
}

fn sizes(distinct: usize) -> Vec<usize> {
    let sizes = PARTS.map(|part| ((distinct as f64 * part).round() as usize).max(LEAST));
    let mut sizes = sizes.to_vec();
    sizes.dedup();
    sizes
}

/// How often a cache of this size and policy has what is asked for.
fn replay(keys: &[u64], policy: Policy, size: usize) -> usize {
    let cache = Cache::<u64, ()>::builder()
        .max_size(size)
        .policy(policy)
        .shards(1)
        .build();
    let mut misses = 0;
    for key in keys {
        cache.get_or_set_with(key, || misses += 1);
    }
    keys.len() - misses
}

/// Belady's algorithm: what is needed again last leaves, and what comes in may be just that.
fn foresee(keys: &[u64], next_uses: &[usize], size: usize) -> usize {
    let mut held = HashSet::with_capacity(size);
    // by their next use; if that has passed, the key was used and filed again, and the old record sinks to the bottom
    let mut last_needed = BinaryHeap::new();
    let mut hits = 0;
    for (key, &next_use) in keys.iter().zip(next_uses) {
        if held.contains(key) {
            hits += 1;
        } else {
            if held.len() == size {
                match last_needed.peek() {
                    Some(&(due, other)) if due > next_use => held.remove(other),
                    _ => continue,
                };
                last_needed.pop();
            }
            held.insert(key);
        }
        last_needed.push((next_use, key));
    }
    hits
}

/// For each request, when its key is asked for next; never, if that is past the end.
fn next_uses(keys: &[u64]) -> Vec<usize> {
    let mut seen = HashMap::new();
    let mut next_uses = vec![usize::MAX; keys.len()];
    for (at, key) in keys.iter().enumerate() {
        if let Some(last) = seen.insert(key, at) {
            next_uses[last] = at;
        }
    }
    next_uses
}

/// The answers to all jobs, in their order.
fn in_parallel<T: Sync, R: Send>(jobs: &[T], run: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let answers = Mutex::new(Vec::with_capacity(jobs.len()));
    let work = || {
        while let Some((at, job)) = take(jobs, &next) {
            let answer = run(job);
            let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
            answers.push((at, answer));
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(work);
        }
    });
    let mut answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    answers.sort_by_key(|&(at, _)| at);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

fn take<'jobs, T>(jobs: &'jobs [T], next: &AtomicUsize) -> Option<(usize, &'jobs T)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    jobs.get(at).map(|job| (at, job))
}
