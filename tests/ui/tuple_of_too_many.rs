use cacheout::memoize;

#[memoize]
fn first(all: (u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, f64)) -> u8 {
    all.0
}

fn main() {}
