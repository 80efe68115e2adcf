use cacheout::memoize;

#[memoize(max_size)]
fn f(n: u32) -> u32 { n }

fn main() {}
