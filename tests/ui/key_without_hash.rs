use cacheout::memoize;

struct Id(u32);
#[memoize(key: Id = Id(n))]
fn f(n: u32) -> u32 { n }

fn main() {}
