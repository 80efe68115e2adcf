use cacheout::memoize;

#[memoize(skip(a), key: u32 = b)]
fn f(a: u32, b: u32) -> u32 { a + b }

fn main() {}
