use cacheout::memoize;

#[memoize(ttl = 1, max_size = 2, ttl = 3)]
fn f(n: u32) -> u32 { n }

fn main() {}
