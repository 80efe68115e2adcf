//! `#[invalidates(f(args), g, before)]`: a writer that makes memoized answers outdated.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, ItemFn, Path, Result, ReturnType, Token, Type};

use crate::errors::Errors;
use crate::expand::local;

/// One function whose answers become outdated: all of them, or those of one call.
struct Target {
    path: Path,
    args: Option<Punctuated<Expr, Token![,]>>,
}

/// What was written in the attribute.
#[derive(Default)]
struct Options {
    targets: Vec<Target>,
    /// Whether they are forgotten before the body runs.
    before: bool,
    crate_path: Option<Path>,
}

pub(crate) fn expand(options: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = parse(options, &mut errors);
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
        write(function, &options)
    } else {
        errors.beside(item)
    }
}

fn parse(tokens: TokenStream, errors: &mut Errors) -> Options {
    let mut options = Options::default();
    let parser = |input: ParseStream<'_>| {
        while !input.is_empty() {
            parse_one(input, &mut options)?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    };
    if let Err(error) = parser.parse2(tokens) {
        errors.push(error);
    } else if options.targets.is_empty() {
        let message = "name the memoized functions: `#[invalidates(price(id), all_prices)]`";
        errors.span(Span::call_site(), message);
    }
    options
}

fn parse_one(input: ParseStream<'_>, options: &mut Options) -> Result<()> {
    if input.peek(Token![crate]) && input.peek2(Token![=]) {
        input.parse::<Token![crate]>()?;
        input.parse::<Token![=]>()?;
        options.crate_path = Some(input.call(Path::parse_mod_style)?);
        return Ok(());
    }
    let expr: Expr = input.parse()?;
    let target = target(&expr)?;
    if target.path.is_ident("before") && target.args.is_none() {
        if options.before {
            return Err(syn::Error::new_spanned(&expr, "`before` is given twice"));
        }
        options.before = true;
    } else {
        options.targets.push(target);
    }
    Ok(())
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

/// What is done before the body to forget a target's answers, and what when it is time.
fn forgetting((at, target): (usize, &Target)) -> (TokenStream, TokenStream) {
    let Target { path, args } = target;
    let name = local(&format!("forget{at}"));
    match args {
        Some(args) => (
            quote!(let #name = #path::__forget(#args);),
            quote!(#name();),
        ),
        None => (TokenStream::new(), quote!(#path::clear();)),
    }
}

/// The keys are made before the body, which may take the arguments away; what they name is forgotten when it is time.
fn write(function: ItemFn, options: &Options) -> TokenStream {
    let Options {
        targets,
        before,
        crate_path,
    } = options;
    let root = crate_path
        .as_ref()
        .map_or_else(|| quote!(::cacheout), ToTokens::to_token_stream);
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
    let (prepared, forgotten): (Vec<_>, Vec<_>) =
        targets.iter().enumerate().map(forgetting).unzip();
    let [result, failed] = ["result", "failed"].map(local);
    if *before {
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
        Some(_) => quote!(#root::__private::future_of::<#output, _>(async move #block).await),
        None => quote!((move || -> #output #block)()),
    };
    quote! {
        #(#attrs)*
        #vis #sig {
            #(#prepared)*
            let #result: #output = #run;
            let #failed = {
                #[allow(unused_imports)]
                use #root::__private::ProbeOther as _;
                #root::__private::Probe(&#result).memo_is_failure()
            };
            if !#failed {
                #(#forgotten)*
            }
            #result
        }
    }
}
