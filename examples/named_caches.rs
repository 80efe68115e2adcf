//! Caches with names: `cargo run --release --example named_caches`.
//!
//! A small code-metrics tool. Its caches are set up in one place, at start-up; the functions that use them find them by
//! name, with their types; reports and changes of settings while the program runs need no types at all. What it
//! measures are the source files of this repository.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cacheout::{AnyCache, CacheConfig, CacheManager, Policy};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let manager = CacheManager::global();
    set_up(manager)?;

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cacheout-core/src");
    let mut files = Vec::new();
    find_sources(&folder, &mut files)?;
    files.sort();

    println!("\nThe longest files below {}:\n", folder.display());
    report(manager, &folder, &files)?;
    show_caches(manager, "after one report");
    report_silently(manager, &files)?;
    show_caches(manager, "after another one");

    shrink(manager)?;
    show_caches(
        manager,
        "reconfigured while in use: a smaller bound holds at once",
    );
    show_mistakes(manager);
    Ok(())
}

/// All settings in one place. A real program would read them from a file.
fn set_up(manager: &CacheManager) -> Result<()> {
    let base = CacheConfig::new().stats(true);
    manager.setup([
        (
            "texts",
            base.clone().max_size(100).ttl(Duration::from_secs(60)),
        ),
        ("lines", base.clone().max_size(1_000)),
        ("longest", base.max_size(1_000).policy(Policy::Lfu)),
    ])?;
    Ok(())
}

// ------------------------------------------------------------------------------ functions that use caches, by name

/// A file's text.
fn text(manager: &CacheManager, file: &Path) -> Result<Arc<str>> {
    let texts = manager.get::<PathBuf, Arc<str>>("texts")?;
    Ok(texts.try_get_or_set_with(file, || fs::read_to_string(file).map(Arc::from))?)
}

/// How many lines of a file are no comments.
fn lines(manager: &CacheManager, file: &Path) -> Result<usize> {
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
    let count = || text(manager, file).map(|text| text.lines().filter(is_code).count());
    manager
        .get::<PathBuf, usize>("lines")?
        .try_get_or_set_with(file, count)
}

/// The length of a file's longest line.
fn longest(manager: &CacheManager, file: &Path) -> Result<usize> {
    let length = |line: &str| line.chars().count();
    let measure = || text(manager, file).map(|text| text.lines().map(length).max().unwrap_or(0));
    manager
        .get::<PathBuf, usize>("longest")?
        .try_get_or_set_with(file, measure)
}

fn report(manager: &CacheManager, folder: &Path, files: &[PathBuf]) -> Result<()> {
    let mut measured = Vec::new();
    for file in files {
        measured.push((lines(manager, file)?, longest(manager, file)?, file));
    }
    measured.sort_by_key(|&(lines, ..)| std::cmp::Reverse(lines));
    println!(
        "  {:<24}{:>14}{:>16}",
        "file", "lines of code", "longest line"
    );
    for (lines, longest, file) in measured.into_iter().take(5) {
        let name = file
            .strip_prefix(folder)
            .unwrap_or(file)
            .display()
            .to_string();
        println!("  {name:<24}{lines:>14}{longest:>16}");
    }
    Ok(())
}

fn report_silently(manager: &CacheManager, files: &[PathBuf]) -> Result<()> {
    for file in files {
        lines(manager, file)?;
        longest(manager, file)?;
    }
    Ok(())
}

fn find_sources(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find_sources(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

// -------------------------------------------------------------------------------- caches without their types

/// Any settings can change, but for the number of shards. Entries stay, as far as there is room.
fn shrink(manager: &CacheManager) -> Result<()> {
    manager.configure("texts", CacheConfig::new().max_size(3))?;
    manager
        .cache("longest")?
        .configure(CacheConfig::new().policy(Policy::Fifo).max_size(10))?;
    manager.cache("lines")?.clear();
    Ok(())
}

fn show_caches(manager: &CacheManager, when: &str) {
    let columns = [
        "entries",
        "max size",
        "policy",
        "ttl",
        "hit rate",
        "evictions",
    ];
    println!("\nThe caches, {when}:\n");
    println!(
        "  {:<10}{}",
        "name",
        columns.map(|column| format!("{column:>11}")).concat()
    );
    for (name, cache) in manager {
        println!("  {name:<10}{}", row(&cache));
    }
}

fn row(cache: &AnyCache) -> String {
    let stats = cache.stats();
    let cells = [
        cache.len().to_string(),
        cache.max_size().to_string(),
        cache.policy().to_string(),
        cache.ttl().map_or("-".to_owned(), |ttl| format!("{ttl:?}")),
        format!("{:.0} %", 100.0 * stats.hit_rate()),
        stats.eviction_count.to_string(),
    ];
    cells.map(|cell| format!("{cell:>11}")).concat()
}

/// What is asked for wrongly is answered with what to do about it.
fn show_mistakes(manager: &CacheManager) {
    let mistakes = [
        ("a wrong name", manager.get::<PathBuf, usize>("line").err()),
        ("other types", manager.get::<PathBuf, String>("lines").err()),
        (
            "no weigher",
            manager
                .configure("lines", CacheConfig::new().max_weight(9))
                .err(),
        ),
        (
            "no text",
            manager
                .cache("texts")
                .and_then(|texts| texts.delete_glob("*.rs"))
                .err(),
        ),
    ];
    println!("\nSome mistakes, and what they are answered with:\n");
    for (mistake, error) in mistakes {
        let answer = error.map_or("nothing".to_owned(), |error| error.to_string());
        println!("  {mistake:<14}{answer}");
    }
    println!();
}
