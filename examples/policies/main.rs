//! Which policy, and what size? `cargo run --release --example policies [--svg FILE] [TRACE]…`
//!
//! Replays what a program asked for through a cache of every policy, at several sizes, and shows what each would have
//! found, beside what is possible at all (OPT, which knows the future). A trace is a file with one key a line, plain or
//! gzip'd, or a folder of such files; without any, some made-up workloads are replayed. To choose for a program of your
//! own, let it write down the keys it looks up.
//!
//! Prints a table for each trace with the best policy of each row marked, and writes a chart to `target/policies.svg`.

#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "hits and requests become ratios, and parts become sizes"
)]

mod chart;
mod replay;
mod trace;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use indicatif::{ProgressBar, ProgressStyle};

use replay::{Line, Report};
use trace::Trace;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let Arguments { svg, paths } = Arguments::read()?;
    let files = trace::find(&paths)?;
    let mut reports = Vec::new();
    if files.is_empty() {
        println!("\nno traces are named, so some made-up workloads are replayed");
        reports.extend(trace::synthetic().iter().map(report));
    }
    for file in &files {
        reports.push(report(&Trace::read(file)?));
    }
    if reports.len() > 1 {
        print_means(&reports);
    }
    write(&svg, &chart::draw(&reports))?;
    println!("\nchart: {}\n", svg.display());
    Ok(())
}

/// What the command line says.
struct Arguments {
    svg: PathBuf,
    paths: Vec<PathBuf>,
}

impl Arguments {
    fn read() -> Result<Self, String> {
        let mut svg = PathBuf::from("target/policies.svg");
        let mut paths = Vec::new();
        let mut arguments = env::args_os().skip(1);
        while let Some(argument) = arguments.next() {
            if argument == "--svg" {
                let file = arguments.next().ok_or("--svg: name a file after it")?;
                svg = PathBuf::from(file);
            } else if argument.to_string_lossy().starts_with("--") {
                let unknown = argument.to_string_lossy();
                return Err(format!("{unknown}: no such option; there is --svg FILE"));
            } else {
                paths.push(PathBuf::from(argument));
            }
        }
        Ok(Arguments { svg, paths })
    }
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    let folder = file.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(file, text))
        .map_err(|error| {
            let file = file.display();
            format!("{file}: {error}; choose another file with --svg FILE")
        })
}

/// Replays a trace and prints its table.
fn report(trace: &Trace) -> Report {
    // draws nothing where standard error is no terminal
    let progress = ProgressBar::new(replay::jobs(trace));
    let style = ProgressStyle::with_template("{msg} {bar:40} {pos} of {len}, {eta} left");
    progress.set_style(style.expect("the template is right"));
    progress.set_message(trace.name.clone());
    let report = Report::make(trace, &progress);
    progress.finish_and_clear();
    print_table(&report);
    report
}

/// Hit ratios in percent, a row for each size.
fn print_table(report: &Report) {
    println!(
        "\n{}: {} requests of {} keys; hits in percent, * the best policy\n",
        report.name,
        grouped(report.requests),
        grouped(report.distinct)
    );
    print!("{:>10} {:>9}", "size", "of keys");
    for line in report.lines.iter().chain([&report.optimum]) {
        print!(" {:>7} ", line.name);
    }
    println!();
    for (at, &size) in report.sizes.iter().enumerate() {
        print!("{:>10} {:>7.1} %", grouped(size), report.percent(size));
        let best = report.best(at).ratios[at];
        for line in &report.lines {
            let mark = if line.ratios[at] < best { ' ' } else { '*' };
            print!(" {:7.2}{mark}", line.ratios[at]);
        }
        println!(" {:7.2}", report.optimum.ratios[at]);
    }
    println!("\n{}", advice(report));
}

/// Of the sizes, the smallest that finds nine tenths of what the largest finds, with its best policy.
fn advice(report: &Report) -> String {
    let best = |at: usize| report.best(at).ratios[at];
    let last = report.sizes.len() - 1;
    let at = (0..=last).find(|&at| best(at) >= 0.9 * best(last));
    let at = at.unwrap_or(last);
    format!(
        "for this workload: policy {} at size {} reaches {:.1} % hits, where {:.1} % are possible",
        report.best(at).name,
        grouped(report.sizes[at]),
        best(at),
        report.optimum.ratios[at]
    )
}

/// What each policy finds on the average of all traces and sizes.
fn print_means(reports: &[Report]) {
    println!("\non the average of all rows:");
    let lines = |report: &'_ Report, line: usize| match report.lines.get(line) {
        Some(line) => line.ratios.clone(),
        None => report.optimum.ratios.clone(),
    };
    let names = reports[0].lines.iter().chain([&reports[0].optimum]);
    for (line, Line { name, .. }) in names.enumerate() {
        let ratios = reports.iter().flat_map(|report| lines(report, line));
        let ratios = ratios.collect::<Vec<_>>();
        let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
        println!("{name:>10} {mean:6.2}");
    }
}

/// A number with its thousands set apart.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    let groups = groups.map(|group| String::from_utf8_lossy(group));
    groups.collect::<Vec<_>>().join(",")
}
