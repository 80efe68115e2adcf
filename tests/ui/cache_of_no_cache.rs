use cacheout::memoize;

static NUMBER: u32 = 7;

#[memoize(cache = NUMBER)]
fn double(n: u32) -> u32 {
    n * 2
}

fn main() {}
