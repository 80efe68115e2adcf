use cacheout::memoize;

#[memoize(skip(conection))]
fn f(connection: &str, n: u32) -> u32 { let _ = connection; n }

fn main() {}
