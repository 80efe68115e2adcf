//! The names that an argument's pattern binds, where options want to use them.

use proc_macro2::{Ident, Spacing, TokenStream, TokenTree};
use quote::quote;
use syn::Type;

use crate::function::Arg;
use crate::keys::shown;
use crate::mentions::mentions;
use crate::parts::peeled;

/// A name that a pattern binds.
pub(crate) struct Binding {
    pub(crate) name: Ident,
    /// Whether it is bound to a reference by `ref`.
    is_ref: bool,
}

/// The names that a pattern binds.
pub(crate) fn bindings(pat: &TokenStream) -> Vec<Binding> {
    let mut found = Vec::new();
    by_reference(pat, &mut found);
    found
}

/// The pattern with each name bound by reference. (A pattern is parsed by `syn` only with a feature that doubles the time
/// it takes to build; which words are names, their neighbours tell.)
fn by_reference(pat: &TokenStream, found: &mut Vec<Binding>) -> TokenStream {
    let mut written = TokenStream::new();
    let (mut is_ref, mut in_path) = (false, false);
    let mut tokens = pat.clone().into_iter().peekable();
    while let Some(token) = tokens.next() {
        let was_in_path = std::mem::take(&mut in_path);
        match token {
            TokenTree::Group(group) => {
                let inner = by_reference(&group.stream(), found);
                let mut rewritten = proc_macro2::Group::new(group.delimiter(), inner);
                rewritten.set_span(group.span());
                written.extend([TokenTree::Group(rewritten)]);
            }
            TokenTree::Ident(word) if word == "mut" => {}
            TokenTree::Ident(word) if word == "ref" => is_ref = true,
            TokenTree::Ident(name) if !was_in_path && is_name(&name, tokens.peek()) => {
                written.extend(quote!(ref #name));
                let is_ref = std::mem::take(&mut is_ref);
                found.push(Binding { name, is_ref });
            }
            token => {
                in_path = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ':')
                    && matches!(written.clone().into_iter().last(), Some(TokenTree::Punct(punct))
                        if punct.as_char() == ':' && punct.spacing() == Spacing::Joint);
                written.extend([token]);
            }
        }
    }
    written
}

/// Whether a word in a pattern is a name that is bound: not a type, a constant, a field, nor part of a path.
fn is_name(word: &Ident, next: Option<&TokenTree>) -> bool {
    let text = word.to_string();
    let is_lower = text.starts_with(|c: char| c == '_' || c.is_lowercase()) && text != "_";
    let goes_on = match next {
        Some(TokenTree::Group(_)) => true,
        Some(TokenTree::Punct(punct)) => matches!(punct.as_char(), ':' | '!'),
        _ => false,
    };
    is_lower && !goes_on && !["box", "true", "false"].contains(&text.as_str())
}

impl Arg {
    /// Whether an expression uses the argument, or a part of it by a name in its pattern.
    pub(crate) fn is_in(&self, tokens: &TokenStream) -> bool {
        let is_in = |name: &Ident| mentions(tokens, &name.to_string());
        is_in(&self.name) || self.bindings.iter().any(|binding| is_in(&binding.name))
    }

    /// Statements that bind the names in the pattern that are used in an expression, and leave the argument where it is:
    /// what is no copy is bound to a reference.
    pub(crate) fn bound(&self, tokens: &TokenStream, private: &TokenStream) -> TokenStream {
        let used = |binding: &&Binding| mentions(tokens, &binding.name.to_string());
        let used: Vec<_> = self.bindings.iter().filter(used).collect();
        let (name, pat) = (&self.name, &self.pat);
        if used.is_empty() {
            return TokenStream::new();
        }
        let allow = quote!(#[allow(unused_variables, clippy::toplevel_ref_arg)]);
        if matches!(peeled(&self.ty), Type::Reference(reference) if reference.mutability.is_none())
        {
            return quote!(#allow let #pat = #name;); // what a reference shows cannot be taken away
        }
        let pat = by_reference(pat, &mut Vec::new());
        let copies = used.iter().filter(|binding| !binding.is_ref);
        let copies = copies.map(|Binding { name, .. }| {
            quote! {
                #allow
                let #name = {
                    #[allow(unused_imports)]
                    use #private::PickBoundOther as _;
                    #private::PickBound(#name).memo_bound()
                };
            }
        });
        quote!(#allow let #pat = #name; #(#copies)*)
    }

    /// Whether `name`, one of those that are skipped, leaves the argument out: it is its own, or one of its pattern's, of
    /// which all are skipped.
    pub(crate) fn is_skipped(&self, skipped: &[Ident], name: &Ident) -> bool {
        let has = |binding: &Binding| binding.name == *name;
        self.name == *name
            || self.bindings.iter().any(has)
                && self
                    .bindings
                    .iter()
                    .all(|binding| skipped.contains(&binding.name))
    }

    /// The argument as messages show it.
    pub(crate) fn shown(&self) -> String {
        if self.is_unnamed() {
            shown(&self.pat)
        } else {
            self.name.to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::by_reference;

    #[test]
    fn names_are_told_from_all_else_in_a_pattern() {
        for (pattern, expected, names) in [
            ("(mut a, _, ref b, ..)", "(ref a, _, ref b, ..)", "a b"),
            (
                "Pair { left: r, right }",
                "Pair { left: ref r, ref right }",
                "r right",
            ),
            ("inner::Wrapped(n)", "inner::Wrapped(ref n)", "n"),
            (
                "whole @ [first, rest @ ..]",
                "ref whole @ [ref first, ref rest @ ..]",
                "whole first rest",
            ),
            ("&(a::b, Unit)", "&(a::b, Unit)", ""),
        ] {
            let mut found = Vec::new();
            let written = by_reference(&pattern.parse().unwrap(), &mut found).to_string();
            let squeezed = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(squeezed(&written), squeezed(expected));
            let found: Vec<_> = found
                .iter()
                .map(|binding| binding.name.to_string())
                .collect();
            assert_eq!(found.join(" "), names);
        }
    }
}
