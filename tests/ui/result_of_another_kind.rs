use cacheout::memoize;

#[derive(Clone)]
enum Result<T> { Good(T), Bad }
#[memoize]
fn f(n: u32) -> Result<u32> { if n > 0 { Result::Good(n) } else { Result::Bad } }

fn main() {}
