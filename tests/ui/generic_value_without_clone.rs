use cacheout::memoize;

#[memoize]
fn f<T: Default + Send + Sync + 'static>(n: u32) -> T { let _ = n; T::default() }

fn main() {}
