use cacheout::memoize;

#[memoize]
struct S;

fn main() {}
