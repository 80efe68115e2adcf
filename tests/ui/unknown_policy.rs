use cacheout::memoize;

#[memoize(policy = Lruu)]
fn f(n: u32) -> u32 { n }

fn main() {}
