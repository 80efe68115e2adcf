use cacheout::memoize;

static CACHE: std::sync::LazyLock<cacheout::Cache<String, u32>> = std::sync::LazyLock::new(Default::default);
#[memoize(cache = CACHE)]
fn f(n: u32) -> u32 { n }

fn main() {}
