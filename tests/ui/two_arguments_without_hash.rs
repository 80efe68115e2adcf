use cacheout::memoize;

struct Point { x: i32 }
struct Line(Point, Point);
#[memoize]
fn f(one: Vec<Point>, other: &Line) -> Line { let _ = (one, other); todo!() }

fn main() {}
