//! A spell-checker, first without its caches, then with them: `cargo run --release --example quickstart [TEXT]`.
//!
//! It checks a text (this repository's README, unless another is named) against the words of the repository's other
//! files, the way an editor does: whenever a word was typed, its paragraph is looked at again. Two of its functions are
//! memoized. It prints what that saves, what was found, and what the caches have to tell.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use std::{env, fs, io};

use cacheout::{CacheConfig, CacheManager, memoize};

/// Suggestions for each word that is in no other file.
type Findings = BTreeMap<String, Vec<&'static str>>;

/// Words that are longer or shorter by more than this are not compared.
const REACH: usize = 2;
/// How much of a long text is checked, in words.
const LIMIT: usize = 1_000;
/// How much of a long paragraph is looked at again after each word.
const WINDOW: usize = 40;

static DICTIONARY: OnceLock<BTreeSet<String>> = OnceLock::new();

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = env::args_os().nth(1).map(PathBuf::from);
    let path = path.unwrap_or_else(|| root.join("README.md"));
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let paragraphs = paragraphs(&text);
    let files = sources(&fs::canonicalize(root)?, &fs::canonicalize(&path)?)?;
    let dictionary = DICTIONARY.get_or_init(|| dictionary(&files));

    show_task(&path, &paragraphs, dictionary.len(), files.len());

    switch_caches(false)?;
    let (plain, without) = time(|| check_while_typing(&paragraphs));
    switch_caches(true)?;
    let (cached, with) = time(|| check_while_typing(&paragraphs));
    assert_eq!(plain, cached, "a cache never changes a result");

    show_times(without, with);
    show_findings(&cached);
    show_caches();
    Ok(())
}

// ------------------------------------------------------------------------------------------------- the spell-checker

/// The words of the dictionary that are most like `word`. An editor asks for the same ones again and again.
#[memoize(max_size = 4096)]
fn suggestions(word: &str) -> Vec<&'static str> {
    let candidates = candidates(word.len());
    let near = candidates
        .iter()
        .filter_map(|&known| Some((distance(word, known)?, known)));
    let mut near: Vec<_> = near.collect();
    near.sort_unstable();
    near.into_iter().map(|(_, known)| known).take(3).collect()
}

/// The words of the dictionary that are about as long. Memoized functions may call each other.
#[memoize(unbounded)]
fn candidates(length: usize) -> Arc<[&'static str]> {
    let about = length.saturating_sub(REACH)..=length + REACH;
    let known = DICTIONARY.get().into_iter().flatten();
    known
        .map(String::as_str)
        .filter(|known| about.contains(&known.len()))
        .collect()
}

/// How many letters have to be changed, added or left out to make one word the other (Levenshtein), if few.
fn distance(one: &str, other: &str) -> Option<usize> {
    let other = other.as_bytes();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &b) in other.iter().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    let distance = row[other.len()];
    (distance <= REACH).then_some(distance)
}

/// Types the text: each time a word is finished, what there is of its paragraph is checked once more.
fn check_while_typing(paragraphs: &[Vec<String>]) -> Findings {
    let known = |word: &String| DICTIONARY.get().is_some_and(|words| words.contains(word));
    let mut findings = Findings::new();
    for paragraph in paragraphs {
        for end in 1..=paragraph.len() {
            let visible = &paragraph[end.saturating_sub(WINDOW)..end];
            for word in visible.iter().filter(|word| !known(word)) {
                findings.insert(word.clone(), suggestions(word));
            }
        }
    }
    findings
}

// ------------------------------------------------------------------------------------------------------ the caches

/// Switches all memoized functions of the program on, with statistics, or off.
fn switch_caches(on: bool) -> Result<(), cacheout::Error> {
    let manager = CacheManager::global();
    for name in manager.names() {
        manager.configure(&name, CacheConfig::new().enabled(on).stats(on))?;
    }
    Ok(())
}

fn show_caches() {
    let columns = [
        "entries", "max size", "policy", "hits", "misses", "hit rate",
    ];
    let head: String = columns.map(|column| format!("{column:>10}")).concat();
    println!("\n{:<24}{head}", "cache");
    for (name, cache) in CacheManager::global() {
        let stats = cache.stats();
        let max_size = match cache.max_size() {
            0 => "any".to_owned(),
            size => size.to_string(),
        };
        let rate = format!("{:.1} %", 100.0 * stats.hit_rate());
        println!(
            "{name:<24}{:>10}{max_size:>10}{:>10}{:>10}{:>10}{rate:>10}",
            cache.len(),
            cache.policy(),
            stats.hit_count,
            stats.miss_count,
        );
    }
    println!();
}

// --------------------------------------------------------------------------------------------- reading and printing

/// The words of each paragraph of a text, up to the limit.
fn paragraphs(text: &str) -> Vec<Vec<String>> {
    let mut left = LIMIT;
    let paragraph = |paragraph| {
        let words: Vec<_> = words(paragraph).take(left).collect();
        left -= words.len();
        words
    };
    text.split("\n\n").map(paragraph).collect()
}

/// The words of a text, in lower case: runs of at least four letters.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_ascii_alphabetic())
        .filter(|word| word.len() >= 4)
        .map(str::to_ascii_lowercase)
}

/// All Rust, Markdown and TOML files below `folder`, but for the text itself.
fn sources(folder: &Path, text: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        if entry.file_type()?.is_dir() {
            if name != "target" && name != ".git" {
                files.extend(sources(&path, text)?);
            }
            continue;
        }
        let extension = path.extension().and_then(|extension| extension.to_str());
        if matches!(extension, Some("rs" | "md" | "toml")) && path != text {
            files.push(path);
        }
    }
    Ok(files)
}

fn dictionary(files: &[PathBuf]) -> BTreeSet<String> {
    let texts = files
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok());
    texts
        .flat_map(|text| words(&text).collect::<Vec<_>>())
        .collect()
}

fn time<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    (work(), start.elapsed())
}

fn show_task(path: &Path, paragraphs: &[Vec<String>], known: usize, files: usize) {
    let count: usize = paragraphs.iter().map(Vec::len).sum();
    println!("\nchecking   {} ({count} words)", path.display());
    println!("against    {known} words of {files} files");
}

fn show_times(without: Duration, with: Duration) {
    let times = without.as_secs_f64() / with.as_secs_f64();
    println!(
        "\nwithout its caches {:>9.1} ms",
        1e3 * without.as_secs_f64()
    );
    println!(
        "with them          {:>9.1} ms, {times:.1} times as fast",
        1e3 * with.as_secs_f64()
    );
}

fn show_findings(findings: &Findings) {
    println!(
        "\n{} words are in no other file. Did you mean …?",
        findings.len()
    );
    let likely = findings.iter().filter(|(_, near)| !near.is_empty());
    for (word, near) in likely.take(8) {
        println!("  {word:<20} {}", near.join(", "));
    }
}
