//! The options of `#[memoize]`, parsed by hand: each at most once, all mistakes at once.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{
    Error, Expr, Ident, Lit, LitBool, LitStr, Path, Result, Token, Type, UnOp, parenthesized,
};

use crate::duration::duration;
use crate::errors::Errors;
use crate::expression::{expression, peeled};
use crate::nearest::nearest;

/// An option that was given, and where.
pub(crate) struct Given<T> {
    pub(crate) word: Ident,
    pub(crate) value: T,
}

/// A place for an option that can be given once.
pub(crate) struct Slot<T>(Option<Given<T>>);

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Slot(None)
    }
}

impl<T> Slot<T> {
    fn set(&mut self, word: &Ident, value: T, errors: &mut Errors) {
        if self.0.is_some() {
            errors.at(word, format!("`{word}` is given twice"));
            return;
        }
        let word = word.clone();
        self.0 = Some(Given { word, value });
    }

    pub(crate) fn get(&self) -> Option<&T> {
        self.0.as_ref().map(|given| &given.value)
    }

    pub(crate) fn word(&self) -> Option<&Ident> {
        self.0.as_ref().map(|given| &given.word)
    }

    pub(crate) fn is_given(&self) -> bool {
        self.0.is_some()
    }
}

/// `key: Type = expr`
pub(crate) struct Key {
    pub(crate) ty: Type,
    pub(crate) expr: Expr,
}

#[derive(Default)]
pub(crate) struct Options {
    pub(crate) max_size: Slot<Expr>,
    pub(crate) unbounded: Slot<()>,
    pub(crate) ttl: Slot<TokenStream>,
    pub(crate) policy: Slot<Ident>,
    pub(crate) typed: Slot<bool>,
    pub(crate) name: Slot<LitStr>,
    pub(crate) skip: Slot<Vec<Ident>>,
    pub(crate) key: Slot<Key>,
    pub(crate) when: Slot<Expr>,
    pub(crate) unless: Slot<Expr>,
    pub(crate) cache_err: Slot<bool>,
    pub(crate) cache_none: Slot<bool>,
    pub(crate) cache: Slot<Expr>,
    pub(crate) thread_local: Slot<()>,
    pub(crate) in_impl: Slot<()>,
    pub(crate) in_trait: Slot<()>,
    pub(crate) crate_path: Slot<Path>,
    pub(crate) companion: Slot<Ident>,
}

const WORDS: [&str; 18] = [
    "max_size",
    "unbounded",
    "ttl",
    "policy",
    "typed",
    "name",
    "skip",
    "key",
    "when",
    "unless",
    "cache_err",
    "cache_none",
    "cache",
    "thread_local",
    "in_impl",
    "in_trait",
    "crate",
    "companion",
];

pub(crate) const POLICIES: [&str; 10] = [
    "Fifo", "Lifo", "Lru", "Mru", "Lfu", "Random", "Sieve", "S3Fifo", "TinyLfu", "Adaptive",
];

impl Options {
    /// Reads the options; what is wrong goes to `errors`, and what is right is kept.
    pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Options::default();
        let parser = |input: ParseStream<'_>| {
            while !input.is_empty() {
                if let Err(error) = options.parse_one(input, errors) {
                    errors.push(error);
                    skip_to_comma(input);
                }
                if !input.is_empty() && input.parse::<Token![,]>().is_err() {
                    errors.push(input.error("expected a comma between options"));
                    skip_to_comma(input);
                    let _ = input.parse::<Token![,]>();
                }
            }
            Ok(())
        };
        if let Err(error) = parser.parse2(tokens) {
            errors.push(error);
        }
        options.check(errors);
        options
    }

    fn parse_one(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> Result<()> {
        let word = word(input)?;
        match word.to_string().as_str() {
            "max_size" => self.max_size.set(&word, expr(&word, input, "100")?, errors),
            "unbounded" => self.unbounded.set(&word, flag(input)?, errors),
            "ttl" => {
                let ttl = duration(&expr(&word, input, "60")?)?;
                self.ttl.set(&word, ttl, errors);
            }
            "policy" => self.policy.set(&word, policy(&word, input)?, errors),
            "typed" => self.typed.set(&word, switch(&word, input)?, errors),
            "name" => self
                .name
                .set(&word, value(&word, input, "\"users\"")?, errors),
            "skip" => self.skip.set(&word, list(&word, input)?, errors),
            "key" => self.key.set(&word, key(&word, input)?, errors),
            "when" => self
                .when
                .set(&word, expr(&word, input, "condition")?, errors),
            "unless" => self.unless.set(&word, unless(&word, input)?, errors),
            "cache_err" => self.cache_err.set(&word, switch(&word, input)?, errors),
            "cache_none" => self.cache_none.set(&word, switch(&word, input)?, errors),
            "cache" => self.cache.set(&word, expr(&word, input, "CACHE")?, errors),
            "thread_local" => self.thread_local.set(&word, flag(input)?, errors),
            "in_impl" => self.in_impl.set(&word, flag(input)?, errors),
            "in_trait" => self.in_trait.set(&word, flag(input)?, errors),
            "crate" => self.crate_path.set(&word, path(&word, input)?, errors),
            "companion" => {
                let name = value(&word, input, "Name")?;
                if input.peek(Token![::]) {
                    let message =
                        "`companion` is a name, no path: the type stands beside the function";
                    return Err(input.error(message));
                }
                self.companion.set(&word, name, errors);
            }
            other => {
                let hint = match nearest(other, &WORDS) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the options are: {}", WORDS.join(", ")),
                };
                return Err(Error::new_spanned(
                    &word,
                    format!("unknown option `{other}`: {hint}"),
                ));
            }
        }
        Ok(())
    }

    /// Options that do not go together, and why.
    fn contradictions(&self) -> [(Option<&Ident>, Option<&Ident>, &'static str); 12] {
        let cache = self.cache.word();
        let one = "leave one of them out";
        let elsewhere = "it belongs where that cache is built";
        let key = "the key says already what matters";
        let named = "register that cache under a name";
        let local = "the manager does not know a thread's own caches";
        let alone = "a trait's method has no companions";
        let siblings = "a method's companions are its siblings";
        [
            (self.unbounded.word(), self.max_size.word(), one),
            (
                self.policy.word(),
                self.unbounded.word(),
                "nothing is ever evicted",
            ),
            (self.skip.word(), self.key.word(), key),
            (self.in_impl.word(), self.in_trait.word(), one),
            (self.max_size.word(), cache, elsewhere),
            (self.unbounded.word(), cache, elsewhere),
            (self.policy.word(), cache, elsewhere),
            (self.name.word(), cache, named),
            (self.thread_local.word(), cache, one),
            (self.name.word(), self.thread_local.word(), local),
            (self.companion.word(), self.in_trait.word(), alone),
            (self.companion.word(), self.in_impl.word(), siblings),
        ]
    }

    /// Options that are right on their own, but not together, or not with their values.
    fn check(&self, errors: &mut Errors) {
        for (word, other, why) in self.contradictions() {
            if let (Some(word), Some(other)) = (word, other) {
                errors.at(word, format!("`{word}` does not go with `{other}`: {why}"));
            }
        }
        if let Some(Expr::Lit(literal)) = self.max_size.get().map(peeled)
            && let Lit::Int(size) = &literal.lit
            && size.base10_parse::<u64>().is_ok_and(|size| size == 0)
        {
            errors.at(
                literal,
                "`max_size = 0` would mean any number of entries: write `unbounded`",
            );
        }
        if let Some(name) = self
            .name
            .get()
            .filter(|name| name.value().trim().is_empty())
        {
            errors.at(
                name,
                "the name is empty: leave it out to use the function's path",
            );
        }
    }
}

/// `(a, b)`: names of arguments.
fn list(word: &Ident, input: ParseStream<'_>) -> Result<Vec<Ident>> {
    if !input.peek(syn::token::Paren) {
        let message = "expected names of arguments, as in `skip(connection)`";
        return Err(missing(word, input, message));
    }
    let content;
    parenthesized!(content in input);
    let span = content.span();
    let names = Punctuated::<Ident, Token![,]>::parse_terminated_with(&content, Ident::parse_any);
    match names {
        Ok(names) if !names.is_empty() => Ok(names.into_iter().collect()),
        names => {
            let at = names.err().map_or(span, |error| error.span());
            content.parse::<TokenStream>()?; // what is left of it is no other mistake
            let message = "expected names of arguments, as in `skip(connection)`";
            Err(Error::new(at, message))
        }
    }
}

/// `: Type = expr`
fn key(word: &Ident, input: ParseStream<'_>) -> Result<Key> {
    let message = "expected the key's type and how it is made, as in `key: u64 = user.id`";
    if !input.peek(Token![:]) {
        return Err(missing(word, input, message));
    }
    input.parse::<Token![:]>()?;
    let ty = input.parse()?;
    if !input.peek(Token![=]) {
        return Err(missing(word, input, message));
    }
    let expr = expr(word, input, "user.id")?;
    Ok(Key { ty, expr })
}

/// `= expression`
fn expr(word: &Ident, input: ParseStream<'_>, example: &str) -> Result<Expr> {
    equals(word, input, example)?;
    expression(input)
}

/// `= |value| condition`, or whatever else may be a closure or a function.
fn unless(word: &Ident, input: ParseStream<'_>) -> Result<Expr> {
    let expr = expr(word, input, "|value| condition")?;
    let is_condition = match peeled(&expr) {
        Expr::Lit(_) | Expr::Binary(_) => true,
        Expr::Unary(unary) => !matches!(unary.op, UnOp::Deref(_)),
        _ => false,
    };
    if is_condition {
        let message = "`unless` is asked of each value: write a closure, `|value| …`";
        return Err(Error::new_spanned(&expr, message));
    }
    Ok(expr)
}

/// `= value`
fn value<T: Parse>(word: &Ident, input: ParseStream<'_>, example: &str) -> Result<T> {
    equals(word, input, example)?;
    let ahead = input.fork();
    if let Ok(value) = ahead.parse() {
        input.advance_to(&ahead);
        return Ok(value);
    }
    if let Ok(text) = input.fork().parse::<LitStr>() {
        let bare = text.value();
        let message = format!("`{word}` takes no text: write `{word} = {bare}`, without quotes");
        return Err(missing(word, input, message));
    }
    let message = match input.fork().parse::<TokenTree>() {
        Ok(found) => {
            format!("`{word}` cannot be `{found}`: write a value as in `{word} = {example}`")
        }
        Err(_) => format!("`{word}` needs a value, as in `{word} = {example}`"),
    };
    Err(missing(word, input, message))
}

fn equals(word: &Ident, input: ParseStream<'_>, example: &str) -> Result<()> {
    if !input.peek(Token![=]) {
        let message = format!("`{word}` needs a value, as in `{word} = {example}`");
        return Err(missing(word, input, message));
    }
    input.parse::<Token![=]>()?;
    Ok(())
}

/// A mistake at what stands next or, if an option ends there, at its word.
fn missing(word: &Ident, input: ParseStream<'_>, message: impl Display) -> Error {
    if input.is_empty() || input.peek(Token![,]) {
        Error::new_spanned(word, message)
    } else {
        input.error(message)
    }
}

/// The word that an option begins with.
fn word(input: ParseStream<'_>) -> Result<Ident> {
    let hint = match input.fork().parse::<Lit>() {
        Ok(Lit::Int(size)) => format!(", found `{size}`: did you mean `max_size = {size}`?"),
        Ok(Lit::Str(text)) => format!(
            ", found `{0}`: did you mean `name = {0}`?",
            text.to_token_stream()
        ),
        _ => format!(": the options are: {}", WORDS.join(", ")),
    };
    let message = format!("expected an option{hint}");
    input
        .call(Ident::parse_any)
        .map_err(|error| Error::new(error.span(), message))
}

/// A word without a value.
fn flag(input: ParseStream<'_>) -> Result<()> {
    if input.peek(Token![=]) || input.peek(syn::token::Paren) {
        return Err(input.error("this option takes no value"));
    }
    Ok(())
}

/// `= true` or `= false`; alone, a word means true.
fn switch(word: &Ident, input: ParseStream<'_>) -> Result<bool> {
    if !input.peek(Token![=]) {
        return flag(input).map(|()| true);
    }
    let value: LitBool = value(word, input, "true")?;
    Ok(value.value)
}

/// `= Lru`, or a path that ends like that.
fn policy(word: &Ident, input: ParseStream<'_>) -> Result<Ident> {
    let path: Path = value(word, input, "Lru")?;
    let last = path.segments.last().map(|segment| segment.ident.clone());
    let name = last.unwrap_or_else(|| Ident::new("policy", Span::call_site()));
    if POLICIES.contains(&name.to_string().as_str()) {
        return Ok(name);
    }
    let hint = match nearest(&name.to_string(), &POLICIES) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the policies are: {}", POLICIES.join(", ")),
    };
    Err(Error::new_spanned(
        &path,
        format!("unknown policy `{name}`: {hint}"),
    ))
}

/// `= some::path`
fn path(word: &Ident, input: ParseStream<'_>) -> Result<Path> {
    value(word, input, "some::path")
}

pub(crate) fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        let _ = input.parse::<TokenTree>();
    }
}
