use cacheout::memoize;

#[memoize(name = users)]
fn f(n: u32) -> u32 { n }

fn main() {}
