//! `#[invalidates(f(args), g, before)]`: a writer that makes memoized answers outdated.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::token::Paren;
use syn::{ExprPath, Path, Result, Token, Type, parenthesized};

use crate::errors::Errors;
use crate::expand::local;
use crate::item::Item;

/// One function whose answers become outdated: all of them, or those of one call.
struct Target {
    path: ExprPath,
    args: Option<TokenStream>,
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
    let function = match syn::parse2::<Item>(item.clone()) {
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
    let (start, target) = (input.span(), target(input)?);
    if target.path.path.is_ident("before") && target.args.is_none() {
        if options.before {
            return Err(syn::Error::new(start, "`before` is given twice"));
        }
        options.before = true;
    } else {
        options.targets.push(target);
    }
    Ok(())
}

fn target(input: ParseStream<'_>) -> Result<Target> {
    let wrong = "expected a memoized function, `all_prices` or `price(id)`, or the word `before`";
    let start = input.span();
    let path: ExprPath = input.parse().map_err(|_| syn::Error::new(start, wrong))?;
    let args = match input.peek(Paren) {
        true => {
            let content;
            parenthesized!(content in input);
            Some(content.parse()?)
        }
        false => None,
    };
    match input.is_empty() || input.peek(Token![,]) {
        true => Ok(Target { path, args }),
        false => Err(input.error(wrong)),
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
fn write(function: Item, options: &Options) -> TokenStream {
    let Options {
        targets,
        before,
        crate_path,
    } = options;
    let root = crate_path
        .as_ref()
        .map_or_else(|| quote!(::cacheout), ToTokens::to_token_stream);
    let Item {
        attrs,
        vis,
        sig,
        body,
    } = function;
    let output: Type = match &sig.output {
        None => syn::parse_quote!(()),
        Some((_, ty)) => ty.clone(),
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
                #body
            }
        };
    }
    let run = match sig.asyncness {
        Some(_) => quote!(#root::__private::future_of::<#output, _>(async move #body).await),
        None => quote!((move || -> #output #body)()),
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
