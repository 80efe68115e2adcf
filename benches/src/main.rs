//! Measures this crate and its peers side by side, and prints tables.
//!
//! `cargo run --release --manifest-path benches/Cargo.toml -- [--quick] [--all] [job…]`; without a job: the usual ones.

mod alloc;
mod jobs;
mod measure;
mod peers;
mod report;
mod zipf;

use jobs::Job;
use measure::Settings;

fn main() {
    let (options, names): (Vec<_>, Vec<_>) = std::env::args()
        .skip(1)
        .partition(|word| word.starts_with("--"));
    let has = |option: &str| options.iter().any(|word| word == option);
    let unknown = options
        .iter()
        .find(|word| !["--quick", "--all"].contains(&word.as_str()));
    let wanted: Vec<&Job> = jobs::ALL
        .iter()
        .filter(|job| is_wanted(job, &names, has("--all")))
        .collect();
    if unknown.is_some() || wanted.is_empty() {
        return usage();
    }
    let settings = if has("--quick") {
        Settings::QUICK
    } else {
        Settings::FULL
    };
    for job in wanted {
        (job.run)(settings);
    }
}

/// Whether a job is named, or begins with a name and a hyphen; without names, whether it is usual.
fn is_wanted(job: &Job, names: &[String], all: bool) -> bool {
    let is_named = |name: &String| {
        let rest = job.name.strip_prefix(name.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    match names {
        [] => job.is_usual || all,
        names => names.iter().any(is_named),
    }
}

fn usage() {
    let names: Vec<_> = jobs::ALL.iter().map(|job| job.name).collect();
    eprintln!(
        "options: [--quick] [--all] [job…], where a job is one of: {}",
        names.join(", ")
    );
    std::process::exit(2);
}
