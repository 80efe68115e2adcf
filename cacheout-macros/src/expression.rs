//! Expressions in an attribute.

use proc_macro2::{Spacing, TokenStream, TokenTree};
use syn::parse::ParseStream;
use syn::parse::discouraged::Speculative;
use syn::{Expr, Ident, Result, Token};

/// An expression, up to a comma. One that `syn` does not parse without its larger half (closures, blocks, arrays) is
/// taken as it is written.
pub(crate) fn expression(input: ParseStream<'_>) -> Result<Expr> {
    let ahead = input.fork();
    let parsed = ahead.parse::<Expr>();
    // a word after an expression begins the next option: somebody forgot the comma
    if parsed.is_ok() && (ahead.is_empty() || ahead.peek(Token![,]) || ahead.peek(Ident)) {
        input.advance_to(&ahead);
        return parsed;
    }
    let tokens = to_comma(input)?;
    match parsed {
        Err(error) if tokens.is_empty() => Err(error),
        _ => Ok(Expr::Verbatim(tokens)),
    }
}

/// An expression without the parentheses around it, and without those, never seen, around what a `macro_rules` macro was
/// given.
pub(crate) fn peeled(mut expr: &Expr) -> &Expr {
    loop {
        expr = match expr {
            Expr::Group(group) => &group.expr,
            Expr::Paren(paren) => &paren.expr,
            _ => return expr,
        };
    }
}

/// All up to the comma that ends an expression.
fn to_comma(input: ParseStream<'_>) -> Result<TokenStream> {
    let mut scan = Scan::default();
    let mut tokens = TokenStream::new();
    while !(input.is_empty() || input.peek(Token![,]) && scan.is_outside()) {
        let token = input.parse()?;
        scan.see(&token);
        tokens.extend([token]);
    }
    Ok(tokens)
}

/// Where in an expression we are: a comma between the parameters of a closure or of generics does not end it.
#[derive(Default)]
struct Scan {
    /// Whether a value has just ended, so that `<` compares and `|` means "or".
    after_value: bool,
    in_params: bool,
    angles: u32,
    /// Whether `>` belongs to an arrow.
    after_arrow: bool,
}

impl Scan {
    fn is_outside(&self) -> bool {
        !self.in_params && self.angles == 0
    }

    fn see(&mut self, token: &TokenTree) {
        self.after_value = match token {
            TokenTree::Punct(punct) => match punct.as_char() {
                '|' if self.in_params && self.angles == 0 => {
                    self.in_params = false;
                    false
                }
                '|' if !self.after_value => {
                    self.in_params = true;
                    false
                }
                '<' if self.in_params || self.angles > 0 || !self.after_value => {
                    self.angles += 1;
                    false
                }
                '>' if self.angles > 0 && !self.after_arrow => {
                    self.angles -= 1;
                    true
                }
                mark => mark == '?',
            },
            TokenTree::Ident(word) => {
                const BEFORE_A_VALUE: [&str; 8] =
                    ["as", "async", "else", "if", "in", "match", "move", "return"];
                !BEFORE_A_VALUE.iter().any(|before| word == before)
            }
            TokenTree::Group(_) | TokenTree::Literal(_) => true,
        };
        self.after_arrow = matches!(token, TokenTree::Punct(punct)
            if matches!(punct.as_char(), '-' | '=') && punct.spacing() == Spacing::Joint);
    }
}

#[cfg(test)]
mod tests {
    use super::expression;
    use quote::ToTokens;
    use syn::Token;
    use syn::parse::{ParseStream, Parser};

    /// How many expressions there are.
    fn count(text: &str) -> usize {
        let parser = |input: ParseStream<'_>| {
            let mut count = 0;
            while !input.is_empty() {
                assert!(!expression(input)?.to_token_stream().is_empty());
                count += 1;
                input.parse::<Option<Token![,]>>()?;
            }
            Ok(count)
        };
        parser.parse_str(text).unwrap()
    }

    #[test]
    fn an_expression_ends_at_its_own_comma() {
        for one in [
            "a + b.c(d, e)",
            "|a, b| a < b",
            "|map: &Map<A, B, C>, (x, y)| x > y || y > x",
            "move || a::<A, B>(c)",
            "if a { b } else { c }",
            "[a, b]",
            "match a { b => c, _ => d }",
            "<A<B, C> as D<E, F>>::g(h) + [1; 2].len()",
            "|f: fn(A) -> Map<B, C>, g| f(|x, y| x)",
            "async { a.await? }.b::<C, D>()",
        ] {
            assert_eq!(count(one), 1, "{one}");
        }
        for two in [
            "|a| a < b, |c| c > d",
            "a < b, c > d",
            "[a][0] < b, c",
            "if a { b } else { c }, d",
            "|a| a | b, |c| c",
            "|| a, |_| b",
            "5 max_size",
        ] {
            assert_eq!(count(two), 2, "{two}");
        }
    }
}
