//! The attributes of [cacheout](https://docs.rs/cacheout): use them through that crate.
//!
//! An attribute is parsed (`options`) and the function modelled (`function`); every mistake is collected, each at its
//! token (`errors`); the keys of the arguments are planned (`keys`); and of all that together (`memo`) the code is written
//! (`expand`, `companions`, `store`): a short call into `cacheout::__private`, by absolute paths only. The function is emitted even if there are
//! mistakes, beside companions without bodies, so that no second error follows from the first.
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
//! this becomes (without attributes, the paths and the hygienic names without their prefixes):
//!
//! ```text
//! fn add(a: u64, b: u64) -> u64 {
//!     match (add::cache()).memo_store() {
//!         cache => {
//!             let found = cache.memo_find(&Call(Together((Same(&a), Same(&b)))));
//!             match found {
//!                 Ok(value) => value,
//!                 Err(miss) => sure(cache.memo_fill(miss, Unshared, move || made(add::uncached(a, b), |value| {
//!                     use ProbeOther as _;
//!                     let _ = value;
//!                     if false || Probe(value).memo_is_failure() { Keep::No } else { Keep::Default }
//!                 }))),
//!             }
//!         }
//!     }
//! }
//!
//! struct add {}
//!
//! impl add {
//!     fn uncached(a: u64, b: u64) -> u64 { a + b }
//!
//!     fn cache() -> &'static Cache<(u64, u64), u64> {
//!         static CACHE: LazyLock<Cache<(u64, u64), u64>> = LazyLock::new(|| Cache::builder().max_size(128).build());
//!         inventory::submit! {
//!             Registration::new(path_of::<add>, concat!(file!(), ":", line!()), || Entry::new(add::cache()))
//!         }
//!         &CACHE
//!     }
//!
//!     fn cache_key(a: u64, b: u64) -> (u64, u64) {
//!         Part::to_part(&Together((Same(&a), Same(&b))))
//!     }
//! ```
//!
//! and so on with `peek`, `prime`, `invalidate`, `refresh`, `clear`, `stats`, each as short.

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
mod mentions;
mod nearest;
mod options;
mod parts;
mod pattern;
mod place;
mod returned;
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
    let mut in_function = Errors::default();
    let function = Function::new(parsed);
    function.check(options.cache_err.get() == Some(&true), &mut in_function);
    let is_fit = in_function.is_empty();
    errors.extend(in_function);
    match Memo::new(&function, &options, &mut errors) {
        Some(memo) if errors.is_empty() => memo.expand(),
        Some(memo) if is_fit => {
            let (refused, stubs) = (errors.beside(item), memo.stubs());
            quote!(#refused #stubs)
        }
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

#[cfg(test)]
mod tests {
    use super::{TokenStream, expand_memoize};

    /// Without white space, and without what the documentation leaves out.
    fn shortened(text: &str) -> String {
        let mut text: String = text.split_whitespace().collect();
        for prefix in [
            "::cacheout::__private::",
            "::cacheout::",
            "::core::result::Result::",
            "::core::",
            "::std::sync::",
            "__cacheout_",
            "#[inline]",
        ] {
            text = text.replace(prefix, "");
        }
        while let Some(at) = text.find("#[") {
            let end = at + text[at..].find(")]").expect("attributes end") + 2;
            text.replace_range(at..end, "");
        }
        text.replace(",)", ")")
    }

    #[test]
    fn what_the_documentation_shows_is_what_is_written() {
        let function = "fn add(a: u64, b: u64) -> u64 { a + b }";
        let written = expand_memoize(TokenStream::new(), &function.parse().unwrap()).to_string();
        let shown = include_str!("lib.rs").split("//! ```text\n").nth(2);
        let shown = shown.and_then(|rest| rest.split("//! ```\n").next());
        let shown = shown.unwrap().replace("//!", "");
        let written = written.replace("#[doc = ", "#[doc(").replace("\"]", "\")]");
        let (written, shown) = (shortened(&written), shortened(&shown));
        assert!(written.starts_with(&shown), "{written}\n{shown}");
    }
}
