use cacheout::memoize;

struct S;
impl S {
    #[memoize(in_impl, companion = F)]
    fn f(n: u32) -> u32 { n }
}

fn main() {}
