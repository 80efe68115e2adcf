//! The generated code: a short function that looks into the cache, and its companions.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Safety;
use syn::spanned::Spanned;

use crate::function::{Arg, Function};
use crate::memo::{Home, Memo, Store};

/// A name in generated code that no user's code can see.
pub(crate) fn local(name: &str) -> Ident {
    Ident::new(&format!("__cacheout_{name}"), Span::mixed_site())
}

impl Memo<'_> {
    pub(crate) fn expand(&self) -> TokenStream {
        let outer = self.outer();
        let companions = match self.home {
            Home::Companion(name) => self.companion_type(name),
            Home::Siblings => self.siblings(),
            Home::Inside => TokenStream::new(),
        };
        quote!(#outer #companions)
    }

    /// The function as its callers know it.
    fn outer(&self) -> TokenStream {
        let Function {
            docs,
            cfgs,
            lints,
            others,
            vis,
            ..
        } = self.function;
        let lints = lints.iter().filter(|lint| !lint.path().is_ident("expect"));
        let (sig, note) = (self.function.outer_signature(), self.note());
        let (store, scope) = (self.store_expr(), self.call_scope());
        let (call, checks) = (self.call(), &self.checks);
        let [cache, found, miss, value] = ["cache", "found", "miss", "value"].map(local);
        let mut find = quote!(#cache.memo_find(&#call));
        if let Some(when) = self.options.when.get() {
            find = quote!(if #when { #find } else { #cache.memo_pass() });
        }
        let answer = if self.unwraps {
            quote!(::core::result::Result::Ok(#value))
        } else {
            quote!(#value)
        };
        let fill = self.compute("memo_fill", &cache, &miss);
        quote! {
            #(#docs)*
            #[doc = #note]
            #(#cfgs)* #(#lints)* #(#others)*
            #vis #sig {
                #checks
                #scope
                match (#store).memo_store() {
                    #cache => {
                        let #found = #find;
                        match #found {
                            ::core::result::Result::Ok(#value) => #answer,
                            ::core::result::Result::Err(#miss) => #fill,
                        }
                    }
                }
            }
        }
    }

    /// An expression of the cache, or of what derefs to it.
    fn store_expr(&self) -> TokenStream {
        let turbofish = self.function.turbofish();
        match (&self.store, self.home) {
            (Store::Given(expr), _) => expr.to_token_stream(),
            (_, Home::Companion(name)) => quote!(#name::cache #turbofish ()),
            (_, Home::Siblings) => {
                let cache = self.sibling("cache");
                quote!(Self::#cache #turbofish ())
            }
            (_, Home::Inside) => {
                let body = self.cache_body();
                quote!({ #body })
            }
        }
    }

    /// The view of the arguments that the cache is asked by.
    fn call(&self) -> TokenStream {
        let (private, view, cache) = (&self.private, &self.view, local("cache"));
        if !matches!(self.store, Store::Given(_)) {
            return quote!(#private::Call(#view));
        }
        let marker = match self.home {
            Home::Companion(name) => name.to_token_stream(),
            _ => quote!(__CacheoutMarker),
        };
        let (_, id) = self.id();
        let phantom = quote!(::core::marker::PhantomData);
        quote!(#private::PickCall(#cache).memo_call(#phantom::<#marker>, #phantom::<#id>, #view))
    }

    /// What has to be in scope where a call is looked up: the traits by which its form is picked, and markers.
    fn call_scope(&self) -> TokenStream {
        if !matches!(self.store, Store::Given(_)) {
            return TokenStream::new();
        }
        let (private, (constants, _)) = (&self.private, self.id());
        let marker = match self.home {
            Home::Companion(_) => TokenStream::new(),
            _ => quote!(
                #[allow(dead_code)]
                struct __CacheoutMarker;
            ),
        };
        quote! {
            #[allow(unused_imports)]
            use #private::PickCallOther as _;
            #marker
            #constants
        }
    }

    /// An expression that computes the value through `method` of the cache.
    fn compute(&self, method: &str, cache: &Ident, miss: &Ident) -> TokenStream {
        let (private, keep) = (&self.private, self.keep());
        let output = &self.function.output;
        let (made, sharing) = if self.unwraps {
            let error = quote!(<#output as #private::Fallible>::Error);
            let pick = quote! {{
                use #private::PickOther as _;
                #private::Pick::<#error>(::core::marker::PhantomData).memo_sharing()
            }};
            (quote!(#private::try_made), pick)
        } else {
            (quote!(#private::made), quote!(#private::Unshared))
        };
        let uncached = self.run_uncached();
        let result = if self.function.is_async() {
            let method = format_ident!("{method}_async", span = Span::mixed_site());
            quote!(#cache.#method(#miss, #sharing, async move { #made(#uncached.await, #keep) }).await)
        } else {
            let method = Ident::new(method, Span::mixed_site());
            quote!(#cache.#method(#miss, #sharing, move || #made(#uncached, #keep)))
        };
        if self.unwraps {
            result
        } else {
            quote!(#private::sure(#result))
        }
    }

    /// An expression that runs the function past its cache.
    fn run_uncached(&self) -> TokenStream {
        let names = self.function.args.iter().map(|arg| &arg.name);
        let turbofish = self.function.turbofish();
        let call = match self.home {
            Home::Companion(companion) => quote!(#companion::uncached #turbofish (#(#names),*)),
            Home::Siblings => {
                let uncached = self.sibling("uncached");
                let receiver = self
                    .function
                    .receiver()
                    .map(|receiver| &receiver.self_token);
                let receiver = receiver.into_iter();
                quote!(Self::#uncached #turbofish (#(#receiver,)* #(#names),*))
            }
            Home::Inside => return self.run_body(),
        };
        match self.function.sig.safety {
            Safety::Unsafe(_) => quote!(unsafe { #call }),
            _ => call,
        }
    }

    /// The body, as an expression: a `return` in it does not leave more than it should.
    fn run_body(&self) -> TokenStream {
        let (private, body, output) = (&self.private, self.function.body(), &self.function.output);
        if self.function.is_async() {
            quote!(#private::future_of::<#output, _>(async move #body))
        } else {
            quote!((move || -> #output #body)())
        }
    }

    /// A closure that decides whether a value is stored, and for how long.
    fn keep(&self) -> TokenStream {
        let (private, options, value) = (&self.private, self.options, local("value"));
        let mut objections = Vec::new();
        if !self.unwraps && options.cache_err.get() != Some(&true) {
            objections.push(quote!(#private::Probe(#value).memo_is_failure()));
        }
        if options.cache_none.get() == Some(&false) {
            objections.push(quote!(#private::Probe(#value).memo_is_nothing()));
        }
        if let Some(unless) = options.unless.get() {
            objections.push(quote!(#private::objects(#value, #unless)));
        }
        let given_ttl = options
            .ttl
            .get()
            .filter(|_| matches!(self.store, Store::Given(_)));
        let keep = match given_ttl {
            Some(ttl) => quote!(#private::Keep::For(#ttl)),
            None => quote!(#private::Keep::Default),
        };
        quote! {
            |#value| {
                #[allow(unused_imports)]
                use #private::ProbeOther as _;
                let _ = #value;
                if false #(|| #objections)* { #private::Keep::No } else { #keep }
            }
        }
    }

    /// The type whose functions are the companions of a free function.
    fn companion_type(&self, name: &Ident) -> TokenStream {
        let Function { cfgs, vis, sig, .. } = self.function;
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
        quote! {
            #(#cfgs)*
            #[doc = #doc]
            #[allow(non_camel_case_types, dead_code, missing_debug_implementations, unreachable_pub)]
            #vis struct #name {}

            #(#cfgs)*
            impl #name {
                #(#members)*
            }
        }
    }

    /// The companions of a method, beside it.
    fn siblings(&self) -> TokenStream {
        let cfgs = &self.function.cfgs;
        let siblings = [self.uncached(), self.cache(), self.cache_key()];
        let siblings = siblings.iter().filter(|sibling| !sibling.is_empty());
        siblings.map(|sibling| quote!(#(#cfgs)* #sibling)).collect()
    }

    /// The name of a companion: `cache`, or `method_cache`.
    fn companion(&self, what: &str) -> Ident {
        match self.home {
            Home::Companion(_) => Ident::new(what, Span::call_site()),
            _ => self.sibling(what),
        }
    }

    fn sibling(&self, what: &str) -> Ident {
        format_ident!("{}_{what}", self.function.sig.ident)
    }

    /// The function as it was written.
    fn uncached(&self) -> TokenStream {
        let Function {
            lints,
            vis,
            sig,
            block,
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
            #vis #sig #block
        }
    }

    /// The companion that answers the cache, if its type is known.
    fn cache(&self) -> TokenStream {
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
        let generics = self.own_generics();
        let bounds = &self.function.sig.generics.where_clause;
        quote! {
            #[doc = #doc]
            #[allow(dead_code)]
            #[inline]
            #vis fn #name #generics () -> #answer #bounds { #body }
        }
    }

    /// The generic parameters for what has none of the arguments: lifetimes stay, as bounds may mention them.
    fn own_generics(&self) -> syn::Generics {
        self.function.sig.generics.clone()
    }

    fn cache_type(&self) -> TokenStream {
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
    fn cache_body(&self) -> TokenStream {
        let Memo {
            private,
            key,
            value,
            ..
        } = self;
        let (build, cache_type, cell) = (self.build(), self.cache_type(), local("CACHE"));
        let place = quote!(::core::concat!(::core::file!(), ":", ::core::line!()));
        let (marker, name) = self.name();
        match (&self.store, self.home) {
            (Store::Given(expr), _) => expr.to_token_stream(),
            (Store::Local, _) => quote! {
                ::std::thread_local! {
                    static #cell: #cache_type = #build;
                }
                #cell.with(::core::clone::Clone::clone)
            },
            (Store::Own, Home::Companion(companion)) => quote! {
                static #cell: ::std::sync::LazyLock<#cache_type> = ::std::sync::LazyLock::new(|| #build);
                #private::inventory::submit! {
                    #private::Registration::new(#name, #place, || #private::Entry::new(#companion::cache()))
                }
                &#cell
            },
            _ => {
                let (id_struct, id) = self.id();
                quote! {
                    #marker
                    #id_struct
                    static #cell: #private::Slot = #private::Slot::new();
                    #private::inventory::submit! {
                        #private::Registration::of_slot(#name, #place, &#cell)
                    }
                    #cell.cache::<#id, #key, #value>(|| #build)
                }
            }
        }
    }

    /// A type that tells the caches of one function apart, and what has to be declared for it.
    fn id(&self) -> (TokenStream, TokenStream) {
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
        let id = quote!((
            ::core::marker::PhantomData<#own>, #constants, #(::core::marker::PhantomData<#types>,)*
        ));
        (id_struct, id)
    }

    /// The expression that makes the cache.
    fn build(&self) -> TokenStream {
        let (root, options) = (&self.root, self.options);
        let max_size = match (options.max_size.get(), options.unbounded.is_given()) {
            (Some(size), _) => quote!(#size),
            (None, true) => quote!(0),
            (None, false) => quote!(128),
        };
        // nothing is evicted, so the policy that costs a hit the least is the best
        let unbounded = options.unbounded.is_given();
        let fifo = unbounded.then(|| quote!(.policy(#root::Policy::Fifo)));
        let ttl = options.ttl.get().map(|ttl| quote!(.ttl(#ttl)));
        let policy = options
            .policy
            .get()
            .map(|policy| quote!(.policy(#root::Policy::#policy)));
        let builder = match self.store {
            Store::Local => quote!(#root::LocalCache::builder()),
            _ => quote!(#root::Cache::builder()),
        };
        quote!(#builder.max_size(#max_size) #ttl #policy #fifo .build())
    }

    /// A function that answers the name under which the manager knows the cache, and what it needs to be declared.
    fn name(&self) -> (TokenStream, TokenStream) {
        let private = &self.private;
        if let Some(name) = self.options.name.get() {
            return (TokenStream::new(), quote!(|| #name));
        }
        match self.home {
            Home::Companion(companion) => {
                (TokenStream::new(), quote!(#private::path_of::<#companion>))
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

    /// The arguments that the key is made of, as parameters.
    fn key_params(&self) -> Vec<TokenStream> {
        let receiver = self
            .key_of_self
            .then(|| self.function.shared_receiver())
            .flatten();
        let args = self
            .key_args
            .iter()
            .map(|Arg { name, ty, .. }| quote!(#name: #ty));
        receiver.into_iter().chain(args).collect()
    }

    fn cache_key(&self) -> TokenStream {
        let Memo {
            private, key, view, ..
        } = self;
        let (vis, name, params) = (
            &self.function.vis,
            self.companion("cache_key"),
            self.key_params(),
        );
        let (generics, _, bounds) = self.function.sig.generics.split_for_impl();
        quote! {
            /// The key of a call: what the cache holds its value under.
            #[allow(dead_code, clippy::too_many_arguments)]
            #vis fn #name #generics (#(#params),*) -> #key #bounds {
                #private::Part::to_part(&#view)
            }
        }
    }

    /// The companions that take what the key is made of.
    fn key_companions(&self) -> TokenStream {
        let Memo { value, .. } = self;
        let Function { vis, sig, .. } = self.function;
        let (call, store, params) = (self.call(), self.store_expr(), self.key_params());
        let (generics, _, bounds) = sig.generics.split_for_impl();
        let [cache, new] = ["cache", "value"].map(local);
        let scope = self.call_scope();
        let with_cache = |body| quote!({ #scope match (#store).memo_store() { #cache => #body } });
        let peek = with_cache(quote!(#cache.peek(&#call)));
        let prime = with_cache(quote!(#cache.memo_set(&#call, #new)));
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

    fn refresh(&self) -> TokenStream {
        let vis = &self.function.vis;
        let mut sig = self.function.outer_signature();
        sig.ident = Ident::new("refresh", sig.ident.span());
        let [cache, miss] = ["cache", "miss"].map(local);
        let (call, compute) = (self.call(), self.compute("memo_refill", &cache, &miss));
        let (store, scope) = (self.store_expr(), self.call_scope());
        quote! {
            /// Computes the value of a call anew, and stores it.
            #[allow(dead_code, clippy::too_many_arguments)]
            #vis #sig {
                #scope
                match (#store).memo_store() {
                    #cache => {
                        let #miss = #cache.memo_key(&#call);
                        #compute
                    }
                }
            }
        }
    }

    /// The companions that concern all values.
    fn whole_companions(&self) -> TokenStream {
        let (root, vis, store) = (&self.root, &self.function.vis, self.store_expr());
        let generics = self.own_generics();
        let bounds = &generics.where_clause;
        let cache = local("cache");
        let stats = quote! {
            /// The figures of the cache's statistics.
            #[allow(dead_code)]
            #vis fn stats #generics () -> #root::StatsInfo #bounds {
                match (#store).memo_store() { #cache => #cache.memo_info() }
            }
        };
        quote! {
            /// Forgets all values of the cache, those of other functions that share it too.
            #[allow(dead_code)]
            #vis fn clear #generics () #bounds {
                match (#store).memo_store() { #cache => #cache.clear() }
            }

            #stats
        }
    }

    /// What the documentation says of the function's being memoized.
    fn note(&self) -> String {
        let bound = match (
            &self.store,
            self.options.max_size.get(),
            self.options.unbounded.is_given(),
        ) {
            (Store::Given(expr), ..) => format!("the cache `{}`", expr.to_token_stream()),
            (_, Some(size), _) => format!("a cache of at most `{}` values", size.to_token_stream()),
            (_, None, true) => "a cache of any number of values".to_owned(),
            (_, None, false) => "a cache of at most 128 values".to_owned(),
        };
        let name = &self.function.sig.ident;
        let companions = match self.home {
            Home::Companion(companion) => format!(
                " Its companions are functions of [`{companion}`](struct@{companion}): `{companion}::uncached`, \
                 `cache_key`, `peek`, `prime`, `refresh`, `invalidate`, `clear`, `stats`, …"
            ),
            Home::Siblings => {
                format!(" Past the cache: [`{name}_uncached`](Self::{name}_uncached).")
            }
            Home::Inside => String::new(),
        };
        format!("\n\n# Memoized\n\nAnswers from {bound}.{companions}")
    }
}
