//! The function that is memoized: what was written, and what has to be known of it.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::spanned::Spanned;
use syn::{
    Attribute, GenericParam, Generics, Ident, Lifetime, Meta, Type, TypeImplTrait, Visibility,
};

use crate::errors::Errors;
use crate::expand::local;
use crate::item::{Body, Input, Item, Receiver, Signature};
use crate::mentions::contains;
use crate::parts::{Part, each_part, in_path};
use crate::pattern::{Binding, bindings};

/// One argument.
pub(crate) struct Arg {
    /// The name by which generated code knows it: its own, if it has one.
    pub(crate) name: Ident,
    pub(crate) pat: TokenStream,
    pub(crate) ty: Type,
    /// The names that its pattern binds, if that is no name itself.
    pub(crate) bindings: Vec<Binding>,
    /// What silences the compiler about it, which goes with it.
    pub(crate) allowed: Vec<Attribute>,
    is_unnamed: bool,
}

pub(crate) struct Function {
    /// Documentation, which stays with the function.
    pub(crate) docs: Vec<Attribute>,
    /// `cfg`s, which go with everything that is generated.
    pub(crate) cfgs: Vec<Attribute>,
    /// `allow`, `expect` and the like, which go with the body.
    pub(crate) lints: Vec<Attribute>,
    /// What the processor has to offer, which goes with the body and with all that runs it.
    pub(crate) features: Vec<Attribute>,
    /// All others, which stay with the function.
    pub(crate) others: Vec<Attribute>,
    pub(crate) vis: Visibility,
    /// What was written, but that each `impl Trait` among the arguments has a name.
    pub(crate) sig: Signature,
    pub(crate) body: Body,
    pub(crate) args: Vec<Arg>,
    /// The return type, `()` if none is written.
    pub(crate) output: Type,
    /// The generic types that were written.
    pub(crate) type_params: Vec<Ident>,
    /// Those that stand for an `impl Trait`.
    pub(crate) impl_params: Vec<Ident>,
}

impl Function {
    pub(crate) fn new(item: Item) -> Self {
        let mut sig = item.sig;
        let type_params = sig
            .generics
            .type_params()
            .map(|param| param.ident.clone())
            .collect();
        let body = &item.body.statements;
        let impl_params = name_impl_traits(&mut sig, body);
        let mut function = Function {
            docs: Vec::new(),
            cfgs: Vec::new(),
            lints: Vec::new(),
            features: Vec::new(),
            others: Vec::new(),
            args: args(&sig),
            output: match &sig.output {
                None => syn::parse_quote!(()),
                Some((_, ty)) => ty.clone(),
            },
            vis: item.vis,
            sig,
            body: item.body,
            type_params,
            impl_params,
        };
        for attr in item.attrs {
            function.sort(attr);
        }
        function
    }

    fn sort(&mut self, attr: Attribute) {
        let path = attr.path();
        let is = |names: &[&str]| names.iter().any(|name| path.is_ident(name));
        let list = if is(&["doc"]) {
            &mut self.docs
        } else if is(&["cfg"]) {
            &mut self.cfgs
        } else if is(&["allow", "warn", "deny", "forbid", "expect"]) {
            &mut self.lints
        } else if is(&["target_feature"]) {
            &mut self.features
        } else {
            &mut self.others
        };
        list.push(attr);
    }

    /// What cannot be memoized, whatever the other options say.
    pub(crate) fn check(&self, stores_errors: bool, errors: &mut Errors) {
        if let Some(token) = &self.sig.constness {
            errors.at(
                token,
                "a `const fn` cannot be memoized: its cache lives at run time; remove `const`",
            );
        }
        if let Some(variadic) = &self.sig.variadic {
            errors.at(
                variadic,
                "a function with a variable number of arguments cannot be memoized",
            );
        }
        for attr in self.sig.inputs.iter().flat_map(|input| &input.attrs) {
            if attr.path().is_ident("cfg") {
                let message = "an argument of a memoized function cannot depend on a `cfg`, as its key does not: put \
                               `#[cfg(…)]` before the function, and write one for each case";
                errors.at(attr, message);
            }
        }
        for attr in &self.others {
            if attr
                .path()
                .segments
                .last()
                .is_some_and(|last| last.ident == "memoize")
            {
                errors.at(
                    attr,
                    "`#[memoize]` is given twice: put all options into one",
                );
            }
        }
        self.check_output(stores_errors, errors);
    }

    /// The signature with each argument under its plain name.
    pub(crate) fn outer_signature(&self) -> Signature {
        let mut sig = self.sig.clone();
        for (input, Arg { name, allowed, .. }) in sig.inputs.iter_mut().zip(&self.args) {
            input.pat = name.to_token_stream();
            let silences =
                |attr: &Attribute| attr.path().is_ident("expect") || attr.path().is_ident("allow");
            input.attrs.retain(|attr| !silences(attr));
            input.attrs.extend(allowed.iter().cloned());
        }
        if let Some(receiver) = &mut sig.receiver
            && receiver.reference.is_none()
        {
            receiver.mutability = None;
        }
        sig
    }

    /// The body, with each argument bound as it was written.
    pub(crate) fn body(&self) -> TokenStream {
        let statements = &self.body.statements;
        let rebound = self.args.iter().filter(|arg| !arg.is_plain());
        let rebound = rebound.map(|Arg { name, pat, .. }| quote!(let #pat = #name;));
        quote!({ #(#rebound)* #statements })
    }

    /// `#[doc(hidden)]`, if that was written.
    pub(crate) fn hidden(&self) -> Option<&Attribute> {
        let is_hidden = |attr: &&Attribute| {
            attr.parse_args::<Ident>()
                .is_ok_and(|word| word == "hidden")
        };
        self.docs.iter().find(is_hidden)
    }

    /// Whether it is more than one function: generic over types or constants.
    pub(crate) fn is_generic(&self) -> bool {
        let mut params = self.sig.generics.params.iter();
        params.any(|param| !matches!(param, GenericParam::Lifetime(_)))
    }

    pub(crate) fn is_async(&self) -> bool {
        self.sig.asyncness.is_some()
    }

    pub(crate) fn receiver(&self) -> Option<&Receiver> {
        self.sig.receiver.as_ref()
    }

    /// The receiver as a companion takes it that only looks at it.
    pub(crate) fn shared_receiver(&self) -> Option<TokenStream> {
        let receiver = self.receiver()?;
        let token = &receiver.self_token;
        Some(match &receiver.ty {
            Some((colon, ty)) => quote!(#token #colon #ty),
            None => quote!(&#token),
        })
    }
}

impl Arg {
    /// Whether the pattern is just the name.
    fn is_plain(&self) -> bool {
        self.name == self.pat.to_string()
    }

    /// Whether it has but a pattern.
    pub(crate) fn is_unnamed(&self) -> bool {
        self.is_unnamed
    }
}

fn args(sig: &Signature) -> Vec<Arg> {
    let arg = |(at, input): (usize, &Input)| {
        let name = input.name();
        Arg {
            bindings: match name {
                Some(_) => Vec::new(),
                None => bindings(&input.pat),
            },
            is_unnamed: name.is_none(),
            name: name.unwrap_or_else(|| local(&format!("arg{at}"))),
            pat: input.pat.clone(),
            ty: input.ty.clone(),
            allowed: allowed(&input.attrs),
        }
    };
    sig.inputs.iter().enumerate().map(arg).collect()
}

/// Those of some attributes that silence the compiler. What is expected where it was written may not come true elsewhere.
pub(crate) fn allowed(attrs: &[Attribute]) -> Vec<Attribute> {
    let silences = |attr: &&Attribute| {
        ["allow", "expect"]
            .iter()
            .any(|word| attr.path().is_ident(word))
    };
    let allowed = attrs.iter().filter(silences).map(|attr| {
        let mut attr = attr.clone();
        if let Meta::List(list) = &mut attr.meta {
            list.path = Ident::new("allow", list.path.span()).into();
        }
        attr
    });
    allowed.collect()
}

/// Gives each `impl Trait` among the arguments a name, so that generated code can mention it.
fn name_impl_traits(sig: &mut Signature, body: &TokenStream) -> Vec<Ident> {
    let written = quote!(#sig #body);
    let names = (0..).map(|at| format_ident!("Impl{at}"));
    let mut names = names.filter(|name| !contains(&written, &name.to_string()));
    let mut opaques = Vec::new();
    for input in &mut sig.inputs {
        take_impl_traits(&mut input.ty, &mut names, &mut opaques);
    }
    let mut names = Vec::new();
    for (name, opaque) in opaques {
        let bounds = &opaque.bounds;
        sig.generics.params.push(syn::parse_quote!(#name: #bounds));
        names.push(name);
    }
    names
}

/// Takes each `impl Trait` out of a type, and puts a name in its place.
pub(crate) fn take_impl_traits(
    ty: &mut Type,
    names: &mut dyn Iterator<Item = Ident>,
    taken: &mut Vec<(Ident, TypeImplTrait)>,
) {
    if let Type::ImplTrait(opaque) = ty {
        let opaque = opaque.clone();
        let mut name = names.next().expect("there is always another number");
        name.set_span(opaque.impl_token.span); // where the compiler says what is wrong with it
        *ty = syn::parse_quote!(#name);
        taken.push((name, opaque));
        return;
    }
    each_part(ty, &mut |part| match part {
        Part::Type(ty) | Part::Signed(ty) => take_impl_traits(ty, names, taken),
        Part::Lifetime(_) => {}
    });
}

/// The generic parameters that are no lifetimes, as they are passed on: `::<T, N>`.
pub(crate) fn turbofish(generics: &Generics) -> TokenStream {
    let names = generics.params.iter().filter_map(|param| match param {
        GenericParam::Lifetime(_) => None,
        GenericParam::Type(param) => Some(&param.ident),
        GenericParam::Const(param) => Some(&param.ident),
    });
    let names: Vec<_> = names.collect();
    if names.is_empty() {
        TokenStream::new()
    } else {
        quote!(::<#(#names),*>)
    }
}

/// `ty` with every lifetime `'static`, as a static may name it.
pub(crate) fn made_static(ty: &Type) -> Type {
    fn make(ty: &mut Type) {
        if let Type::Reference(reference) = ty {
            let span = reference.and_token.span;
            let elided = || Lifetime::new("'static", span);
            reference.lifetime.get_or_insert_with(elided);
        }
        each_part(ty, &mut |part| match part {
            Part::Lifetime(lifetime) => *lifetime = Lifetime::new("'static", lifetime.span()),
            Part::Type(ty) => make(ty),
            Part::Signed(_) => {}
        });
    }
    let mut ty = ty.clone();
    make(&mut ty);
    ty
}

/// Whether a generic type stands in `ty` as itself, not as the owner of an associated type.
pub(crate) fn stands_in(name: &Ident, ty: &Type) -> bool {
    fn find(name: &Ident, ty: &mut Type) -> bool {
        let mut is_found =
            matches!(ty, Type::Path(path) if path.qself.is_none() && path.path.is_ident(name));
        let visit = &mut |part: Part<'_>| match part {
            Part::Type(ty) | Part::Signed(ty) => is_found |= find(name, ty),
            Part::Lifetime(_) => {}
        };
        match ty {
            Type::Path(path) => in_path(&mut path.path, visit),
            _ => each_part(ty, visit),
        }
        is_found
    }
    find(name, &mut ty.clone())
}
