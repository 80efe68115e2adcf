use cacheout::memoize;

#[memoize(ttl = "1m 30x")]
fn f(n: u32) -> u32 { n }

fn main() {}
