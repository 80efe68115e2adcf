//! `#[invalidates(f(args), g, before)]`: a writer that makes memoized answers outdated.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Expr, ItemFn, Path, Result, ReturnType, Token, Type};

use crate::errors::Errors;
use crate::expand::local;

/// One function whose answers become outdated: all of them, or those of one call.
struct Target {
    path: Path,
    args: Option<Punctuated<Expr, Token![,]>>,
}

pub(crate) fn expand(options: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let (targets, before) = parse(options, &mut errors);
    let function = match syn::parse2::<ItemFn>(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            errors.span(
                error.span(),
                format!("`#[invalidates]` stands before a function: {error}"),
            );
            return errors.beside(item);
        }
    };
    if let Some(token) = &function.sig.constness {
        errors.at(
            token,
            "a `const fn` cannot invalidate: caches live at run time; remove `const`",
        );
    }
    if errors.is_empty() {
        write(function, &targets, before)
    } else {
        errors.beside(item)
    }
}

/// Reads the functions, and whether they are invalidated before the body runs.
fn parse(options: TokenStream, errors: &mut Errors) -> (Vec<Target>, bool) {
    let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
    let exprs = match parser.parse2(options) {
        Ok(exprs) => exprs,
        Err(error) => {
            errors.push(error);
            return (Vec::new(), false);
        }
    };
    let mut targets = Vec::new();
    let mut before = false;
    for expr in exprs {
        match target(&expr) {
            Ok(target) if target.path.is_ident("before") && target.args.is_none() => {
                if before {
                    errors.at(&expr, "`before` is given twice");
                }
                before = true;
            }
            Ok(target) => targets.push(target),
            Err(error) => errors.push(error),
        }
    }
    if targets.is_empty() && errors.is_empty() {
        let message = "name the memoized functions: `#[invalidates(price(id), all_prices)]`";
        errors.span(Span::call_site(), message);
    }
    (targets, before)
}

fn target(expr: &Expr) -> Result<Target> {
    let wrong = "expected a memoized function, `all_prices` or `price(id)`, or the word `before`";
    match expr {
        Expr::Path(path) => Ok(Target {
            path: path.path.clone(),
            args: None,
        }),
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => Ok(Target {
                path: path.path.clone(),
                args: Some(call.args.clone()),
            }),
            other => Err(syn::Error::new_spanned(other, wrong)),
        },
        other => Err(syn::Error::new_spanned(other, wrong)),
    }
}

/// The keys are made before the body, which may take the arguments away; what they name is forgotten when it is time.
fn write(function: ItemFn, targets: &[Target], before: bool) -> TokenStream {
    let ItemFn {
        attrs,
        vis,
        sig,
        block,
        ..
    } = function;
    let output: Type = match &sig.output {
        ReturnType::Default => syn::parse_quote!(()),
        ReturnType::Type(_, ty) => (**ty).clone(),
    };
    let names: Vec<_> = (0..targets.len())
        .map(|at| local(&format!("forget{at}")))
        .collect();
    let prepared = targets
        .iter()
        .zip(&names)
        .filter_map(|(Target { path, args }, name)| {
            let args = args.as_ref()?.iter();
            Some(quote!(let #name = #path::__forget(#(#args),*);))
        });
    let forgotten: Vec<_> = targets
        .iter()
        .zip(&names)
        .map(|(Target { path, args }, name)| match args {
            Some(_) => quote!(#name();),
            None => quote!(#path::clear();),
        })
        .collect();
    let result = format_ident!("__cacheout_result", span = Span::mixed_site());
    if before {
        return quote! {
            #(#attrs)*
            #vis #sig {
                #(#prepared)*
                #(#forgotten)*
                #block
            }
        };
    }
    let run = match sig.asyncness {
        Some(_) => quote!(::cacheout::__private::future_of::<#output, _>(async move #block).await),
        None => quote!((move || -> #output #block)()),
    };
    quote! {
        #(#attrs)*
        #vis #sig {
            #(#prepared)*
            let #result: #output = #run;
            let __cacheout_failed = {
                #[allow(unused_imports)]
                use ::cacheout::__private::ProbeOther as _;
                ::cacheout::__private::Probe(&#result).is_failure()
            };
            if !__cacheout_failed {
                #(#forgotten)*
            }
            #result
        }
    }
}
