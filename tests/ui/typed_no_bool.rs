use cacheout::memoize;

#[memoize(typed = 1)]
fn f(n: u32) -> u32 { n }

fn main() {}
