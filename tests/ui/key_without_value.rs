use cacheout::memoize;

#[memoize(key: u32)]
fn f(a: u32) -> u32 { a }

fn main() {}
