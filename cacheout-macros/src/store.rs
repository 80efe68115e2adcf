//! Where a memoized function has its cache: the static that holds it, its name, and what tells it from others.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use crate::expand::local;
use crate::memo::{Home, Memo, Store};

impl Memo<'_> {
    /// The companion that answers the cache, if its type is known.
    pub(crate) fn cache(&self) -> TokenStream {
        let (vis, name) = (&self.function.vis, self.companion("cache"));
        let (cache_type, body) = (self.cache_type(), self.cache_body());
        let answer = match self.store {
            Store::Given(_) => return TokenStream::new(),
            Store::Local => cache_type,
            Store::Own | Store::Slot => quote!(&'static #cache_type),
        };
        let doc = format!("The cache of [`{0}`](Self::{0}).", self.function.sig.ident);
        let doc = if let Home::Companion(_) = self.home {
            "The cache that holds the values."
        } else {
            &doc
        };
        let (generics, _, bounds) = self.generics.split_for_impl();
        quote! {
            #[doc = #doc]
            #[allow(dead_code)]
            #[inline]
            #vis fn #name #generics () -> #answer #bounds { #body }
        }
    }

    pub(crate) fn cache_type(&self) -> TokenStream {
        let Memo {
            root, key, value, ..
        } = self;
        let span = self.function.output.span();
        match self.store {
            Store::Local => quote_spanned!(span=> #root::LocalCache<#key, #value>),
            _ => quote_spanned!(span=> #root::Cache<#key, #value>),
        }
    }

    /// What makes the cache, once, makes it known to the manager, and answers it.
    pub(crate) fn cache_body(&self) -> TokenStream {
        let Memo {
            private,
            key,
            value,
            ..
        } = self;
        let (build, cache_type, cell) = (self.build(), self.cache_type(), local("CACHE"));
        let place = place();
        let (marker, name) = self.name();
        match (&self.store, self.home) {
            (Store::Given(expr), _) => expr.to_token_stream(),
            (Store::Local, Home::Companion(_)) if !self.function.is_generic() => quote! {
                ::std::thread_local! {
                    static #cell: #cache_type = #build;
                }
                #private::of_thread(&#cell, || #build)
            },
            (Store::Local, _) => {
                let (id_struct, id) = self.id();
                quote! {
                    #id_struct
                    ::std::thread_local! {
                        static #cell: #private::LocalSlot = const { #private::LocalSlot::new() };
                    }
                    #private::of_types::<_, #key, #value>(&#cell, #id, || #build)
                }
            }
            (Store::Own, Home::Companion(_)) if self.is_doubtful() => self.placed(&marker, &name),
            (Store::Own, Home::Companion(companion)) => quote! {
                static #cell: ::std::sync::LazyLock<#cache_type> = ::std::sync::LazyLock::new(|| #build);
                #private::inventory::submit! {
                    #private::Registration::new(#name, #place, || #private::Entry::new(#companion::cache()))
                }
                &#cell
            },
            _ => {
                let ((id_struct, id), written) = (self.id(), self.written());
                let config = self.config(|_| true);
                quote! {
                    #marker
                    #id_struct
                    static #cell: #private::Slot = #private::Slot::new(|| #written);
                    #private::inventory::submit! {
                        #private::Registration::of_slot(#name, #place, &#cell)
                    }
                    #[allow(unused_imports)]
                    use #private::PickSlotOther as _;
                    #private::PickSlot::<_, #key, #value>::of(&#cell, #id).memo_cache(|| #config)
                }
            }
        }
    }

    /// [`cache_body`](Self::cache_body) in a static whose type depends on whether there can be a cache.
    fn placed(&self, marker: &TokenStream, name: &TokenStream) -> TokenStream {
        let Memo {
            private,
            key,
            value,
            ..
        } = self;
        let [cell, possible] = ["CACHE", "POSSIBLE"].map(local);
        let (config, source) = (self.config(|_| true), place());
        let place = quote!(#private::Place::<#key, #value>);
        let placed = quote!(<#private::Place<#key, #value> as #private::Placed<#possible>>);
        quote! {
            #marker
            const #possible: bool = {
                #[allow(unused_imports)]
                use #private::PlaceOther as _;
                #place::IS_POSSIBLE
            };
            static #cell: ::std::sync::LazyLock<#placed::Store> =
                ::std::sync::LazyLock::new(|| #placed::make(#config));
            #private::inventory::submit! {
                #private::Registration::new(#name, #source, || #placed::entry(&#cell))
            }
            #placed::cache(&#cell)
        }
    }

    /// What tells the caches of one function apart, by its type, and what has to be declared for it.
    pub(crate) fn id(&self) -> (TokenStream, TokenStream) {
        if let Home::Inside = self.home {
            // a trait's and an impl's parameters cannot be named here, but a closure's type depends on them all
            let private = &self.private;
            return (TokenStream::new(), quote!(#private::here(|| ())));
        }
        let consts: Vec<_> = self.function.sig.generics.const_params().collect();
        let const_names = consts.iter().map(|param| &param.ident);
        let types = &self.told_apart;
        let id_struct = if consts.is_empty() {
            TokenStream::new()
        } else {
            let declared = consts.iter().map(|param| {
                let (name, ty) = (&param.ident, &param.ty);
                quote!(const #name: #ty)
            });
            quote!(struct __CacheoutConstants<#(#declared),*>;)
        };
        let constants = if consts.is_empty() {
            quote!(())
        } else {
            quote!(__CacheoutConstants<#(#const_names),*>)
        };
        let own = if let Home::Companion(_) = self.home {
            quote!(())
        } else {
            quote!(Self)
        };
        let id = quote!(::core::marker::PhantomData::<(
            ::core::marker::PhantomData<#own>, #constants, #(::core::marker::PhantomData<#types>,)*
        )>);
        (id_struct, id)
    }

    /// The expression that makes the cache.
    pub(crate) fn build(&self) -> TokenStream {
        let Memo {
            root,
            private,
            key,
            value,
            ..
        } = self;
        let settings = self.settings(|_| true);
        match (&self.store, self.is_doubtful()) {
            (Store::Local, false) => quote!(#root::LocalCache::builder() #settings .build()),
            (Store::Local, true) => quote!({
                #[allow(unused_imports)]
                use #private::PickBuildOther as _;
                #private::PickBuild::<#key, #value>::of(#root::LocalCache::builder() #settings).memo_build()
            }),
            _ => quote!(#root::Cache::builder() #settings .build()),
        }
    }

    /// The settings that are known outside of the function: other names may depend on its types.
    fn written(&self) -> TokenStream {
        self.config(is_absolute)
    }

    /// The expression of the settings, as far as their expressions are `fit`.
    fn config(&self, fit: fn(&TokenStream) -> bool) -> TokenStream {
        let (root, settings) = (&self.root, self.settings(fit));
        quote!(#root::CacheConfig::new() #settings)
    }

    /// Calls of a builder for what the options say, as far as their expressions are `fit`.
    fn settings(&self, fit: fn(&TokenStream) -> bool) -> TokenStream {
        let (root, options) = (&self.root, self.options);
        let unbounded = options.unbounded.is_given();
        let max_size = match options.max_size.get() {
            Some(size) => size.to_token_stream(),
            None if unbounded => quote!(0),
            None => quote!(128),
        };
        let max_size = fit(&max_size).then(|| quote!(.max_size(#max_size)));
        let ttl = options.ttl.get().filter(|ttl| fit(ttl));
        // nothing is evicted, so the policy that costs a hit the least is the best
        let fifo = unbounded.then(|| quote!(.policy(#root::Policy::Fifo)));
        let ttl = ttl.map(|ttl| quote!(.ttl(#ttl)));
        let policy = options.policy.get();
        let policy = policy.map(|policy| quote!(.policy(#root::Policy::#policy)));
        quote!(#max_size #ttl #policy #fifo)
    }

    /// A function that answers the name under which the manager knows the cache, and what it needs to be declared.
    pub(crate) fn name(&self) -> (TokenStream, TokenStream) {
        let private = &self.private;
        if let Some(name) = self.options.name.get() {
            return (TokenStream::new(), quote!(|| #name));
        }
        match self.home {
            Home::Companion(companion) if *companion == self.function.sig.ident => {
                (TokenStream::new(), quote!(#private::path_of::<#companion>))
            }
            Home::Companion(companion) => {
                let name = self.function.sig.ident.unraw();
                let path = quote!(|| {
                    static PATH: ::std::sync::LazyLock<::std::string::String> = ::std::sync::LazyLock::new(
                        || #private::path_beside::<#companion>(::core::stringify!(#name)),
                    );
                    &PATH
                });
                (TokenStream::new(), path)
            }
            Home::Siblings => (
                quote!(
                    struct __CacheoutCacheMarker;
                ),
                quote!(#private::path_of::<__CacheoutCacheMarker>),
            ),
            Home::Inside => (
                quote!(
                    struct __CacheoutMarker;
                ),
                quote!(#private::path_of::<__CacheoutMarker>),
            ),
        }
    }
}

/// Whether an expression means the same everywhere: literals, and names that begin with `::`.
fn is_absolute(tokens: &TokenStream) -> bool {
    let mut after_colon = false;
    tokens.clone().into_iter().all(|token| {
        let is_absolute = match &token {
            TokenTree::Ident(_) => after_colon,
            TokenTree::Group(group) => is_absolute(&group.stream()),
            _ => true,
        };
        after_colon = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ':');
        is_absolute
    })
}

/// Where the function is written.
fn place() -> TokenStream {
    quote!(::core::concat!(::core::file!(), ":", ::core::line!()))
}
