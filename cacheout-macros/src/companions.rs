//! The companions of a memoized function: of a type beside a free function, or siblings of a method.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote};

use crate::expand::local;
use crate::function::{Arg, Function, allowed};
use crate::memo::{Home, Memo, Store};

impl Memo<'_> {
    /// The type whose functions are the companions of a free function.
    pub(crate) fn companion_type(&self, name: &Ident) -> TokenStream {
        let Function {
            cfgs,
            vis,
            sig,
            lints,
            ..
        } = self.function;
        let (allowed, silenced) = (allowed(lints), silenced());
        let doc = format!(
            "The companions of the memoized function [`{}()`].",
            sig.ident
        );
        let members = [
            self.uncached(),
            self.cache(),
            self.cache_key(),
            self.key_companions(),
            self.refresh(),
            self.whole_companions(),
        ];
        let hidden = self.function.hidden();
        quote! {
            #(#cfgs)*
            #[doc = #doc]
            #hidden
            #[allow(non_camel_case_types, dead_code, missing_debug_implementations, unreachable_pub)]
            #vis struct #name {}

            #(#cfgs)*
            #(#allowed)*
            #silenced
            impl #name {
                #(#members)*
            }
        }
    }

    /// The companions of a method, beside it.
    pub(crate) fn siblings(&self) -> TokenStream {
        let cfgs = &self.function.cfgs;
        let allowed = allowed(&self.function.lints);
        let siblings = [self.cache(), self.cache_key()];
        let siblings = siblings.iter().filter(|sibling| !sibling.is_empty());
        let (hidden, silenced) = (self.function.hidden(), silenced());
        let siblings =
            siblings.map(|sibling| quote!(#(#cfgs)* #hidden #silenced #(#allowed)* #sibling));
        let uncached = self.uncached(); // has them already
        quote!(#(#cfgs)* #hidden #silenced #uncached #(#siblings)*)
    }

    /// The companions, without their bodies, of a function that is not memoized for its mistakes: to use one is no other.
    pub(crate) fn stubs(&self) -> TokenStream {
        let Function { cfgs, vis, .. } = self.function;
        let members = [self.uncached(), self.cache(), self.cache_key()];
        let members = members.into_iter().map(without_bodies);
        match self.home {
            Home::Companion(name) => {
                let more = [
                    self.key_companions(),
                    self.refresh(),
                    self.whole_companions(),
                ];
                let more = more.into_iter().map(without_bodies);
                quote! {
                    #(#cfgs)*
                    #[allow(unused, non_camel_case_types, missing_docs, missing_debug_implementations, unreachable_pub)]
                    #vis struct #name {}

                    #(#cfgs)*
                    #[allow(unused, missing_docs)]
                    impl #name {
                        #(#members)*
                        #(#more)*
                    }
                }
            }
            Home::Siblings => {
                let members = members.filter(|member| !member.is_empty());
                members
                    .map(|member| quote!(#(#cfgs)* #[allow(unused)] #member))
                    .collect()
            }
            Home::Inside => TokenStream::new(),
        }
    }

    /// The name of a companion: `cache`, or `method_cache`.
    pub(crate) fn companion(&self, what: &str) -> Ident {
        match self.home {
            Home::Companion(_) => Ident::new(what, Span::call_site()),
            _ => self.sibling(what),
        }
    }

    pub(crate) fn sibling(&self, what: &str) -> Ident {
        format_ident!("{}_{what}", self.function.sig.ident)
    }

    /// The function as it was written.
    pub(crate) fn uncached(&self) -> TokenStream {
        let Function {
            lints,
            features,
            vis,
            sig,
            body,
            ..
        } = self.function;
        let doc = format!(
            "`{}` past its cache: computes each time, and stores nothing.",
            sig.ident
        );
        let mut sig = sig.clone();
        sig.ident = self.companion("uncached");
        quote! {
            #[doc = #doc]
            #[allow(dead_code, clippy::too_many_arguments)]
            #(#lints)*
            #(#features)*
            #vis #sig #body
        }
    }

    /// The arguments that the key is made of, as parameters.
    pub(crate) fn key_params(&self) -> Vec<TokenStream> {
        let receiver = self
            .key_of_self
            .then(|| self.function.shared_receiver())
            .flatten();
        let args = self.key_args.iter().map(|arg| {
            let Arg {
                name, ty, allowed, ..
            } = arg;
            quote!(#(#allowed)* #name: #ty)
        });
        receiver.into_iter().chain(args).collect()
    }

    pub(crate) fn cache_key(&self) -> TokenStream {
        let Memo {
            private, key, view, ..
        } = self;
        let (vis, name, params) = (
            &self.function.vis,
            self.companion("cache_key"),
            self.key_params(),
        );
        let (generics, _, bounds) = self.generics.split_for_impl();
        let bound = self.bound_for_key();
        let body = match self.is_doubtful() {
            true => quote! {
                #[allow(unused_imports)]
                use #private::PickPartOther as _;
                #private::PickPart(#view).memo_to_part()
            },
            false => quote!(#private::Part::to_part(&#view)),
        };
        quote! {
            /// The key of a call: what a cache of the function's own holds its value under (one with `MemoKey`s, more).
            #[allow(dead_code, clippy::too_many_arguments)]
            #vis fn #name #generics (#(#params),*) -> #key #bounds {
                #bound
                #body
            }
        }
    }

    /// The companions that take what the key is made of.
    pub(crate) fn key_companions(&self) -> TokenStream {
        let Memo { value, .. } = self;
        let vis = &self.function.vis;
        let (call, params) = (self.call(), self.key_params());
        let (generics, _, bounds) = self.generics.split_for_impl();
        let [cache, new] = ["cache", "value"].map(local);
        let (scope, bound) = (self.call_scope(), self.bound_for_key());
        let with_cache = |body| {
            let with_store = self.with_store(&body);
            quote!({ #scope #bound #with_store })
        };
        let peek = with_cache(quote!(#cache.peek(&#call)));
        let time = self.time_for_key();
        let prime = with_cache(quote!(#cache.memo_set(&#call, #new, #time)));
        let invalidate = with_cache(quote!(#cache.delete(&#call)));
        let send = if let Store::Local = self.store {
            quote!()
        } else {
            quote!(+ ::core::marker::Send)
        };
        let forget = with_cache(quote!(#cache.memo_forget(&#call)));
        quote! {
            /// The value of a call, if it is there, without computing it: no use, neither hit nor miss.
            #[allow(dead_code, clippy::too_many_arguments)]
            #vis fn peek #generics (#(#params),*) -> ::core::option::Option<#value> #bounds #peek

            /// Stores the value of a call without computing it.
            #[allow(dead_code, clippy::too_many_arguments)]
            #vis fn prime #generics (#(#params,)* #new: #value) #bounds #prime

            /// Forgets the value of a call; answers whether there was one.
            #[allow(dead_code, clippy::too_many_arguments)]
            #vis fn invalidate #generics (#(#params),*) -> bool #bounds #invalidate

            #[doc(hidden)]
            #[allow(dead_code, clippy::too_many_arguments)]
            #vis fn __forget #generics (#(#params),*) -> ::std::boxed::Box<dyn ::core::ops::FnOnce() #send> #bounds #forget
        }
    }

    pub(crate) fn refresh(&self) -> TokenStream {
        let Function { vis, features, .. } = self.function;
        let mut sig = self.function.outer_signature();
        sig.ident = Ident::new("refresh", sig.ident.span());
        let [cache, miss] = ["cache", "miss"].map(local);
        let (call, compute) = (self.call(), self.compute("memo_refill", &cache, &miss));
        let (scope, bound) = (self.call_scope(), self.bound_for_call());
        let with_store = self.with_store(&quote!({
            let #miss = #cache.memo_key(&#call);
            #compute
        }));
        quote! {
            /// Computes the value of a call anew, and stores it.
            #[allow(dead_code, clippy::too_many_arguments)]
            #(#features)*
            #vis #sig {
                #scope
                #bound
                #with_store
            }
        }
    }

    /// The companions that concern all values.
    pub(crate) fn whole_companions(&self) -> TokenStream {
        let (root, vis) = (&self.root, &self.function.vis);
        let (generics, _, bounds) = self.generics.split_for_impl();
        let cache = local("cache");
        let info = self.with_store(&quote!(#cache.memo_info()));
        let clear = self.with_store(&quote!(#cache.clear()));
        let stats = quote! {
            /// The figures of the cache's statistics: but for the number of entries all is zero until they are switched on.
            #[allow(dead_code)]
            #vis fn stats #generics () -> #root::StatsInfo #bounds {
                #info
            }
        };
        quote! {
            /// Forgets all values of the cache, those of other functions that share it too.
            #[allow(dead_code)]
            #vis fn clear #generics () #bounds {
                #clear
            }

            #stats
        }
    }
}

/// What is to be said of a function in its documentation, and that its value is to be used, is said where it is written; and not
/// all companions need all of its lifetimes.
fn silenced() -> TokenStream {
    quote! {
        #[allow(
            clippy::missing_const_for_fn, clippy::missing_errors_doc, clippy::missing_panics_doc, clippy::missing_safety_doc,
            clippy::must_use_candidate, clippy::used_underscore_binding, unused_lifetimes
        )]
    }
}

/// Functions as they are, but for what they do. A body is what stands in braces at the end, or before an attribute.
fn without_bodies(functions: TokenStream) -> TokenStream {
    let mut tokens = functions.into_iter().peekable();
    let mut written = TokenStream::new();
    while let Some(token) = tokens.next() {
        let is_last = match tokens.peek() {
            None => true,
            Some(TokenTree::Punct(punct)) => punct.as_char() == '#',
            Some(_) => false,
        };
        match token {
            TokenTree::Group(group) if is_last && group.delimiter() == Delimiter::Brace => {
                written.extend(quote!({ ::core::unreachable!() }));
            }
            token => written.extend([token]),
        }
    }
    written
}
