use cacheout::memoize;

#[memoize(thread_local, name = "x")]
fn f(n: u32) -> u32 { n }

fn main() {}
