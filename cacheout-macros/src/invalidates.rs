//! `#[invalidates(f(args), g, before)]`: a writer that makes memoized answers outdated.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::token::Paren;
use syn::{
    AngleBracketedGenericArguments, ExprPath, Ident, Path, PathArguments, PathSegment, Result,
    Token, Type, parenthesized,
};

use crate::errors::Errors;
use crate::expand::local;
use crate::item::{Item, Signature};
use crate::options::skip_to_comma;
use crate::parts::{Part, each_part, peeled};

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
    if let (Type::Never(never), false) = (peeled(&output(&function.sig)), options.before) {
        let message =
            "a function that never returns does not come to invalidate: add the word `before`";
        errors.at(never, message);
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
            if let Err(error) = parse_one(input, &mut options) {
                errors.push(error);
                skip_to_comma(input);
            }
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(())
    };
    if let Err(error) = parser.parse2(tokens) {
        errors.push(error);
    }
    if errors.is_empty() && options.targets.is_empty() {
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
    if input.peek(Ident) && input.peek2(Token![=]) {
        let word = input.fork().parse::<Ident>()?;
        return Err(input.error(match word == "before" {
            true => "`before` takes no value: write the word alone".to_owned(),
            false => format!(
                "unknown option `{word}`: besides memoized functions there are the word `before` and `crate = path`"
            ),
        }));
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
    let first = path.path.segments.first();
    let is_method = |first: &PathSegment| {
        first.ident == "Self" || first.ident == "self" && path.path.segments.len() == 1
    };
    if first.is_some_and(is_method) {
        let message = "`#[invalidates]` names memoized functions, not methods: to forget an answer of a method `price`, \
                       `delete` in the body what `price_cache_key` makes of the arguments, from `Self::price_cache()` or the \
                       cache that the method names";
        return Err(syn::Error::new(start, message));
    }
    match input.is_empty() || input.peek(Token![,]) {
        true => Ok(Target { path, args }),
        false => Err(input.error(wrong)),
    }
}

/// What is done before the body to forget a target's answers, and what when it is time.
fn forgetting((at, target): (usize, &Target)) -> (TokenStream, TokenStream) {
    let Target { path, args } = target;
    let (path, types) = apart(path);
    let name = local(&format!("forget{at}"));
    // named where the function is, so that the compiler tells there what is wrong with the arguments
    let forget = Ident::new("__forget", path.span());
    match args {
        Some(args) => (
            quote!(let #name = #path::#forget #types (#args);),
            quote!(#name();),
        ),
        None => (TokenStream::new(), quote!(#path::clear #types ();)),
    }
}

/// The path of a function, and its generic arguments as its companions take them.
fn apart(path: &ExprPath) -> (ExprPath, Option<AngleBracketedGenericArguments>) {
    let mut path = path.clone();
    let last = path.path.segments.last_mut();
    let taken = last.map(|last| std::mem::take(&mut last.arguments));
    let types = match taken {
        Some(PathArguments::AngleBracketed(types)) => Some(types),
        _ => None,
    };
    (path, types)
}

fn output(sig: &Signature) -> Type {
    match &sig.output {
        None => syn::parse_quote!(()),
        Some((_, ty)) => ty.clone(),
    }
}

/// The type with `_` for what cannot be named within the function: the compiler finds it in the body.
fn inferred(mut ty: Type) -> Type {
    if let Type::ImplTrait(_) = ty {
        return syn::parse_quote!(_);
    }
    each_part(&mut ty, &mut |part| {
        if let Part::Type(part) = part {
            let inner = std::mem::replace(part, syn::parse_quote!(_));
            *part = inferred(inner);
        }
    });
    ty
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
    let output = inferred(output(&sig));
    let (prepared, forgotten): (Vec<_>, Vec<_>) =
        targets.iter().enumerate().map(forgetting).unzip();
    let [result, failed] = ["result", "failed"].map(local);
    if *before {
        return quote! {
            #(#attrs)*
            #[allow(unused_braces)] // which keep what is declared in the body to itself
            #vis #sig {
                #(#prepared)*
                #(#forgotten)*
                #body
            }
        };
    }
    let run = match sig.asyncness {
        Some(_) => quote!(#root::__private::future_of::<#output, _>(async move #body).await),
        None => quote!(#root::__private::run(move || -> #output #body)),
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
