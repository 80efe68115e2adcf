use cacheout::memoize;

struct Big(u32);
#[memoize]
fn f(n: u32) -> Big { Big(n) }

fn main() {}
