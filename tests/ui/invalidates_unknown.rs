use cacheout::invalidates;

#[invalidates(price(1))]
fn f() {}

fn main() {}
