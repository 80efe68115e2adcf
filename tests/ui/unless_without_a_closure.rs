use cacheout::memoize;

#[memoize(unless = value > 3)]
fn double(n: u32) -> u32 {
    n * 2
}

#[memoize(unless = true, skip("n"), max_sise = 3)]
fn triple(n: u32) -> u32 {
    n * 3
}

fn main() {}
