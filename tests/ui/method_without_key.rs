use cacheout::memoize;

struct S;
impl S {
    #[memoize]
    fn f(&self, n: u32) -> u32 { n }
}

fn main() {}
