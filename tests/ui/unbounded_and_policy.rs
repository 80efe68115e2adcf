use cacheout::memoize;

#[memoize(unbounded, policy = Lru)]
fn f(n: u32) -> u32 { n }

fn main() {}
