use cacheout::memoize;

#[memoize(policy = Best)]
fn f(n: u32) -> u32 { n }

fn main() {}
