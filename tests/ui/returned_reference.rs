use cacheout::memoize;

#[memoize]
fn f(text: &str) -> &str { text }

fn main() {}
