//! How arguments become keys: by the shape of their types.
//!
//! Most types are their own keys. References are looked up as they are and stored as their owners; floats are compared
//! by value; `Option`, tuples, arrays, slices and `Vec` of such are taken apart. What type it is, the compiler decides:
//! this only has to see where references and floats are.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericArgument, Ident, PathArguments, Type, TypePath};

use crate::errors::Errors;
use crate::function::{Arg, made_static};
use crate::parts::peeled;

/// What is stored for an argument, and how it is looked at.
pub(crate) struct Plan {
    /// The type that is stored.
    pub(crate) key: TokenStream,
    /// An expression of a type that implements `Part`.
    pub(crate) view: TokenStream,
    /// What the compiler is asked first, at the argument's type, so that it says what to do.
    pub(crate) check: TokenStream,
    /// Whether the type is its own key.
    is_same: bool,
}

/// Why an argument cannot be a key.
struct NoKey(TokenStream, &'static str);

const REMEDY: &str = "leave it out with `skip(…)`, or say what the key is with `key: Type = …`";

/// Plans keys, with paths below `private`.
pub(crate) struct Planner<'a> {
    pub(crate) private: &'a TokenStream,
    /// The generic types whose values are compared apart from their types.
    pub(crate) loose: &'a [Ident],
    /// Whether keys stay in their thread.
    pub(crate) is_local: bool,
}

impl Planner<'_> {
    /// The key of several arguments: of one, its own; of more, a tuple.
    pub(crate) fn all(&self, args: &[&Arg], errors: &mut Errors) -> Option<Plan> {
        let mut plans = Vec::new();
        for arg in args {
            let Arg { name, ty, .. } = arg;
            match self.plan(ty, &quote!(&#name)) {
                Ok(plan) => plans.push(plan),
                Err(NoKey(part, why)) => {
                    let (name, shown) = (arg.shown(), shown(ty));
                    let message =
                        format!("argument `{name}` of type `{shown}` is no key: {why}; {REMEDY}");
                    errors.at(part, message);
                }
            }
        }
        if plans.len() < args.len() {
            return None;
        }
        if plans.len() > 12 {
            let message = format!(
                "a key of {} arguments is too long: 12 are the most; {REMEDY}",
                args.len()
            );
            errors.at(&args[12].name, message);
            return None;
        }
        if plans.len() == 1 {
            return plans.pop();
        }
        Some(self.together(&plans))
    }

    fn together(&self, plans: &[Plan]) -> Plan {
        let private = self.private;
        let keys = plans.iter().map(|plan| &plan.key);
        let views = plans.iter().map(|plan| &plan.view);
        Plan {
            key: quote!((#(#keys,)*)),
            view: quote!(#private::Together((#(#views,)*))),
            check: plans.iter().map(|plan| plan.check.clone()).collect(),
            is_same: false,
        }
    }

    /// The plan for a value of type `ty`, to which the expression `reference` refers.
    fn plan(&self, ty: &Type, reference: &TokenStream) -> Result<Plan, NoKey> {
        let ty = peeled(ty);
        match ty {
            Type::Reference(inner) if inner.mutability.is_some() => Err(NoKey(
                ty.to_token_stream(),
                "a `&mut` cannot be a key: it changes",
            )),
            Type::Reference(inner) => self.pointee(&inner.elem, &quote!(*#reference)),
            Type::Tuple(tuple) => {
                let elems = tuple.elems.iter().enumerate().map(|(at, elem)| {
                    let at = syn::Index::from(at);
                    self.plan(elem, &quote!(&(#reference).#at))
                });
                let plans = elems.collect::<Result<Vec<_>, _>>()?;
                match plans.iter().all(|plan| plan.is_same) {
                    true => Ok(self.same(ty, reference)),
                    false if plans.len() > 12 => Err(NoKey(
                        ty.to_token_stream(),
                        "a tuple with floats or references in it can have 12 elements at most",
                    )),
                    false => Ok(self.together(&plans)),
                }
            }
            Type::Array(array) => self.elements(ty, &array.elem, reference),
            Type::Path(path) => self.path(path, reference),
            Type::FnPtr(_) => Ok(self.same(ty, reference)),
            Type::Ptr(_) => Err(NoKey(
                ty.to_token_stream(),
                "a raw pointer cannot be a key: it says nothing of what it points to",
            )),
            Type::TraitObject(_) | Type::ImplTrait(_) => Err(NoKey(
                ty.to_token_stream(),
                "a value of which only a trait is known cannot be a key",
            )),
            other => Ok(self.same(other, reference)),
        }
    }

    /// The plan for what a reference points to; `reference` is that reference.
    fn pointee(&self, ty: &Type, reference: &TokenStream) -> Result<Plan, NoKey> {
        let private = self.private;
        let ty = peeled(ty);
        match ty {
            Type::Slice(slice) => {
                let elem = self.plan(&slice.elem, &quote!(__cacheout_item))?;
                if !elem.is_same {
                    return Ok(self.each(&elem, reference));
                }
            }
            _ => {
                let plan = self.plan(ty, reference)?;
                if !plan.is_same {
                    return Ok(plan);
                }
            }
        }
        let check = match (is_well_known(ty) || is_str(ty), self.is_local) {
            (true, _) => TokenStream::new(),
            (_, true) => quote_spanned!(ty.span()=> #private::check_local_target::<#ty>();),
            (_, false) => quote_spanned!(ty.span()=> #private::check_target::<#ty>();),
        };
        Ok(Plan {
            key: Self::owner(&made_static(ty)),
            view: quote_spanned!(ty.span()=> #private::ToOwnedPart(#reference)),
            check,
            is_same: false,
        })
    }

    fn path(&self, path: &TypePath, reference: &TokenStream) -> Result<Plan, NoKey> {
        let private = self.private;
        let ty = Type::Path(path.clone());
        let Some(last) = path.path.segments.last().filter(|_| path.qself.is_none()) else {
            return Ok(self.same(&ty, reference));
        };
        let arguments: Vec<&GenericArgument> = match &last.arguments {
            PathArguments::AngleBracketed(list) => list.args.iter().collect(),
            _ => Vec::new(),
        };
        if path
            .path
            .get_ident()
            .is_some_and(|word| self.loose.contains(word))
        {
            return Ok(Plan {
                key: quote!(#private::UntypedKey),
                view: quote!(#private::Untyped::untyped(#reference)),
                check: TokenStream::new(),
                is_same: false,
            });
        }
        match (last.ident.to_string().as_str(), arguments.as_slice()) {
            ("f32" | "f64", []) => Ok(Plan {
                key: quote!(#private::FloatKey<#ty>),
                view: quote!(#private::Float(#reference)),
                check: TokenStream::new(),
                is_same: false,
            }),
            ("Option", [GenericArgument::Type(inner)]) => self.option(&ty, inner, reference),
            ("Vec", [GenericArgument::Type(inner)]) => self.elements(&ty, inner, reference),
            ("Box", [GenericArgument::Type(inner)]) => self.boxed(&ty, inner, reference),
            ("Cow", [.., GenericArgument::Type(inner)]) => {
                self.pointee(inner, &quote!((&**#reference)))
            }
            (_, arguments) if arguments.iter().any(|argument| self.borrows(argument)) => {
                Err(NoKey(
                    ty.to_token_stream(),
                    "what is inside is no key on its own (it borrows, it is a float, or it is of a generic type without \
                     `typed = true`)",
                ))
            }
            _ => Ok(self.same(&ty, reference)),
        }
    }

    fn option(&self, ty: &Type, inner: &Type, reference: &TokenStream) -> Result<Plan, NoKey> {
        let private = self.private;
        let plan = self.plan(inner, &quote!(__cacheout_item))?;
        if plan.is_same {
            return Ok(self.same(ty, reference));
        }
        let Plan { key, view, .. } = plan;
        Ok(Plan {
            key: quote!(::core::option::Option<#key>),
            view: quote! {
                #private::Maybe(::core::option::Option::map(
                    ::core::option::Option::as_ref(#reference), |__cacheout_item| #view
                ))
            },
            check: TokenStream::new(),
            is_same: false,
        })
    }

    fn boxed(&self, ty: &Type, inner: &Type, reference: &TokenStream) -> Result<Plan, NoKey> {
        if let Type::Slice(slice) = peeled(inner) {
            return self.elements(ty, &slice.elem, reference);
        }
        let plan = self.plan(inner, &quote!(&**#reference))?;
        Ok(if plan.is_same {
            self.same(ty, reference)
        } else {
            plan
        })
    }

    /// Whether a generic argument has a lifetime, a reference or a float in it, for which only known types have a plan.
    fn borrows(&self, argument: &GenericArgument) -> bool {
        match argument {
            GenericArgument::Lifetime(lifetime) => lifetime.ident != "static",
            GenericArgument::Type(ty) => !self
                .plan(ty, &quote!(__cacheout_item))
                .is_ok_and(|plan| plan.is_same),
            _ => false,
        }
    }

    /// The plan for a container of elements that derefs to a slice.
    fn elements(&self, ty: &Type, elem: &Type, reference: &TokenStream) -> Result<Plan, NoKey> {
        let plan = self.plan(elem, &quote!(__cacheout_item))?;
        Ok(match plan.is_same {
            true => self.same(ty, reference),
            false => self.each(&plan, &quote!(&(#reference)[..])),
        })
    }

    fn each(&self, plan: &Plan, slice: &TokenStream) -> Plan {
        let private = self.private;
        let Plan { key, view, .. } = plan;
        Plan {
            key: quote!(#private::Sequence<#key>),
            view: quote!(#private::each(#slice, |__cacheout_item| #view)),
            check: TokenStream::new(),
            is_same: false,
        }
    }

    /// The type that owns a `ty`.
    fn owner(ty: &Type) -> TokenStream {
        let ty = peeled(ty);
        match ty {
            Type::Path(TypePath {
                qself: None, path, ..
            }) if path.is_ident("str") => quote!(::std::string::String),
            Type::Slice(slice) if is_well_known(&slice.elem) => {
                let elem = &slice.elem;
                quote!(::std::vec::Vec<#elem>)
            }
            _ if is_well_known(ty) => ty.to_token_stream(),
            _ => quote!(<#ty as ::std::borrow::ToOwned>::Owned),
        }
    }

    /// The plan for what is its own key.
    fn same(&self, ty: &Type, reference: &TokenStream) -> Plan {
        let private = self.private;
        Plan {
            key: made_static(ty).to_token_stream(),
            view: quote_spanned!(ty.span()=> #private::Same(#reference)),
            check: self.check_key(ty),
            is_same: true,
        }
    }

    /// What the compiler is asked about a type that is its own key.
    pub(crate) fn check_key(&self, ty: &Type) -> TokenStream {
        let private = self.private;
        match (is_well_known(ty), self.is_local) {
            (true, _) => TokenStream::new(),
            (_, true) => quote_spanned!(ty.span()=> #private::check_local_key::<#ty>();),
            (_, false) => quote_spanned!(ty.span()=> #private::check_key::<#ty>();),
        }
    }
}

/// Whether a type is known to be a key by its name. It makes no difference but to what documentation and errors show.
pub(crate) fn is_well_known(ty: &Type) -> bool {
    const NAMES: [&str; 15] = [
        "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize",
        "bool", "char", "String",
    ];
    match peeled(ty) {
        Type::Path(TypePath {
            qself: None, path, ..
        }) => NAMES.iter().any(|name| path.is_ident(name)),
        Type::Tuple(tuple) => tuple.elems.iter().all(is_well_known),
        Type::Array(array) => is_well_known(&array.elem),
        _ => false,
    }
}

fn is_str(ty: &Type) -> bool {
    matches!(peeled(ty), Type::Path(TypePath { qself: None, path, .. }) if path.is_ident("str"))
}

/// A type or a pattern as it is written by people.
pub(crate) fn shown(tokens: impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string();
    for (apart, together) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" < ", "<"),
        (" >", ">"),
        ("& ", "&"),
        (" ,", ","),
        ("* const", "*const"),
        ("* mut", "*mut"),
    ] {
        text = text.replace(apart, together);
    }
    text
}
