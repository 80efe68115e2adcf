//! What a function returns: whether it can be cached, and what of it is.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident};
use syn::{GenericArgument, Lifetime, PathArguments, Type};

use crate::errors::Errors;
use crate::function::{Function, take_impl_traits};
use crate::mentions::contains;
use crate::parts::{Part, each_part, peeled};

impl Function {
    /// The generic arguments of a return type written as some `Result`.
    fn result_arguments(&self) -> Option<impl Iterator<Item = &GenericArgument>> {
        let Type::Path(path) = peeled(&self.output) else {
            return None;
        };
        let last = path.path.segments.last();
        match &last.filter(|_| self.is_written_result())?.arguments {
            PathArguments::AngleBracketed(list) => Some(list.args.iter()),
            _ => None,
        }
    }

    /// The `Ok` type of such a return type.
    fn ok_type(&self) -> Option<&Type> {
        self.result_arguments()?
            .find_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            })
    }

    /// Whether the error of a written `Result` borrows, as far as that is seen: then it goes to its caller alone.
    pub(crate) fn has_borrowed_error(&self) -> bool {
        let mut arguments = self.result_arguments().into_iter().flatten();
        arguments.any(|argument| match argument {
            GenericArgument::Lifetime(lifetime) => !is_static(Some(lifetime)),
            GenericArgument::Type(ty) => !borrowed(ty).is_empty(), // the value does not
            _ => false,
        })
    }

    /// All that is returned has a name; and what is stored, of a `Result` the `Ok` value mostly, does not borrow.
    pub(crate) fn check_output(&self, stores_errors: bool, errors: &mut Errors) {
        for opaque in impl_traits(&self.output) {
            let message = "a returned `impl Trait` cannot be cached: its type cannot be named; return a concrete type, or \
                           an `Arc<dyn Trait>`";
            errors.at(opaque, message);
        }
        let stored = match self.ok_type() {
            Some(value) if !stores_errors => value,
            _ => &self.output,
        };
        match peeled(stored) {
            Type::Reference(reference) if !is_static(reference.lifetime.as_ref()) => {
                let message = "a returned reference cannot be cached: return an owned value (`String` for `&str`), or \
                               an `Arc`";
                errors.at(reference, message);
            }
            Type::Never(never) => {
                errors.at(never, "a function that never returns has nothing to cache");
            }
            ty => {
                for lifetime in borrowed(ty) {
                    let message = match is_boxed_future(ty) {
                        true => {
                            "a future cannot be cached, which is what this returns: memoize an `async fn` outside of the trait, and \
                             call that"
                        }
                        false => {
                            "a returned value that borrows cannot be cached: return an owned value"
                        }
                    };
                    errors.at(lifetime, message);
                }
            }
        }
    }

    /// Whether the return type is written as some `Result`.
    pub(crate) fn is_written_result(&self) -> bool {
        let Type::Path(path) = peeled(&self.output) else {
            return false;
        };
        let (path, is_associated) = (&path.path, path.qself.is_some());
        let segments = path.segments.iter().map(|segment| &segment.ident);
        let of_type = |first: &Ident| first == "Self" || self.type_params.contains(first);
        let is_associated = is_associated || segments.clone().next().is_some_and(of_type);
        !is_associated && segments.last().is_some_and(|last| last == "Result")
    }
}

fn is_static(lifetime: Option<&Lifetime>) -> bool {
    lifetime.is_some_and(|lifetime| lifetime.ident == "static")
}

/// Whether a type is `Pin<Box<dyn Future…>>`, as `async_trait` writes it.
fn is_boxed_future(ty: &Type) -> bool {
    let is_pin = matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Pin"));
    is_pin && contains(&ty.to_token_stream(), "Future")
}

/// The lifetimes in a type, written or elided, that are not `'static`.
pub(crate) fn borrowed(ty: &Type) -> Vec<TokenStream> {
    fn find(ty: &mut Type, found: &mut Vec<TokenStream>) {
        if let Type::Reference(reference) = ty
            && reference.lifetime.is_none()
        {
            found.push(reference.and_token.to_token_stream());
        }
        each_part(ty, &mut |part| match part {
            Part::Lifetime(lifetime) if lifetime.ident != "static" => {
                found.push(lifetime.to_token_stream());
            }
            Part::Type(ty) => find(ty, found),
            Part::Lifetime(_) | Part::Signed(_) => {}
        });
    }
    let mut found = Vec::new();
    find(&mut ty.clone(), &mut found);
    found
}

/// Each `impl Trait` in a type.
fn impl_traits(ty: &Type) -> Vec<TokenStream> {
    let mut taken = Vec::new();
    let mut names = std::iter::repeat_with(|| format_ident!("Impl"));
    take_impl_traits(&mut ty.clone(), &mut names, &mut taken);
    let opaques = taken.iter().map(|(_, opaque)| opaque.to_token_stream());
    opaques.collect()
}
