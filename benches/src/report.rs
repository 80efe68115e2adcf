//! Tables in Markdown.

use std::fmt::Write;

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
        println!("### {}\n\n{}", self.title, self.markdown());
    }

    fn markdown(&self) -> String {
        let mut text = self.head();
        for row in &self.rows {
            let _ = write!(text, "| {} ", row.name);
            for (index, column) in self.columns.iter().enumerate() {
                text.push_str(&self.cells(row, index, column));
            }
            text.push_str("|\n");
        }
        text
    }

    fn head(&self) -> String {
        let mut names = String::from("| |");
        let mut rule = String::from("|---|");
        for column in &self.columns {
            match column {
                Column::Time(name) => {
                    let _ = write!(
                        names,
                        " {name} | quartiles | × best | × {} |",
                        self.reference
                    );
                    rule.push_str("---:|---:|---:|---:|");
                }
                Column::Plain(name, _) => {
                    let _ = write!(names, " {name} |");
                    rule.push_str("---:|");
                }
            }
        }
        format!("{names}\n{rule}\n")
    }

    fn cells(&self, row: &Row, index: usize, column: &Column) -> String {
        let Some(samples) = row.samples.get(index) else {
            return match column {
                Column::Time(_) => "| – | | | ".to_owned(),
                Column::Plain(..) => "| – ".to_owned(),
            };
        };
        let median = quantile(samples, 0.5);
        match column {
            Column::Time(_) => {
                let (low, high) = (quantile(samples, 0.25), quantile(samples, 0.75));
                format!(
                    "| {} | {}–{} | {} | {} ",
                    figure(median),
                    figure(low),
                    figure(high),
                    ratio(median, self.best(index)),
                    ratio(median, self.of_reference(index)),
                )
            }
            Column::Plain(_, decimals) => format!("| {median:.decimals$} "),
        }
    }

    fn best(&self, index: usize) -> Option<f64> {
        let peers = self.rows.iter().filter(|row| row.is_peer);
        let medians = peers.filter_map(|row| row.samples.get(index));
        medians
            .map(|samples| quantile(samples, 0.5))
            .min_by(f64::total_cmp)
    }

    fn of_reference(&self, index: usize) -> Option<f64> {
        let row = self.rows.iter().find(|row| row.name == self.reference)?;
        row.samples.get(index).map(|samples| quantile(samples, 0.5))
    }
}

/// Three digits that count.
fn figure(number: f64) -> String {
    match number {
        ..100.0 => format!("{number:.1}"),
        _ => format!("{number:.0}"),
    }
}

fn ratio(number: f64, base: Option<f64>) -> String {
    base.map_or("–".to_owned(), |base| format!("{:.2}", number / base))
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
