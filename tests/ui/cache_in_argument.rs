use cacheout::{Cache, memoize};

struct Context {
    cache: Cache<u64, u64>,
}

#[memoize(cache = context.cache, skip(context))]
fn user(context: &Context, id: u64) -> u64 {
    id
}

fn main() {}
