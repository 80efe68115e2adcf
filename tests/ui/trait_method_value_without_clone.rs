use cacheout::memoize;

struct Big(u32);
trait T {
    #[memoize(in_trait, skip(self))]
    fn f(&self, n: u32) -> Option<Big> { Some(Big(n)) }
}

fn main() {}
