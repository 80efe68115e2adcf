//! What the command line asks for.

use crate::jobs::{self, Job};
use crate::measure::Settings;

pub struct Options {
    pub settings: Settings,
    pub jobs: Vec<&'static Job>,
}

impl Options {
    /// None if there is a word that means nothing.
    pub fn read(words: impl Iterator<Item = String>) -> Option<Self> {
        let mut settings = Settings::FULL;
        let mut only = None;
        let mut all = false;
        let mut names = Vec::new();
        for word in words {
            match word.as_str() {
                "--quick" => settings = Settings::QUICK,
                "--all" => all = true,
                option if option.starts_with("--") => {
                    // for as long as the program runs
                    only = Some(&*option.strip_prefix("--only=")?.to_owned().leak());
                }
                _ => names.push(word),
            }
        }
        settings.only = only;
        let wanted = |job: &&Job| is_wanted(job, &names, all);
        let jobs: Vec<_> = jobs::ALL.iter().filter(wanted).collect();
        (!jobs.is_empty()).then_some(Options { settings, jobs })
    }
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
        "options: [--quick] [--all] [--only=peer] [job…]; jobs: {}",
        names.join(", ")
    )
}
