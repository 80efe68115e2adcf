use cacheout::memoize;

#[memoize]
const fn f(n: u32) -> u32 { n }

fn main() {}
