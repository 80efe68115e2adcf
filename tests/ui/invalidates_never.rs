use cacheout::{invalidates, memoize};

#[memoize]
fn price(id: u32) -> u32 {
    id
}

#[invalidates(price)]
fn leave() -> ! {
    std::process::exit(0)
}

fn main() {}
