//! Where the figures come from.

use std::fs;

/// One sentence that goes before the tables: the machine, and the versions of the peers.
pub fn print() {
    let peers = PEERS.iter().filter_map(|&name| version(name));
    println!(
        "Measured on {}, {} cores; {}.\n",
        processor().unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
        std::thread::available_parallelism().map_or(1, usize::from),
        peers.collect::<Vec<_>>().join(", "),
    );
}

const PEERS: [&str; 10] = [
    "quick_cache",
    "scc",
    "TinyUFO",
    "schnellru",
    "lru",
    "cached",
    "moka",
    "foyer-memory",
    "memoize",
    "hashbrown",
];

fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let mut names = text
        .lines()
        .filter_map(|line| line.strip_prefix("model name"));
    let name = names.next()?.trim_start_matches([' ', '\t', ':']);
    Some(name.to_owned())
}

/// The name and the newest version of it that is locked: what this crate asks for, where others ask for older ones.
fn version(name: &str) -> Option<String> {
    let name_line = format!("name = \"{name}\"\nversion = \"");
    let lock = include_str!("../Cargo.lock");
    let (_, rest) = lock.rsplit_once(&name_line)?;
    Some(format!("{name} {}", rest.split('"').next()?))
}
