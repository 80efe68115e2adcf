use cacheout::memoize;

#[memoize(unbounded = true)]
fn f(n: u32) -> u32 { n }

fn main() {}
