use cacheout::memoize;

#[memoize]
fn plus(a: u32, #[cfg(any())] b: u32) -> u32 {
    a
}

fn main() {}
