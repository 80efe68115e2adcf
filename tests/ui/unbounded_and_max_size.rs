use cacheout::memoize;

#[memoize(unbounded, max_size = 9)]
fn f(n: u32) -> u32 { n }

fn main() {}
