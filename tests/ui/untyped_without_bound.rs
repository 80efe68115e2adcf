use cacheout::memoize;

#[memoize]
fn f<T: std::fmt::Debug>(value: T) -> String { format!("{value:?}") }

fn main() {}
