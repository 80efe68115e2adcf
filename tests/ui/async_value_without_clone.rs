use cacheout::memoize;

struct Big(u32);
#[memoize(when = n > 1)]
async fn f(n: u32) -> Result<Big, String> { Ok(Big(n)) }

fn main() {}
