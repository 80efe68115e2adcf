//! One trace at one capacity.

use super::candidates::{Candidate, Role};
use super::trace::Trace;

pub struct Cell {
    pub trace: String,
    pub capacity: usize,
    /// Hits in percent, if the future were known.
    pub optimum: f64,
    /// Of each candidate.
    pub ratios: Vec<Ratio>,
}

pub struct Ratio {
    /// Hits in percent.
    pub hits: f64,
    /// Whether there were more entries than the cache was built for, by 5 % at least.
    is_over_full: bool,
}

impl Cell {
    pub fn measure(
        trace: &Trace,
        capacity: usize,
        optimum: usize,
        candidates: &[Candidate],
    ) -> Self {
        let percent = |hits: usize| 100.0 * hits as f64 / trace.keys.len() as f64;
        let ratios = candidates.iter().map(|candidate| {
            let peer = (candidate.build)(capacity);
            let hits = peer.get_or_set_in_order(&trace.keys);
            peer.settle();
            Ratio {
                hits: percent(hits),
                is_over_full: peer.len().is_some_and(|len| 20 * len > 21 * capacity),
            }
        });
        Cell {
            trace: trace.name.clone(),
            capacity,
            optimum: percent(optimum),
            ratios: ratios.collect(),
        }
    }

    /// The best of those in these roles, but of none that held more than it should. None if nobody of them takes part.
    pub fn best(&self, candidates: &[Candidate], roles: &[Role]) -> Option<f64> {
        let ratios = candidates.iter().zip(&self.ratios);
        let counted = ratios
            .filter(|(candidate, ratio)| roles.contains(&candidate.role) && !ratio.is_over_full);
        counted.map(|(_, ratio)| ratio.hits).max_by(f64::total_cmp)
    }

    /// `trace at capacity`.
    pub fn name(&self) -> String {
        format!("{} at {}", self.trace, self.capacity)
    }

    pub fn line(&self, candidates: &[Candidate]) -> String {
        let figures = candidates.iter().zip(&self.ratios);
        let figures = figures.map(|(candidate, ratio)| {
            let mark = if ratio.is_over_full { "*" } else { "" };
            format!(", {} {:.1}{mark}", candidate.name, ratio.hits)
        });
        let figures: String = figures.collect();
        format!("{}: OPT {:.1}{figures}", self.name(), self.optimum)
    }
}
