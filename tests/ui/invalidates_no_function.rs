use cacheout::invalidates;

#[invalidates("price")]
fn f() {}

fn main() {}
