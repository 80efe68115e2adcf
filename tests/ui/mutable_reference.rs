use cacheout::memoize;

#[memoize]
fn f(connection: &mut Vec<u8>, n: u32) -> u32 { connection.clear(); n }

fn main() {}
