use cacheout::memoize;

#[memoize(ttl = 5 max_size = 9)]
fn f(n: u32) -> u32 { n }

fn main() {}
