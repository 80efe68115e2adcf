use cacheout::memoize;

#[memoize]
#[memoize(max_size = 10)]
fn double(n: u32) -> u32 {
    n * 2
}

fn main() {
    double(1);
}
