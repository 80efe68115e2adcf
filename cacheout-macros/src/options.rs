//! The options of `#[memoize]`, parsed by hand: each at most once, all mistakes at once.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Ident, Lit, LitBool, LitStr, Path, Result, Token};

use crate::duration::duration;
use crate::errors::Errors;
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

#[derive(Default)]
pub(crate) struct Options {
    pub(crate) max_size: Slot<Expr>,
    pub(crate) unbounded: Slot<()>,
    pub(crate) ttl: Slot<TokenStream>,
    pub(crate) policy: Slot<Ident>,
    pub(crate) typed: Slot<bool>,
    pub(crate) name: Slot<LitStr>,
    pub(crate) crate_path: Slot<Path>,
    pub(crate) companion: Slot<Ident>,
}

const WORDS: [&str; 8] = [
    "max_size",
    "unbounded",
    "ttl",
    "policy",
    "typed",
    "name",
    "crate",
    "companion",
];

pub(crate) const POLICIES: [&str; 6] = ["Fifo", "Lifo", "Lru", "Mru", "Lfu", "Random"];

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
        let word = input.call(Ident::parse_any)?;
        match word.to_string().as_str() {
            "max_size" => self.max_size.set(&word, value(input, "100")?, errors),
            "unbounded" => self.unbounded.set(&word, flag(input)?, errors),
            "ttl" => {
                let expr: Expr = value(input, "60")?;
                self.ttl.set(&word, duration(&expr)?, errors);
            }
            "policy" => self.policy.set(&word, policy(input)?, errors),
            "typed" => self.typed.set(&word, switch(input)?, errors),
            "name" => self.name.set(&word, value(input, "\"users\"")?, errors),
            "crate" => self.crate_path.set(&word, path(input)?, errors),
            "companion" => self.companion.set(&word, value(input, "Name")?, errors),
            other => {
                let hint = match nearest(other, &WORDS) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the options are: {}", WORDS.join(", ")),
                };
                return Err(syn::Error::new_spanned(
                    &word,
                    format!("unknown option `{other}`: {hint}"),
                ));
            }
        }
        Ok(())
    }

    /// Options that are right on their own, but not together.
    fn check(&self, errors: &mut Errors) {
        if let (Some(word), true) = (self.unbounded.word(), self.max_size.is_given()) {
            errors.at(
                word,
                "`unbounded` contradicts `max_size`: leave one of them out",
            );
        }
        if let (Some(word), true) = (self.policy.word(), self.unbounded.is_given()) {
            errors.at(
                word,
                "`policy` has no effect with `unbounded`: nothing is ever evicted",
            );
        }
        if let Some(Expr::Lit(literal)) = self.max_size.get()
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

/// `= value`
fn value<T: syn::parse::Parse>(input: ParseStream<'_>, example: &str) -> Result<T> {
    if !input.peek(Token![=]) {
        return Err(input.error(format!("expected a value, as in `= {example}`")));
    }
    input.parse::<Token![=]>()?;
    input.parse()
}

/// A word without a value.
fn flag(input: ParseStream<'_>) -> Result<()> {
    if input.peek(Token![=]) || input.peek(syn::token::Paren) {
        return Err(input.error("this option takes no value"));
    }
    Ok(())
}

/// `= true` or `= false`; alone, a word means true.
fn switch(input: ParseStream<'_>) -> Result<bool> {
    if !input.peek(Token![=]) {
        return flag(input).map(|()| true);
    }
    let value: LitBool = value(input, "true")?;
    Ok(value.value)
}

/// `= Lru`, or a path that ends like that.
fn policy(input: ParseStream<'_>) -> Result<Ident> {
    let path: Path = value(input, "Lru")?;
    let last = path.segments.last().map(|segment| segment.ident.clone());
    let name = last.unwrap_or_else(|| Ident::new("policy", Span::call_site()));
    if POLICIES.contains(&name.to_string().as_str()) {
        return Ok(name);
    }
    let hint = match nearest(&name.to_string(), &POLICIES) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the policies are: {}", POLICIES.join(", ")),
    };
    Err(syn::Error::new_spanned(
        &path,
        format!("unknown policy `{name}`: {hint}"),
    ))
}

/// `= some::path`
fn path(input: ParseStream<'_>) -> Result<Path> {
    input.parse::<Token![=]>()?;
    input.call(Path::parse_mod_style)
}

fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        let _ = input.parse::<TokenTree>();
    }
}
