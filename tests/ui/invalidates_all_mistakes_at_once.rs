use cacheout::{invalidates, memoize};

#[memoize]
fn price(id: u32) -> u32 {
    id
}

#[invalidates(1, price(id) +, before, before, crat = cacheout)]
fn set_price(id: u32) {}

fn main() {}
