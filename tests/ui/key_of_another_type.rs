use cacheout::memoize;

#[memoize(key: String = a)]
fn f(a: u32) -> u32 { a }

fn main() {}
