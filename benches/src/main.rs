//! Measures this crate and its peers side by side, and prints tables.
//!
//! `cargo run --release --manifest-path benches/Cargo.toml -- [--quick] [--all] [--only=peer] [--traces=folder] [job…] [trace…]`

mod alloc;
mod grid;
mod jobs;
mod measure;
mod options;
mod peers;
mod preamble;
mod quiet;
mod report;
mod zipf;

use options::Options;

fn main() {
    let Some(options) = Options::read(std::env::args().skip(1)) else {
        eprintln!("{}", options::usage());
        std::process::exit(2);
    };
    if let Some(piece) = options.once {
        let is_known = jobs::once(&piece, options.settings.only.unwrap_or_default());
        std::process::exit(i32::from(!is_known));
    }
    preamble::print();
    for job in options.jobs {
        (job.run)(options.settings);
    }
}
