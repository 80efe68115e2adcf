//! What an operation costs as the number of entries grows.

mod get_or_insert;
mod hit;
mod insert;

use crate::grid::Grid;
use crate::measure::{Named, Samples, Settings, rounds};
use crate::peers::{self, Contestant, Kind, REFERENCE};
use crate::report::{figure, median, quartiles, ratio};

/// The last one takes gigabytes, and most of the time.
const CAPACITIES: [usize; 6] = [100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];

pub fn run(settings: Settings) {
    hit::run(settings);
    insert::run(settings);
    get_or_insert::run(settings);
}

/// This crate beside the reference.
fn contestants() -> Vec<Contestant> {
    let mut contestants = peers::plain();
    contestants.retain(|c| c.kind == Kind::Own || c.name == REFERENCE);
    contestants
}

/// Measures all contestants at each capacity, and prints a table with a line for each. `prepare` makes what they share
/// at one capacity, and `measure` answers the time of one operation.
fn compare<C: Named, L>(
    title: &str,
    settings: Settings,
    contestants: &[C],
    prepare: impl Fn(usize) -> L,
    measure: impl Fn(&C, usize, &L) -> f64,
) {
    let mut head = vec!["entries".to_owned()];
    for contestant in contestants {
        head.push(format!("{}, ns", contestant.name()));
        head.push("quartiles".to_owned());
        if contestant.name() != REFERENCE {
            head.push(format!("× {REFERENCE}"));
        }
    }
    let mut grid = Grid::new(head);
    let capacities = CAPACITIES.iter().filter(|&&c| c <= settings.most_entries);
    for &capacity in capacities {
        let load = prepare(capacity);
        let part = if capacity < 1_000_000 { 2 } else { 5 };
        let samples = rounds(settings.fewer_rounds(part), contestants, |contestant| {
            vec![measure(contestant, capacity, &load)]
        });
        let mut line = vec![grouped(capacity)];
        line.extend(cells(contestants, &samples));
        grid.row(line);
    }
    grid.print(title);
}

fn cells<C: Named>(contestants: &[C], samples: &[Samples]) -> Vec<String> {
    let reference = contestants.iter().position(|c| c.name() == REFERENCE);
    let reference = reference.and_then(|index| samples[index].first());
    let reference = reference.map(Vec::as_slice);
    let mut cells = Vec::new();
    for (contestant, samples) in contestants.iter().zip(samples) {
        let times = samples.first();
        cells.push(times.map_or("–".to_owned(), |times| figure(median(times))));
        cells.push(times.map_or(String::new(), |times| quartiles(times)));
        if contestant.name() != REFERENCE {
            cells.push(times.map_or(String::new(), |times| ratio(times, reference)));
        }
    }
    cells
}

/// A number with commas between thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
