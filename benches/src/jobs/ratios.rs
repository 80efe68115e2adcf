//! How often traces of real programs find what they ask for, under every policy and in every peer.

mod candidates;
mod cell;
mod opt;
mod summary;
mod trace;

use crate::measure::Settings;
use candidates::Candidate;
use cell::Cell;
use trace::Trace;

/// Parts of the distinct keys, in thousandths.
const PARTS: [usize; 4] = [1, 10, 50, 200];
const CAPACITIES: [usize; 3] = [128, 512, 2048];
/// Below this, sharded peers are something else than they are made for.
const LEAST: usize = 100;

pub fn run(settings: Settings) {
    if settings.traces.is_empty() {
        eprintln!("hit ratios need traces: --traces=FOLDER, or paths");
        return;
    }
    let mut candidates = candidates::all();
    candidates.retain(|candidate| settings.only.is_none_or(|only| candidate.name == only));
    let mut cells = Vec::new();
    for path in settings.traces {
        match Trace::read(path, settings.most_requests) {
            Ok(trace) => cells.extend(replay(&trace, &candidates)),
            Err(error) => eprintln!("{}: {error}", path.display()),
        }
    }
    summary::print(&candidates, &cells);
}

fn replay(trace: &Trace, candidates: &[Candidate]) -> Vec<Cell> {
    let nexts = opt::next_uses(&trace.keys);
    let cells = capacities(trace.distinct).into_iter().map(|capacity| {
        let optimum = opt::hits(&nexts, capacity);
        let cell = Cell::measure(trace, capacity, optimum, candidates);
        eprintln!("{}", cell.line(candidates)); // these take minutes: show that something happens
        cell
    });
    cells.collect()
}

fn capacities(distinct: usize) -> Vec<usize> {
    let parts = PARTS.iter().map(|part| distinct * part / 1000);
    let mut capacities: Vec<usize> = parts.chain(CAPACITIES).collect();
    capacities.retain(|&capacity| capacity >= LEAST);
    capacities
}
