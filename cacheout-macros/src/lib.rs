//! The attributes of [cacheout](https://docs.rs/cacheout): use them through that crate.
//!
//! An attribute is [parsed](options) and the function [modelled](function); every mistake is collected, each at its
//! token ([errors]); the [keys] of the arguments are planned; and the code is [written](expand): a short call into
//! `cacheout::__private`, by absolute paths only. The function is emitted even if there are mistakes, so that no second
//! error follows from the first.

mod duration;
mod errors;
mod expand;
mod function;
mod keys;
mod nearest;
mod options;

use proc_macro::TokenStream;

/// Answers a function from a cache.
///
/// Documented at `cacheout::memoize`.
#[proc_macro_attribute]
pub fn memoize(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::memoize(options.into(), item.into()).into()
}
