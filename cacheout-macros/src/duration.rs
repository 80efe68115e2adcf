//! Durations as they are written in an attribute: `5`, `0.5` (seconds), `"1m 30s"`, or an expression.

use std::time::Duration;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Expr, Lit, Result, UnOp};

use crate::expression::peeled;

const UNITS: [(&str, f64); 8] = [
    ("ns", 1e-9),
    ("us", 1e-6),
    ("ms", 1e-3),
    ("s", 1.0),
    ("m", 60.0),
    ("h", 3600.0),
    ("d", 86_400.0),
    ("w", 604_800.0),
];

/// The expression of type `Duration` that was meant.
pub(crate) fn duration(expr: &Expr) -> Result<TokenStream> {
    let seconds = match peeled(expr) {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(int) => int.base10_parse::<f64>()?,
            Lit::Float(float) => float.base10_parse::<f64>()?,
            Lit::Str(text) => parse(&text.value()).map_err(|why| Error::new(text.span(), why))?,
            _ => return Err(Error::new_spanned(expr, EXPECTED)),
        },
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => {
            return Err(Error::new_spanned(expr, EXPECTED));
        }
        _ => return Ok(quote!(#expr)),
    };
    let duration = Duration::try_from_secs_f64(seconds).map_err(|_| {
        let message = format!(
            "a time of `{}` is longer than can be counted: leave the option out for no limit",
            quote!(#expr)
        );
        Error::new_spanned(expr, message)
    })?;
    if duration.is_zero() {
        let message = "a time of zero would keep nothing: leave the option out for no limit";
        return Err(Error::new_spanned(expr, message));
    }
    let (secs, nanos) = (duration.as_secs(), duration.subsec_nanos());
    Ok(quote!(::core::time::Duration::new(#secs, #nanos)))
}

const EXPECTED: &str = "expected a time: seconds (`60`, `0.5`), a text (`\"1m 30s\"`), or an expression of type \
                        `Duration`";

/// Reads `1m 30s`.
fn parse(text: &str) -> std::result::Result<f64, String> {
    let mut seconds = 0.0;
    let mut parts = text.split_whitespace().peekable();
    if parts.peek().is_none() {
        return Err(format!(
            "{text:?} is no time: write numbers with units, as in `\"1m 30s\"`"
        ));
    }
    for part in parts {
        let digits = part.find(|c: char| c != '.' && !c.is_ascii_digit());
        let (number, unit) = part.split_at(digits.unwrap_or(part.len()));
        let factor = UNITS.iter().find(|(name, _)| *name == unit);
        match (number.parse::<f64>(), factor) {
            (Ok(number), Some((_, factor))) => seconds += number * factor,
            _ => {
                let units = UNITS.map(|(name, _)| name).join(", ");
                return Err(format!(
                    "{part:?} is no time: write numbers with units ({units}), as in `\"1m 30s\"`"
                ));
            }
        }
    }
    Ok(seconds)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn texts_are_read_as_times() {
        assert_eq!(parse("1m 30s"), Ok(90.0));
        assert_eq!(parse("1.5h"), Ok(5400.0));
        assert_eq!(parse("250ms"), Ok(0.25));
        for wrong in ["", "5", "s", "1 m", "1x", "-1s", "1..2s"] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
