use cacheout::memoize;

#[memoize(thread_local)]
async fn f(n: u32) -> u32 { n }

fn main() {}
