use cacheout::memoize;

#[memoize(ttl = -5)]
fn f(n: u32) -> u32 { n }

fn main() {}
