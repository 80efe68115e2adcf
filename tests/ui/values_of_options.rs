use cacheout::memoize;

#[memoize(100)]
fn a() {}

#[memoize("a name")]
fn b() {}

#[memoize(companion)]
fn c() {}

#[memoize(typed = yes, policy = "Lru", crate = "cacheout", key, skip, ttl =, name = 3)]
fn d() {}

#[memoize(ttl = 1e300, cache_none = 1)]
fn e() {}

fn main() {}
