use cacheout::memoize;

use std::cell::Cell;
struct S;
impl S {
    #[memoize(skip(self), unless = |value| value.get() > 1)]
    fn f(&self, n: u32) -> Cell<u32> { Cell::new(n) }
}

fn main() {}
