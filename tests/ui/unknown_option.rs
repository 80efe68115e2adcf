use cacheout::memoize;

#[memoize(max_sze = 9)]
fn f(n: u32) -> u32 { n }

fn main() {}
