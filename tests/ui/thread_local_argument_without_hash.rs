use cacheout::memoize;

struct Point { x: i32 }
#[memoize(thread_local)]
fn f(point: Point) -> i32 { point.x }

fn main() {}
