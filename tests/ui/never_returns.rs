use cacheout::memoize;

#[memoize]
fn f(n: u32) -> ! { panic!("{n}") }

fn main() {}
