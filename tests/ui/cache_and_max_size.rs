use cacheout::memoize;

static CACHE: std::sync::LazyLock<cacheout::Cache<u32, u32>> = std::sync::LazyLock::new(Default::default);
#[memoize(cache = CACHE, max_size = 9)]
fn f(n: u32) -> u32 { n }

fn main() {}
