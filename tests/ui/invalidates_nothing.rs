use cacheout::invalidates;

#[invalidates]
fn f() {}

fn main() {}
