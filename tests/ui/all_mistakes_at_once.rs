use cacheout::memoize;

#[memoize(max_sze = 9, policy = Lruu, ttl = "5", skip(nobody), unbounded, max_size = 0)]
const fn f(connection: &mut u32, n: u32) -> &u32 { connection }

fn main() {}
