use cacheout::memoize;

struct S;
impl S {
    #[memoize(in_impl, in_trait)]
    fn f(n: u32) -> u32 { n }
}

fn main() {}
