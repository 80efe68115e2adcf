use std::sync::LazyLock;

use cacheout::{Cache, MemoKey, memoize};

static NUMBERS: LazyLock<Cache<u32, u64>> = LazyLock::new(|| Cache::new(9));
static RESULTS: LazyLock<Cache<u32, Result<u32, String>>> = LazyLock::new(|| Cache::new(9));
static SHARED: LazyLock<Cache<MemoKey, u32>> = LazyLock::new(|| Cache::new(9));

#[memoize(cache = NUMBERS)]
fn text(n: u32) -> String {
    n.to_string()
}

#[memoize(cache = RESULTS)]
fn checked(n: u32) -> Result<u32, String> {
    Ok(n)
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Hidden;

#[memoize(cache = SHARED)]
fn hidden(_hidden: Hidden) -> u32 {
    1
}

fn main() {
    text(1);
    text::clear();
    checked::peek(1);
}
