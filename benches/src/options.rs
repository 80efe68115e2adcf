//! What the command line asks for.

use std::fs;
use std::path::{Path, PathBuf};

use crate::jobs::{self, Job};
use crate::measure::Settings;

pub struct Options {
    pub settings: Settings,
    /// The piece of work that is counted, where the program was started by itself.
    pub once: Option<String>,
    pub jobs: Vec<&'static Job>,
}

impl Options {
    /// None if there is a word that means nothing.
    pub fn read(words: impl Iterator<Item = String>) -> Option<Self> {
        let mut settings = Settings::FULL;
        let mut only = None;
        let mut once = None;
        let mut all = false;
        let mut names = Vec::new();
        let mut traces = Vec::new();
        for word in words {
            match word.as_str() {
                "--quick" => settings = Settings::QUICK,
                "--all" => all = true,
                option if option.starts_with("--") => {
                    if let Some(path) = option.strip_prefix("--traces=") {
                        traces.extend(files(path.as_ref())?);
                    } else if let Some(piece) = option.strip_prefix("--once=") {
                        once = Some(piece.to_owned());
                    } else {
                        // for as long as the program runs
                        only = Some(&*option.strip_prefix("--only=")?.to_owned().leak());
                    }
                }
                name if jobs::ALL.iter().any(|job| is_named(job, name)) => names.push(word),
                path => {
                    traces.extend(files(path.as_ref())?);
                    names.push("ratios".to_owned());
                }
            }
        }
        settings.only = only;
        settings.traces = traces.leak();
        let wanted = |job: &&Job| is_wanted(job, &names, all);
        let jobs: Vec<_> = jobs::ALL.iter().filter(wanted).collect();
        (!jobs.is_empty()).then_some(Options {
            settings,
            once,
            jobs,
        })
    }
}

/// A file, or those of a folder that are traces by their names, in order.
fn files(path: &Path) -> Option<Vec<PathBuf>> {
    if !path.is_dir() {
        return path.is_file().then(|| vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).ok()?.filter_map(Result::ok);
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|file| {
        let extension = file.extension();
        extension.is_some_and(|extension| extension == "gz" || extension == "txt")
    });
    files.sort();
    Some(files)
}

/// Whether a job is named; without names, whether it is usual.
fn is_wanted(job: &Job, names: &[String], all: bool) -> bool {
    match names {
        [] => job.is_usual || all,
        names => names.iter().any(|name| is_named(job, name)),
    }
}

/// By its name, or by a beginning that no job has as its name.
fn is_named(job: &Job, name: &str) -> bool {
    let is_whole = jobs::ALL.iter().any(|job| job.name == name);
    job.name == name || !is_whole && job.name.starts_with(name)
}

pub fn usage() -> String {
    let names: Vec<_> = jobs::ALL.iter().map(|job| job.name).collect();
    format!(
        "options: [--quick] [--all] [--only=peer] [--traces=folder] [job…] [trace…]; jobs: {}",
        names.join(", ")
    )
}
