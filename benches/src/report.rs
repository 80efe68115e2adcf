//! Tables of what was measured.

use crate::grid::Grid;
use crate::measure::Samples;

/// What a column of measurements is, and how it is shown.
pub enum Column {
    /// A time: median, quartiles, ratio to the best peer and to the reference.
    Time(&'static str),
    /// A plain number: the median, with so many decimals.
    Plain(&'static str, usize),
}

/// One line: what was measured of one contestant.
pub struct Row {
    pub name: &'static str,
    /// Whether it competes: neither this crate itself, nor a baseline that does less than a cache.
    pub is_peer: bool,
    pub samples: Samples,
}

pub struct Table {
    pub title: String,
    pub columns: Vec<Column>,
    /// The row that others are compared with, besides the best.
    pub reference: &'static str,
    pub rows: Vec<Row>,
}

impl Table {
    pub fn print(&self) {
        let mut grid = Grid::new(self.head());
        for row in &self.rows {
            let mut cells = vec![row.name.to_owned()];
            for (index, column) in self.columns.iter().enumerate() {
                cells.extend(self.cells(row, index, column));
            }
            grid.row(cells);
        }
        grid.print(&self.title);
    }

    fn head(&self) -> Vec<String> {
        let mut names = vec![String::new()];
        for column in &self.columns {
            match *column {
                Column::Time(name) => {
                    names.extend([name, "quartiles", "× best"].map(str::to_owned));
                    names.push(format!("× {}", self.reference));
                }
                Column::Plain(name, _) => names.push(name.to_owned()),
            }
        }
        names
    }

    fn cells(&self, row: &Row, index: usize, column: &Column) -> Vec<String> {
        let samples = row.samples.get(index);
        match (column, samples) {
            (Column::Time(_), None) => ["–", "", "", ""].map(str::to_owned).into(),
            (Column::Plain(..), None) => vec!["–".to_owned()],
            (Column::Time(_), Some(samples)) => vec![
                figure(median(samples)),
                quartiles(samples),
                ratio(samples, self.best(index)),
                ratio(samples, self.of_reference(index)),
            ],
            (Column::Plain(_, decimals), Some(samples)) => {
                vec![format!("{:.decimals$}", median(samples))]
            }
        }
    }

    fn best(&self, index: usize) -> Option<&[f64]> {
        let peers = self.rows.iter().filter(|row| row.is_peer);
        let samples = peers.filter_map(|row| row.samples.get(index));
        let best = samples.min_by(|one, other| median(one).total_cmp(&median(other)));
        best.map(Vec::as_slice)
    }

    fn of_reference(&self, index: usize) -> Option<&[f64]> {
        let row = self.rows.iter().find(|row| row.name == self.reference)?;
        row.samples.get(index).map(Vec::as_slice)
    }
}

/// Three digits that count.
pub fn figure(number: f64) -> String {
    match number {
        ..100.0 => format!("{number:.1}"),
        _ => format!("{number:.0}"),
    }
}

/// The median of the rounds' ratios: a machine that is slower for some seconds is so for both. The ratio of two medians may be
/// one of a slow second to a fast one.
pub fn ratio(samples: &[f64], base: Option<&[f64]>) -> String {
    let Some(base) = base else {
        return "–".to_owned();
    };
    let ratios: Vec<f64> = samples.iter().zip(base).map(|(one, by)| one / by).collect();
    format!("{:.2}", median(&ratios))
}

pub fn median(samples: &[f64]) -> f64 {
    quantile(samples, 0.5)
}

/// The lower and the upper quartile.
pub fn quartiles(samples: &[f64]) -> String {
    let [low, high] = [0.25, 0.75].map(|part| figure(quantile(samples, part)));
    format!("{low}–{high}")
}

/// The value that a part of the samples does not exceed, between neighbours in proportion.
fn quantile(samples: &[f64], part: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = part * (sorted.len() - 1) as f64;
    let low = sorted[floor(at)];
    let high = sorted[floor(at.ceil())];
    low + (high - low) * at.fract()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an index into a few samples"
)]
fn floor(at: f64) -> usize {
    at as usize
}
