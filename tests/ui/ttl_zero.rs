use cacheout::memoize;

#[memoize(ttl = 0)]
fn f(n: u32) -> u32 { n }

#[memoize(ttl = "0.4ns")]
fn g(n: u32) -> u32 { n }

fn main() {}
