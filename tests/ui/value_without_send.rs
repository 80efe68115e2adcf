use cacheout::memoize;

use std::rc::Rc;
#[memoize]
fn f(n: u32) -> Rc<u32> { Rc::new(n) }

fn main() {}
