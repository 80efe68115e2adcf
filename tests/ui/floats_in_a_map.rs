use cacheout::memoize;

use std::collections::BTreeMap;
#[memoize]
fn f(map: &BTreeMap<String, f64>) -> usize { map.len() }

fn main() {}
