use cacheout::memoize;

#[memoize(ttl = true)]
fn f(n: u32) -> u32 { n }

fn main() {}
