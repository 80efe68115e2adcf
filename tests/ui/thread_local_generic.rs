use cacheout::memoize;

#[memoize(thread_local)]
fn f<T: cacheout::Untyped>(value: T) -> u32 { drop(value); 0 }

fn main() {}
