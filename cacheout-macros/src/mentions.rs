//! Which variables an expression uses.

use proc_macro2::{Spacing, TokenStream, TokenTree};

/// Whether a variable is used anywhere in the tokens, be it in the braces of a format string. A field of that name, after a dot
/// or before a colon, is none, nor is a part of a path; what ends a range is.
pub(crate) fn mentions(tokens: &TokenStream, word: &str) -> bool {
    let (mut after_dot, mut after_colon) = (After::Nothing, After::Nothing);
    let mut tokens = tokens.clone().into_iter().peekable();
    while let Some(token) = tokens.next() {
        let is_part = after_dot == After::One || after_colon == After::Two;
        after_dot = after_dot.then(&token, '.');
        after_colon = after_colon.then(&token, ':');
        // a field's name, or the beginning of a path
        let leads_on =
            matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == ':');
        let is_name = matches!(token, TokenTree::Ident(_)) && (is_part || leads_on);
        if !is_name && mentions_in(token, word) {
            return true;
        }
    }
    false
}

/// How many of the same punctuation mark, without a space, come before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Nothing,
    /// The first one, and there will be another.
    First,
    One,
    Two,
}

impl After {
    fn then(self, token: &TokenTree, mark: char) -> Self {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == mark => match (self, punct.spacing()) {
                (After::First, _) => After::Two,
                (_, Spacing::Joint) => After::First,
                (_, Spacing::Alone) => After::One,
            },
            _ => After::Nothing,
        }
    }
}

/// Whether a word stands anywhere in the tokens, whatever it names.
pub(crate) fn contains(tokens: &TokenStream, word: &str) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Group(group) => contains(&group.stream(), word),
        _ => false,
    })
}

fn mentions_in(token: TokenTree, word: &str) -> bool {
    match token {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Group(group) => mentions(&group.stream(), word),
        TokenTree::Literal(literal) => {
            let text = literal.to_string();
            let word = word.strip_prefix("r#").unwrap_or(word); // as format strings have it
            let mut captures = text.match_indices('{').map(|(at, _)| &text[at + 1..]);
            captures.any(|rest| captures_in(rest, word))
        }
        TokenTree::Punct(_) => false,
    }
}

/// Whether what follows the brace of a format string, `a:>width$.precision$}`, captures a variable.
fn captures_in(rest: &str, word: &str) -> bool {
    let inside = rest.split('}').next().unwrap_or(rest);
    let (name, format) = inside.split_once(':').unwrap_or((inside, ""));
    let mut counts: Vec<&str> = format.split('$').collect();
    counts.pop(); // is followed by no dollar
    let is_count = |before: &str| {
        let word_of = before.rsplit(|c: char| c != '_' && !c.is_alphanumeric());
        let last = word_of.map(|word| word.trim_start_matches('0')).next();
        last == Some(word)
    };
    name.trim() == word || counts.into_iter().any(is_count)
}

#[cfg(test)]
mod tests {
    use super::mentions;

    #[test]
    fn a_variable_is_found_wherever_it_is_used() {
        for tokens in [
            "text[..n]",
            "0..=n",
            "(a.b..n)",
            "f(|x| x.y(n))",
            "format!(\"{n}\")",
            "format!(\"{ n :?}\")",
            "format!(\"{a:>n$}\")",
            "format!(\"{a:*<08.n$}\")",
            "format!(\"{a:0n$.m$}\")",
        ] {
            assert!(mentions(&tokens.parse().unwrap(), "n"), "{tokens}");
        }
        for tokens in [
            "P { n, m: 1 }",
            "P { a: n }",
            "m::f(n)",
            "<A as B<n>>::C",
            "n(a)",
            "|a: u8| n",
        ] {
            assert!(mentions(&tokens.parse().unwrap(), "n"), "{tokens}");
        }
        for tokens in [
            "a.n",
            "a.n..b",
            "a.0.n()",
            "format!(\"{a:n>5}\")",
            "\"n\"",
            "m::n(a)",
            "P { n: 1 }.a",
            "<A as B>::n",
            "n::<T>()",
            "n::A",
            "|n: u8| 1",
        ] {
            assert!(!mentions(&tokens.parse().unwrap(), "n"), "{tokens}");
        }
        assert!(mentions(&"format!(\"{type}\")".parse().unwrap(), "r#type"));
    }
}
