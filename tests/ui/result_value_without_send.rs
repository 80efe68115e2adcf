use cacheout::memoize;

use std::rc::Rc;
#[memoize]
fn f(n: u32) -> Result<Rc<u32>, String> { Ok(Rc::new(n)) }

fn main() {}
