use cacheout::memoize;

#[memoize(skip(a))]
fn sum((a, b): (u32, u32)) -> u32 {
    a + b
}

fn main() {}
