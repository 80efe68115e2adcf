use cacheout::memoize;

#[memoize]
fn f(pointer: *const u8) -> bool { pointer.is_null() }

fn main() {}
