//! What types are made of. (`syn` can visit all that it parses, but takes a quarter longer to build with that.)

use syn::punctuated::Punctuated;
use syn::{
    AngleBracketedGenericArguments, GenericArgument, Lifetime, NamedArg, Path, PathArguments,
    ReturnType, Token, Type, TypeParamBound,
};

/// What stands in a type.
pub(crate) enum Part<'a> {
    Lifetime(&'a mut Lifetime),
    Type(&'a mut Type),
    /// A type in the signature of a function, `fn(T)` or `Fn(T)`, where lifetimes are elided by rules of their own.
    Signed(&'a mut Type),
}

/// A type without the parentheses around it, and without those, never seen, around what a `macro_rules` macro was given.
pub(crate) fn peeled(mut ty: &Type) -> &Type {
    loop {
        ty = match ty {
            Type::Group(group) => &group.elem,
            Type::Paren(paren) => &paren.elem,
            _ => return ty,
        };
    }
}

type Visit<'v> = &'v mut dyn FnMut(Part<'_>);

/// Calls `visit` with each part that stands in `ty` itself, not in another part, as they are written.
pub(crate) fn each_part(ty: &mut Type, visit: Visit<'_>) {
    match ty {
        Type::Array(array) => visit(Part::Type(&mut array.elem)),
        Type::FnPtr(function) => in_signature(&mut function.inputs, &mut function.output, visit),
        Type::Group(group) => visit(Part::Type(&mut group.elem)),
        Type::ImplTrait(opaque) => in_bounds(&mut opaque.bounds, visit),
        Type::Paren(paren) => visit(Part::Type(&mut paren.elem)),
        Type::Path(path) => {
            if let Some(owner) = &mut path.qself {
                visit(Part::Type(&mut owner.ty));
            }
            in_path(&mut path.path, visit);
        }
        Type::Ptr(pointer) => visit(Part::Type(&mut pointer.elem)),
        Type::Reference(reference) => {
            if let Some(lifetime) = &mut reference.lifetime {
                visit(Part::Lifetime(lifetime));
            }
            visit(Part::Type(&mut reference.elem));
        }
        Type::Slice(slice) => visit(Part::Type(&mut slice.elem)),
        Type::TraitObject(object) => in_bounds(&mut object.bounds, visit),
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(|ty| visit(Part::Type(ty))),
        _ => {} // `_`, `!`, a macro's call
    }
}

/// The same for the arguments in a path.
pub(crate) fn in_path(path: &mut Path, visit: Visit<'_>) {
    for segment in &mut path.segments {
        match &mut segment.arguments {
            PathArguments::None => {}
            PathArguments::AngleBracketed(arguments) => in_arguments(arguments, visit),
            PathArguments::Parenthesized(arguments) => {
                in_signature(&mut arguments.inputs, &mut arguments.output, visit);
            }
        }
    }
}

fn in_arguments(arguments: &mut AngleBracketedGenericArguments, visit: Visit<'_>) {
    for argument in &mut arguments.args {
        match argument {
            GenericArgument::Lifetime(lifetime) => visit(Part::Lifetime(lifetime)),
            GenericArgument::Type(ty) => visit(Part::Type(ty)),
            GenericArgument::AssocType(named) => {
                if let Some(arguments) = &mut named.generics {
                    in_arguments(arguments, visit);
                }
                visit(Part::Type(&mut named.ty));
            }
            GenericArgument::Constraint(named) => {
                if let Some(arguments) = &mut named.generics {
                    in_arguments(arguments, visit);
                }
                in_bounds(&mut named.bounds, visit);
            }
            _ => {} // constants
        }
    }
}

fn in_bounds(bounds: &mut Punctuated<TypeParamBound, Token![+]>, visit: Visit<'_>) {
    for bound in bounds {
        match bound {
            TypeParamBound::Trait(bound) => in_path(&mut bound.path, visit),
            TypeParamBound::Lifetime(lifetime) => visit(Part::Lifetime(lifetime)),
            _ => {} // `use<…>`
        }
    }
}

fn in_signature(
    inputs: &mut Punctuated<NamedArg, Token![,]>,
    output: &mut ReturnType,
    visit: Visit<'_>,
) {
    for input in inputs {
        visit(Part::Signed(&mut input.ty));
    }
    if let ReturnType::Type(_, output) = output {
        visit(Part::Signed(output));
    }
}
