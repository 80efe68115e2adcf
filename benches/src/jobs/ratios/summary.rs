//! Tables of means, and of where a candidate falls short most.

use super::candidates::{Candidate, Role};
use super::cell::Cell;
use crate::grid::Grid;

pub fn print(candidates: &[Candidate], cells: &[Cell]) {
    if cells.is_empty() {
        return;
    }
    overall(candidates, cells);
    by_trace(candidates, cells);
}

fn overall(candidates: &[Candidate], cells: &[Cell]) {
    let best = |cell: &Cell| cell.best(candidates, &[Role::Fixed, Role::Peer]);
    let mut grid = Grid::new(["", "mean, %", "worst shortfall, points", "where"]);
    let mut mean_row = |name: &str, of: &dyn Fn(&Cell) -> Option<f64>| {
        let ratios: Option<Vec<f64>> = cells.iter().map(of).collect();
        if let Some(ratios) = ratios {
            grid.row([name, &format!("{:.1}", mean(ratios.into_iter())), "", ""]);
        }
    };
    mean_row("OPT", &|cell| Some(cell.optimum));
    mean_row("the best of each pair, policies and peers", &best);
    mean_row("the best of each pair, policies alone", &|cell| {
        cell.best(candidates, &[Role::Fixed])
    });
    for (index, candidate) in candidates.iter().enumerate() {
        let ratio = |cell: &Cell| cell.ratios[index].hits;
        let shortfall = |cell: &Cell| best(cell).map(|best| (best - ratio(cell)).max(0.0));
        let shortfalls = cells
            .iter()
            .filter_map(|cell| Some((shortfall(cell)?, cell)));
        let worst = shortfalls.max_by(|(one, _), (other, _)| one.total_cmp(other));
        let worst = worst.map(|(points, cell)| [format!("{points:.1}"), cell.name()]);
        let mean = format!("{:.1}", mean(cells.iter().map(ratio)));
        let [points, place] = worst.unwrap_or_default();
        grid.row([candidate.name, &mean, &points, &place]);
    }
    let title = format!(
        "Hit ratios over {} pairs of trace and capacity",
        cells.len()
    );
    grid.print(&title);
}

fn by_trace(candidates: &[Candidate], cells: &[Cell]) {
    let head = ["trace", "capacities", "OPT"].into_iter();
    let mut grid = Grid::new(head.chain(candidates.iter().map(|candidate| candidate.name)));
    for cells in cells.chunk_by(|one, other| one.trace == other.trace) {
        let mut row = vec![cells[0].trace.clone(), cells.len().to_string()];
        row.push(format!(
            "{:.1}",
            mean(cells.iter().map(|cell| cell.optimum))
        ));
        for index in 0..candidates.len() {
            let ratios = cells.iter().map(|cell| cell.ratios[index].hits);
            row.push(format!("{:.1}", mean(ratios)));
        }
        grid.row(row);
    }
    grid.print("Hit ratios, %, means over the capacities of each trace");
}

fn mean(numbers: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = numbers.len() as f64;
    numbers.sum::<f64>() / count
}
