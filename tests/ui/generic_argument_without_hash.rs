use cacheout::memoize;

#[memoize(typed = true)]
fn f<T: Clone + Send + Sync + 'static>(value: T) -> u32 { drop(value); 1 }

fn main() {}
