use cacheout::memoize;

#[memoize]
fn str(n: u32) -> u32 {
    n
}

fn main() {}
