//! Where a function stands, and where a cache may be that the option `cache` gives.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, GenericArgument, PathArguments, Type};

use crate::errors::Errors;
use crate::expression;
use crate::function::Function;
use crate::keys::shown;
use crate::options::Options;
use crate::parts::peeled;

/// A function that speaks of `Self` is not free: it has to say where it stands.
pub(crate) fn check_self_type(function: &Function, options: &Options, errors: &mut Errors) {
    let says = options.in_impl.is_given() || options.in_trait.is_given();
    if says || function.receiver().is_some() {
        return;
    }
    if let Some(word) = self_type(function.sig.to_token_stream()) {
        let message = "`Self` tells that this function stands in an `impl` or a trait, where its companions cannot be a type: add \
                       `in_impl`, or `in_trait` in a trait and in its implementations";
        errors.at(word, message);
    }
}

pub(crate) fn self_type(tokens: TokenStream) -> Option<Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(word) => (word == "Self").then_some(word),
        TokenTree::Group(group) => self_type(group.stream()),
        _ => None,
    })
}

/// A cache is found where its function's companions are, and not in what is given away to the body.
pub(crate) fn check_place(function: &Function, options: &Options, errors: &mut Errors) {
    let Some(expr) = options.cache.get() else {
        return;
    };
    let tokens = expr.to_token_stream();
    let is_free = function.receiver().is_none()
        && !options.in_impl.is_given()
        && !options.in_trait.is_given();
    if let Some(arg) = function
        .args
        .iter()
        .find(|arg| is_free && arg.is_in(&tokens))
    {
        let message = format!(
            "a cache cannot be in the argument `{}`: the companions (`clear`, `stats`) have none; hold the cache in a \
             static, or make the function a method, with `cache = self.field`",
            arg.shown()
        );
        errors.at(expr, message);
    }
    let owned = function
        .receiver()
        .and_then(|receiver| receiver.ty.as_ref());
    if let Some((_, ty)) = owned
        && !is_shared(ty)
        && is_part_of_self(expr)
    {
        let (ty_shown, written) = (shown(ty), bare(expr));
        let message = format!(
            "a cache inside of `self` cannot be used while the method has `self: {ty_shown}` for itself: take `&self`, or \
             clone the cache, which is a handle (`cache = {written}.clone()`)"
        );
        errors.at(ty, message);
    }
}

/// Whether a receiver of this type is a shared reference, of which the body has a copy.
fn is_shared(ty: &Type) -> bool {
    match peeled(ty) {
        Type::Reference(reference) => reference.mutability.is_none(),
        Type::Path(path) => path.path.segments.last().is_some_and(|last| {
            let pointee = match &last.arguments {
                PathArguments::AngleBracketed(list) => list.args.first(),
                _ => None,
            };
            last.ident == "Pin"
                && matches!(pointee, Some(GenericArgument::Type(ty)) if is_shared(ty))
        }),
        _ => false,
    }
}

/// Whether an expression is `self.field`, `&self.one.other[0]` or the like, which borrows `self` for as long as it is used.
pub(crate) fn is_part_of_self(expr: &Expr) -> bool {
    match expression::peeled(expr) {
        Expr::Field(field) => is_part_of_self(&field.base),
        Expr::Reference(reference) => is_part_of_self(&reference.expr),
        Expr::Index(index) => is_part_of_self(&index.expr),
        Expr::Path(path) => path.path.is_ident("self"),
        _ => false,
    }
}

/// A place as it is written by people, without `&`.
pub(crate) fn bare(expr: &Expr) -> String {
    shown(expr).replace([' ', '&'], "")
}
