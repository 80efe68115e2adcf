use cacheout::memoize;

#[memoize(skip(a, a))]
fn f(a: u32, b: u32) -> u32 { a + b }

fn main() {}
