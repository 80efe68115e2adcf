//! The attributes of [cacheout](https://docs.rs/cacheout): use them through that crate.
//!
//! An attribute is parsed (`options`) and the function modelled (`function`); every mistake is collected, each at its
//! token (`errors`); the keys of the arguments are planned (`keys`); and of all that together (`memo`) the code is written
//! (`expand`, `companions`, `store`): a short call into `cacheout::__private`, by absolute paths only. The function is emitted even if there are
//! mistakes, so that no second error follows from the first.
//!
//! # What is written
//!
//! Of
//!
//! ```text
//! #[memoize]
//! fn add(a: u64, b: u64) -> u64 { a + b }
//! ```
//!
//! this becomes (paths shortened, hygienic names without their prefix):
//!
//! ```text
//! fn add(a: u64, b: u64) -> u64 {
//!     match (add::cache()).memo_store() {
//!         cache => {
//!             let found = cache.memo_find(&Call(Together((Same(&a), Same(&b)))));
//!             match found {
//!                 Ok(value) => value,
//!                 Err(miss) => sure(cache.memo_fill(miss, Unshared, move || made(add::uncached(a, b), |value| …))),
//!             }
//!         }
//!     }
//! }
//!
//! struct add {}
//!
//! impl add {
//!     fn uncached(a: u64, b: u64) -> u64 { a + b }
//!     fn cache() -> &'static Cache<(u64, u64), u64> { … }
//!     // cache_key, peek, prime, invalidate, refresh, clear, stats
//! }
//! ```

mod companions;
mod duration;
mod errors;
mod expand;
mod expression;
mod function;
mod invalidates;
mod item;
mod keys;
mod memo;
mod nearest;
mod options;
mod store;

use proc_macro2::TokenStream;
use quote::quote;

use errors::Errors;
use function::Function;
use item::Item;
use memo::Memo;
use options::Options;

#[allow(
    missing_docs,
    reason = "the facade documents it, and its text would stand before that"
)]
#[proc_macro_attribute]
pub fn memoize(
    options: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    expand_memoize(options.into(), &item.into()).into()
}

fn expand_memoize(options: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = Options::parse(options, &mut errors);
    let parsed = match syn::parse2::<Item>(item.clone()) {
        Ok(parsed) => parsed,
        Err(error) => {
            errors.span(
                error.span(),
                format!("`#[memoize]` stands before a function: {error}"),
            );
            return errors.beside(item);
        }
    };
    let function = Function::new(parsed, &mut errors);
    let memo = Memo::new(&function, &options, &mut errors);
    match memo {
        Some(memo) if errors.is_empty() => memo.expand(),
        _ => errors.beside(item),
    }
}

impl Errors {
    /// The mistakes, beside the item as it was written.
    fn beside(self, item: &TokenStream) -> TokenStream {
        let errors = self.into_tokens();
        quote!(#item #errors)
    }
}

#[allow(
    missing_docs,
    reason = "the facade documents it, and its text would stand before that"
)]
#[proc_macro_attribute]
pub fn invalidates(
    options: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    invalidates::expand(options.into(), &item.into()).into()
}
