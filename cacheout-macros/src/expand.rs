//! The function as its callers know it: a short call that looks into the cache.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Expr, UnOp};

use crate::function::{Arg, Function, allowed, turbofish};
use crate::memo::{Home, Memo, Store};

/// Whether an expression only names a place, or clones what is there: it holds on to nothing.
fn is_place(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) => true,
        Expr::Field(field) => is_place(&field.base),
        Expr::Paren(paren) => is_place(&paren.expr),
        Expr::Group(group) => is_place(&group.expr),
        Expr::Reference(reference) => is_place(&reference.expr),
        Expr::Unary(unary) => matches!(unary.op, UnOp::Deref(_)) && is_place(&unary.expr),
        Expr::Index(index) => {
            is_place(&index.expr) && matches!(*index.index, Expr::Lit(_) | Expr::Path(_))
        }
        Expr::MethodCall(call) => {
            call.method == "clone" && call.args.is_empty() && is_place(&call.receiver)
        }
        _ => false,
    }
}

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
    pub(crate) fn outer(&self) -> TokenStream {
        let Function {
            docs,
            cfgs,
            lints,
            features,
            others,
            vis,
            ..
        } = self.function;
        // what is expected is expected of the body
        let is_elsewhere = |lint: &&Attribute| {
            lint.path().is_ident("expect") && !matches!(self.home, Home::Inside)
        };
        let (expected, lints): (Vec<_>, Vec<_>) = lints.iter().partition(is_elsewhere);
        let expected: Vec<Attribute> = expected.into_iter().cloned().collect();
        let allowed = allowed(&expected);
        let (mut sig, note) = (self.function.outer_signature(), self.note());
        if let Home::Inside = self.home {
            sig.receiver.clone_from(&self.function.sig.receiver); // with the `mut` that the body needs
        }
        let scope = self.call_scope();
        let (call, checks, bound) = (self.call(), &self.checks, self.bound_for_call());
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
        let with_store = self.with_store(&quote!({
            let #found = #find;
            match #found {
                ::core::result::Result::Ok(#value) => #answer,
                ::core::result::Result::Err(#miss) => #fill,
            }
        }));
        let underscored = self.uses_underscored();
        quote! {
            #(#docs)*
            #[doc = #note]
            #(#cfgs)* #(#lints)* #underscored #(#allowed)* #(#features)* #(#others)*
            #vis #sig {
                #checks
                #scope
                #bound
                #with_store
            }
        }
    }

    /// What silences clippy of arguments that the body leaves out, by a name with an underscore, and the key does not.
    fn uses_underscored(&self) -> Option<TokenStream> {
        let mut args = self.function.args.iter();
        let is_any = args.any(|arg| arg.name.to_string().starts_with('_'));
        is_any.then(|| quote!(#[allow(clippy::used_underscore_binding)]))
    }

    /// `body`, with the cache that it uses.
    pub(crate) fn with_store(&self, body: &TokenStream) -> TokenStream {
        if let Store::Given(expr) = self.store {
            return self.with_given(expr, body);
        }
        let (store, cache) = (self.own_store(), local("cache"));
        quote!(match (#store).memo_store() { #cache => #body })
    }

    /// The same with a cache of the user's. What its expression holds on to, a lock perhaps, is let go before that, unless it only
    /// names a place. All that is asked of it is written where the expression is: there the compiler tells what does not fit.
    fn with_given(&self, expr: &Expr, body: &TokenStream) -> TokenStream {
        let Memo {
            private,
            key,
            value,
            ..
        } = self;
        let (span, [cache, handle]) = (expr.span(), ["cache", "handle"].map(local));
        let mut store = quote_spanned!(span=> (#expr).memo_store());
        let mut held = TokenStream::new();
        if !is_place(expr) {
            held = quote!(let #handle = ::core::clone::Clone::clone(#store););
            store = quote_spanned!(span=> #handle.memo_store());
        }
        let given = quote_spanned! {span=>
            #private::PickGiven::<_, #key, #value>::of(#store).memo_given()
        };
        quote! {{
            #[allow(unused_imports)]
            use #private::{PickGivenOther as _, PickGivenShared as _};
            #held
            match #given { #cache => #body }
        }}
    }

    /// An expression of the function's own cache, or of what derefs to it.
    fn own_store(&self) -> TokenStream {
        let (private, turbofish) = (&self.private, turbofish(&self.generics));
        let cache = match self.home {
            Home::Companion(name) => quote!(#name::cache #turbofish ()),
            Home::Siblings => {
                let cache = self.sibling("cache");
                quote!(Self::#cache #turbofish ())
            }
            Home::Inside => {
                let body = self.cache_body();
                quote!({ #body })
            }
        };
        if !self.is_doubtful() {
            return cache;
        }
        quote!({
            #[allow(unused_imports)]
            use #private::PickStoreOther as _;
            #private::PickStore(#cache).memo_pick()
        })
    }

    /// The view of the arguments that the cache is asked by.
    pub(crate) fn call(&self) -> TokenStream {
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
        quote!(#private::PickCall(#cache).memo_call(#phantom::<#marker>, #id, #view))
    }

    /// What has to be in scope where a call is looked up: the traits by which its form is picked, and markers.
    pub(crate) fn call_scope(&self) -> TokenStream {
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
    pub(crate) fn compute(&self, method: &str, cache: &Ident, miss: &Ident) -> TokenStream {
        let (private, keep) = (&self.private, self.keep());
        let output = &self.function.output;
        let (made, sharing) = if self.unwraps {
            let error = quote!(<#output as #private::Fallible>::Error);
            let pick = quote! {{
                #[allow(unused_imports)]
                use #private::PickOther as _;
                #private::Pick::<#error>(::core::marker::PhantomData).memo_sharing()
            }};
            let sharing = match self.function.has_borrowed_error() {
                true => quote!(#private::Unshared),
                false => pick,
            };
            (quote!(#private::try_made), sharing)
        } else {
            (quote!(#private::made), quote!(#private::Unshared))
        };
        let uncached = self.run_uncached();
        let result = if self.function.is_async() {
            let method = format_ident!("{method}_async", span = Span::mixed_site());
            // pinned here, so that the futures within hold but a reference to it
            let made = quote!(::core::pin::pin!(async move { #made(#uncached.await, #keep) }));
            quote!(#cache.#method(#miss, #sharing, #made).await)
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
    pub(crate) fn run_uncached(&self) -> TokenStream {
        let names = self.function.args.iter().map(|arg| &arg.name);
        let turbofish = turbofish(&self.function.sig.generics);
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
        match self.function.sig.unsafety {
            Some(_) => quote!(unsafe { #call }),
            None => call,
        }
    }

    /// The body, as an expression: a `return` in it does not leave more than it should.
    pub(crate) fn run_body(&self) -> TokenStream {
        let (private, body, output) = (&self.private, self.function.body(), &self.function.output);
        if self.function.is_async() {
            quote!(#private::future_of::<#output, _>(async move #body))
        } else {
            quote!((move || -> #output #body)())
        }
    }

    /// A closure that decides whether a value is stored, and for how long.
    pub(crate) fn keep(&self) -> TokenStream {
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
        let keep = self.time();
        quote! {
            |#value| {
                #[allow(unused_imports)]
                use #private::ProbeOther as _;
                let _ = #value;
                if false #(|| #objections)* { #private::Keep::No } else { #keep }
            }
        }
    }

    /// For how long a value is stored that is. A cache of the function's own knows.
    pub(crate) fn time(&self) -> TokenStream {
        let private = &self.private;
        match (self.options.ttl.get(), &self.store) {
            (Some(ttl), Store::Given(_)) => quote!(#private::Keep::For(#ttl)),
            _ => quote!(#private::Keep::Default),
        }
    }

    /// The same where the key alone is known: for the cache's time, if it takes more to tell.
    pub(crate) fn time_for_key(&self) -> TokenStream {
        let (time, private) = (self.time(), &self.private);
        let in_key = |arg: &Arg| self.key_args.iter().any(|other| other.name == arg.name);
        let mut others = self.function.args.iter().filter(|arg| !in_key(arg));
        match others.any(|arg| arg.is_in(&time)) {
            true => quote!(#private::Keep::Default),
            false => time,
        }
    }

    /// What the documentation says of the function's being memoized.
    pub(crate) fn note(&self) -> String {
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
        let companions = self.companions_note();
        format!("\n\n# Memoized\n\nAnswers from {bound}.{companions}")
    }

    fn companions_note(&self) -> String {
        let name = &self.function.sig.ident;
        let own_cache = !matches!(self.store, Store::Given(_));
        match self.home {
            Home::Companion(companion) => {
                let cache = if own_cache { "`cache`, " } else { "" };
                format!(
                    " Its companions are functions of [`{companion}`](struct@{companion}): `{companion}::uncached`, \
                     {cache}`cache_key`, `peek`, `prime`, `refresh`, `invalidate`, `clear`, `stats`."
                )
            }
            Home::Siblings => {
                let cache = if own_cache {
                    format!("[`{name}_cache`](Self::{name}_cache), ")
                } else {
                    String::new()
                };
                format!(
                    " Its companions: [`{name}_uncached`](Self::{name}_uncached), {cache}\
                     [`{name}_cache_key`](Self::{name}_cache_key)."
                )
            }
            Home::Inside => String::new(),
        }
    }
}
