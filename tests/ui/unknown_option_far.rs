use cacheout::memoize;

#[memoize(colour = "red")]
fn f(n: u32) -> u32 { n }

fn main() {}
