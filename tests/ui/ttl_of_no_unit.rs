use cacheout::memoize;

#[memoize(ttl = 5min)]
fn double(n: u32) -> u32 {
    n * 2
}

#[memoize(ttl = 1.5x)]
fn triple(n: u32) -> u32 {
    n * 3
}

fn main() {}
