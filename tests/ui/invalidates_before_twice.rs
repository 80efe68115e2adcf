use cacheout::{invalidates, memoize};

#[memoize]
fn price(n: u32) -> u32 { n }
#[invalidates(price, before, before)]
fn f() {}

fn main() {}
