//! Instructions of one operation, as callgrind counts them: the same on a machine that is busy.
//!
//! This program runs itself under valgrind, once for each figure, and asks that [`counted_by_callgrind`] alone be
//! counted.

mod callgrind;
mod piece;

use crate::grid::Grid;
use crate::measure::Settings;
use piece::{MEMOIZED, OPERATIONS, PEERS, Piece};

pub fn run(settings: Settings) {
    if !callgrind::is_there() {
        println!("Instructions were not counted: valgrind is not on this machine.\n");
        return;
    }
    print("Instructions of one operation", &PEERS, settings);
    print("Instructions of a memoized hit", &MEMOIZED, settings);
}

fn print(title: &str, pieces: &[Piece], settings: Settings) {
    let all = pieces.iter().flat_map(|piece| (piece.names)());
    let mut names = Vec::new();
    for name in all {
        if !names.contains(&name) && settings.only.is_none_or(|only| name == only) {
            names.push(name);
        }
    }
    let head = [""]
        .into_iter()
        .chain(pieces.iter().map(|piece| piece.title));
    let mut grid = Grid::new(head);
    for name in names {
        let mut row = vec![name.to_owned()];
        row.extend(pieces.iter().map(|piece| cell(piece, name)));
        grid.row(row);
    }
    grid.print(title);
}

fn cell(piece: &Piece, name: &str) -> String {
    if !(piece.names)().contains(&name) {
        return "–".to_owned();
    }
    match callgrind::count(piece.name, name) {
        Some(instructions) => format!("{:.0}", instructions / OPERATIONS as f64),
        None => "failed".to_owned(),
    }
}

/// What the program does when it runs itself: one piece, by one contestant. Answers whether there are such.
pub fn once(piece: &str, contestant: &str) -> bool {
    let mut pieces = PEERS.iter().chain(&MEMOIZED);
    let piece = pieces.find(|known| known.name == piece);
    let piece = piece.filter(|piece| (piece.names)().contains(&contestant));
    piece.is_some_and(|piece| {
        (piece.run)(contestant);
        true
    })
}

/// Does the work. It stands in the way of inlining, so that callgrind can tell by its name when to count.
#[inline(never)]
fn counted_by_callgrind(work: impl FnOnce()) {
    work();
}
