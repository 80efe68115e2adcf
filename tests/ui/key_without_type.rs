use cacheout::memoize;

#[memoize(key = a)]
fn f(a: u32) -> u32 { a }

fn main() {}
