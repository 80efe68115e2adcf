use cacheout::memoize;

use std::borrow::Cow;
#[memoize]
fn f<'a>(text: &'a str) -> Option<Cow<'a, str>> { Some(text.into()) }

fn main() {}
