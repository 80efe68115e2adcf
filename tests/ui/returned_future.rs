use std::future::Future;
use std::pin::Pin;

use cacheout::memoize;

#[memoize]
fn fetch<'a>(url: &'a str) -> Pin<Box<dyn Future<Output = u32> + Send + 'a>> {
    Box::pin(async move { url.len() as u32 })
}

fn main() {}
