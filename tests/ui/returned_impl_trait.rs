use cacheout::memoize;

#[memoize]
fn f(n: u32) -> impl Iterator<Item = u32> { 0..n }

#[memoize]
fn fails() -> Result<u32, impl std::fmt::Display> {
    Err::<u32, _>(1)
}

fn main() {}
