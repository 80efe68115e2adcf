//! Which variables an expression uses.

use proc_macro2::{Spacing, TokenStream, TokenTree};

/// Whether a variable is used anywhere in the tokens, be it in the braces of a format string. A field of that name, after
/// a dot, is none; what ends a range is.
pub(crate) fn mentions(tokens: &TokenStream, word: &str) -> bool {
    let (mut after_field_dot, mut after_first_dot) = (false, false);
    tokens.clone().into_iter().any(|token| {
        let is_field = after_field_dot;
        let dot = match &token {
            TokenTree::Punct(punct) if punct.as_char() == '.' => Some(punct.spacing()),
            _ => None,
        };
        after_field_dot = dot == Some(Spacing::Alone) && !after_first_dot;
        after_first_dot = dot == Some(Spacing::Joint);
        !is_field && mentions_in(token, word)
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
        for tokens in ["a.n", "a.n..b", "a.0.n()", "format!(\"{a:n>5}\")", "\"n\""] {
            assert!(!mentions(&tokens.parse().unwrap(), "n"), "{tokens}");
        }
        assert!(mentions(&"format!(\"{type}\")".parse().unwrap(), "r#type"));
    }
}
