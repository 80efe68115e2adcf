//! The function that is memoized: what was written, and what has to be known of it.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident};
use syn::visit::Visit;
use syn::visit_mut::VisitMut;
use syn::{
    Attribute, Block, FnArg, Ident, ItemFn, Lifetime, Pat, ReturnType, Signature, Type, Visibility,
};

use crate::errors::Errors;

/// One argument.
pub(crate) struct Arg {
    /// The name by which generated code knows it: its own, if it has one.
    pub(crate) name: Ident,
    pub(crate) ty: Type,
}

pub(crate) struct Function {
    /// Documentation, which stays with the function.
    pub(crate) docs: Vec<Attribute>,
    /// `cfg`s, which go with everything that is generated.
    pub(crate) cfgs: Vec<Attribute>,
    /// `allow`, `expect` and the like, which go with the body.
    pub(crate) lints: Vec<Attribute>,
    /// All others, which stay with the function.
    pub(crate) others: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    pub(crate) block: Box<Block>,
    pub(crate) args: Vec<Arg>,
    /// The return type, `()` if none is written.
    pub(crate) output: Type,
}

impl Function {
    pub(crate) fn new(item: ItemFn, errors: &mut Errors) -> Self {
        let mut function = Function {
            docs: Vec::new(),
            cfgs: Vec::new(),
            lints: Vec::new(),
            others: Vec::new(),
            args: args(&item.sig, errors),
            output: match &item.sig.output {
                ReturnType::Default => syn::parse_quote!(()),
                ReturnType::Type(_, ty) => (**ty).clone(),
            },
            vis: item.vis,
            sig: item.sig,
            block: item.block,
        };
        for attr in item.attrs {
            function.sort(attr);
        }
        function.check(errors);
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
        } else {
            &mut self.others
        };
        list.push(attr);
    }

    /// What cannot be memoized, whatever the options say.
    fn check(&self, errors: &mut Errors) {
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
        self.check_output(errors);
    }

    fn check_output(&self, errors: &mut Errors) {
        match &self.output {
            Type::Reference(reference) if !is_static(reference.lifetime.as_ref()) => {
                errors.at(
                    reference,
                    "a returned reference cannot be cached: return an owned value (`String` for `&str`), or an `Arc`",
                );
            }
            Type::ImplTrait(opaque) => {
                errors.at(
                    opaque,
                    "a returned `impl Trait` cannot be cached: its type cannot be named; return a concrete type, or a \
                     shared `Arc<dyn Trait>`",
                );
            }
            Type::Never(never) => {
                errors.at(never, "a function that never returns has nothing to cache");
            }
            ty => {
                for lifetime in borrowed(ty) {
                    errors.at(
                        lifetime,
                        "a returned value that borrows cannot be cached: return an owned value",
                    );
                }
            }
        }
    }

    /// The signature with each argument under its plain name.
    pub(crate) fn outer_signature(&self) -> Signature {
        let mut sig = self.sig.clone();
        let mut args = self.args.iter();
        for input in &mut sig.inputs {
            if let FnArg::Typed(input) = input
                && let Some(Arg { name, .. }) = args.next()
            {
                *input.pat = syn::parse_quote!(#name);
            }
        }
        sig
    }

    pub(crate) fn is_async(&self) -> bool {
        self.sig.asyncness.is_some()
    }

    /// Whether the return type is written as some `Result`.
    pub(crate) fn is_written_result(&self) -> bool {
        matches!(&self.output, Type::Path(path)
            if path.qself.is_none() && path.path.segments.last().is_some_and(|last| last.ident == "Result"))
    }
}

fn args(sig: &Signature, errors: &mut Errors) -> Vec<Arg> {
    let mut args = Vec::new();
    for input in &sig.inputs {
        match input {
            FnArg::Receiver(receiver) => errors.at(receiver, "methods cannot be memoized yet"),
            FnArg::Typed(input) => {
                let name = match &*input.pat {
                    Pat::Ident(pat) if pat.subpat.is_none() => pat.ident.clone(),
                    _ => format_ident!("arg{}", args.len(), span = Span::mixed_site()),
                };
                let ty = (*input.ty).clone();
                args.push(Arg { name, ty });
            }
        }
    }
    args
}

fn is_static(lifetime: Option<&Lifetime>) -> bool {
    lifetime.is_some_and(|lifetime| lifetime.ident == "static")
}

/// The lifetimes in a type, written or elided, that are not `'static`.
fn borrowed(ty: &Type) -> Vec<TokenStream> {
    struct Found(Vec<TokenStream>);
    impl<'ast> Visit<'ast> for Found {
        fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
            if lifetime.ident != "static" {
                self.0.push(lifetime.to_token_stream());
            }
        }
        fn visit_type_reference(&mut self, reference: &'ast syn::TypeReference) {
            if reference.lifetime.is_none() {
                self.0.push(reference.and_token.to_token_stream());
            }
            syn::visit::visit_type_reference(self, reference);
        }
        fn visit_type_fn_ptr(&mut self, _: &'ast syn::TypeFnPtr) {}
    }
    let mut found = Found(Vec::new());
    found.visit_type(ty);
    found.0
}

/// `ty` with every lifetime `'static`, as a static may name it.
pub(crate) fn made_static(ty: &Type) -> Type {
    struct Static;
    impl VisitMut for Static {
        fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
            *lifetime = Lifetime::new("'static", lifetime.span());
        }
        fn visit_type_reference_mut(&mut self, reference: &mut syn::TypeReference) {
            let span = reference.and_token.span;
            reference.lifetime = Some(Lifetime::new("'static", span));
            syn::visit_mut::visit_type_reference_mut(self, reference);
        }
    }
    let mut ty = ty.clone();
    Static.visit_type_mut(&mut ty);
    ty
}
