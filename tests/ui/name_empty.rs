use cacheout::memoize;

#[memoize(name = "")]
fn f(n: u32) -> u32 { n }

fn main() {}
