use cacheout::memoize;

#[derive(Clone)]
struct Shop(u32);

impl Shop {
    #[memoize]
    fn new(n: u32) -> Self {
        Shop(n)
    }
}

fn main() {}
