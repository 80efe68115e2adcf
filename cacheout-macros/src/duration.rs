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
            Lit::Int(int) => number(int.base10_digits(), int.suffix())
                .map_err(|why| Error::new(int.span(), why))?,
            Lit::Float(float) => number(float.base10_digits(), float.suffix())
                .map_err(|why| Error::new(float.span(), why))?,
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

/// Reads a number with the suffix of its literal: a unit, as in `5m`, or a type, with which it is seconds as without.
fn number(digits: &str, suffix: &str) -> std::result::Result<f64, String> {
    const TYPES: [&str; 15] = [
        "", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize",
        "f32", "f64",
    ];
    let unit = if TYPES.contains(&suffix) { "s" } else { suffix };
    timed(digits, unit).ok_or_else(|| no_time(&format!("{digits}{suffix}")))
}

/// So many of a unit in seconds, if both are known.
fn timed(number: &str, unit: &str) -> Option<f64> {
    let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
    Some(number.parse::<f64>().ok()? * factor)
}

fn no_time(text: &str) -> String {
    let units = UNITS.map(|(name, _)| name).join(", ");
    format!("{text:?} is no time: write numbers with units ({units}), as in `\"1m 30s\"`")
}

/// Reads `1m 30s`, or `1m30s`.
fn parse(text: &str) -> std::result::Result<f64, String> {
    let mut seconds = 0.0;
    let mut parts = text.split_whitespace().peekable();
    if parts.peek().is_none() {
        return Err(format!(
            "{text:?} is no time: write numbers with units, as in `\"1m 30s\"`"
        ));
    }
    let is_digit = |c: char| c == '.' || c.is_ascii_digit();
    for part in parts {
        let mut rest = part;
        while !rest.is_empty() {
            let (number, after) = rest.split_at(rest.find(|c| !is_digit(c)).unwrap_or(rest.len()));
            let (unit, after) = after.split_at(after.find(is_digit).unwrap_or(after.len()));
            seconds += timed(number, unit).ok_or_else(|| no_time(part))?;
            rest = after;
        }
    }
    Ok(seconds)
}

#[cfg(test)]
mod tests {
    use super::{number, parse};

    #[test]
    fn texts_are_read_as_times() {
        assert_eq!(parse("1m 30s"), Ok(90.0));
        assert_eq!(parse("1.5h"), Ok(5400.0));
        assert_eq!(parse("250ms"), Ok(0.25));
        assert_eq!(parse("1h30m 5s"), Ok(5405.0));
        assert_eq!(number("5", "m"), Ok(300.0));
        assert_eq!(number("1.5", "h"), Ok(5400.0));
        assert_eq!(number("5", "u64"), Ok(5.0));
        assert!(number("5", "min").is_err());
        for wrong in ["", "5", "s", "1 m", "1x", "-1s", "1..2s"] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
