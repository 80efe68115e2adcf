use cacheout::memoize;

#[memoize(skip(self))]
fn f(a: u32) -> u32 { a }

fn main() {}
