//! The generated code: a short function that looks into the cache, and its companions.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{ItemFn, Safety};

use crate::errors::Errors;
use crate::function::{Arg, Function, made_static};
use crate::keys::{Plan, Planner};
use crate::options::Options;

/// What `#[memoize(options)]` makes of `item`.
pub(crate) fn memoize(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = Options::parse(options, &mut errors);
    let parsed = match syn::parse2::<ItemFn>(item.clone()) {
        Ok(parsed) => parsed,
        Err(error) => {
            let message = format!("`#[memoize]` stands before a function: {error}");
            errors.span(error.span(), message);
            let errors = errors.into_tokens();
            return quote!(#item #errors);
        }
    };
    let function = Function::new(parsed, &mut errors);
    let memo = Memo::new(&function, &options, &mut errors);
    match memo.filter(|_| errors.is_empty()) {
        Some(memo) => memo.expand(),
        None => {
            let errors = errors.into_tokens();
            quote!(#item #errors)
        }
    }
}

/// A function, ready to be written anew.
struct Memo<'a> {
    function: &'a Function,
    options: &'a Options,
    /// `::cacheout`, or what it was renamed to.
    root: TokenStream,
    /// `::cacheout::__private`
    private: TokenStream,
    /// The type that the companions are functions of.
    companion: Ident,
    key: Plan,
    /// The type that is stored.
    value: TokenStream,
    /// Whether a `Result` is returned, of which the value alone is stored.
    unwraps: bool,
}

/// A name in generated code that no user's code can see.
fn local(name: &str) -> Ident {
    Ident::new(&format!("__cacheout_{name}"), Span::mixed_site())
}

impl<'a> Memo<'a> {
    fn new(function: &'a Function, options: &'a Options, errors: &mut Errors) -> Option<Self> {
        let root = options
            .crate_path
            .get()
            .map_or_else(|| quote!(::cacheout), ToTokens::to_token_stream);
        let private = quote!(#root::__private);
        let args: Vec<_> = function.args.iter().collect();
        let planner = Planner { private: &private };
        let key = planner.all(&args, errors)?;
        let unwraps = function.is_written_result();
        let output = made_static(&function.output);
        let value = match unwraps {
            true => quote_spanned!(output.span()=> <#output as #private::Fallible>::Value),
            false => output.to_token_stream(),
        };
        let companion = options.companion.get().unwrap_or(&function.sig.ident);
        Some(Memo {
            function,
            options,
            companion: companion.clone(),
            root,
            private,
            key,
            value,
            unwraps,
        })
    }

    fn expand(&self) -> TokenStream {
        let (outer, companions) = (self.outer(), self.companions());
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
        let (companion, call) = (&self.companion, self.call());
        let [cache, found, miss, value] = ["cache", "found", "miss", "value"].map(local);
        let answer = match self.unwraps {
            true => quote!(::core::result::Result::Ok(#value)),
            false => quote!(#value),
        };
        let fill = self.compute("memo_fill", &cache, &miss);
        quote! {
            #(#docs)*
            #[doc = #note]
            #(#cfgs)* #(#lints)* #(#others)*
            #vis #sig {
                let #cache = #companion::cache();
                let #found = #cache.memo_find(&#call);
                match #found {
                    ::core::result::Result::Ok(#value) => #answer,
                    ::core::result::Result::Err(#miss) => #fill,
                }
            }
        }
    }

    /// The view of the arguments that the cache is asked by.
    fn call(&self) -> TokenStream {
        let (private, view) = (&self.private, &self.key.view);
        quote!(#private::Call(#view))
    }

    /// An expression that computes the value through `method` of the cache.
    fn compute(&self, method: &str, cache: &Ident, miss: &Ident) -> TokenStream {
        let (private, keep) = (&self.private, self.keep());
        let output = &self.function.output;
        let (made, sharing) = match self.unwraps {
            true => {
                let error = quote!(<#output as #private::Fallible>::Error);
                let pick = quote! {{
                    use #private::PickOther as _;
                    #private::Pick::<#error>(::core::marker::PhantomData).sharing()
                }};
                (quote!(#private::try_made), pick)
            }
            false => (quote!(#private::made), quote!(#private::Unshared)),
        };
        let uncached = self.call_uncached();
        let result = if self.function.is_async() {
            let method = Ident::new(&format!("{method}_async"), Span::mixed_site());
            quote!(#cache.#method(#miss, #sharing, async move { #made(#uncached.await, #keep) }).await)
        } else {
            let method = Ident::new(method, Span::mixed_site());
            quote!(#cache.#method(#miss, #sharing, move || #made(#uncached, #keep)))
        };
        match self.unwraps {
            true => result,
            false => quote!(#private::sure(#result)),
        }
    }

    /// The call of the function past its cache.
    fn call_uncached(&self) -> TokenStream {
        let companion = &self.companion;
        let names = self.function.args.iter().map(|arg| &arg.name);
        let call = quote!(#companion::uncached(#(#names),*));
        match self.function.sig.safety {
            Safety::Unsafe(_) => quote!(unsafe { #call }),
            _ => call,
        }
    }

    /// A closure that decides whether a value is stored.
    fn keep(&self) -> TokenStream {
        let private = &self.private;
        let value = local("value");
        match self.unwraps {
            true => quote!(|_| #private::Keep::Default),
            false => quote! {
                |#value| {
                    use #private::ProbeOther as _;
                    #private::keep_unless(#private::Probe(#value).is_failure())
                }
            },
        }
    }

    fn companions(&self) -> TokenStream {
        let Function { cfgs, vis, sig, .. } = self.function;
        let (companion, name) = (&self.companion, &sig.ident);
        let doc = format!("The companions of the memoized function [`{name}()`].");
        let members = [
            self.uncached(),
            self.cache(),
            self.key_companions(),
            self.refresh(),
            self.whole_companions(),
        ];
        quote! {
            #(#cfgs)*
            #[doc = #doc]
            #[allow(non_camel_case_types, dead_code, missing_debug_implementations, unreachable_pub)]
            #vis struct #companion {}

            #(#cfgs)*
            impl #companion {
                #(#members)*
            }
        }
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
        sig.ident = Ident::new("uncached", sig.ident.span());
        quote! {
            #[doc = #doc]
            #[allow(dead_code)]
            #(#lints)*
            #vis #sig #block
        }
    }

    /// The cache, and its registration with the manager.
    fn cache(&self) -> TokenStream {
        let Memo {
            root,
            private,
            companion,
            value,
            ..
        } = self;
        let (vis, key) = (&self.function.vis, &self.key.key);
        let (build, name) = (self.build(), self.name());
        let span = self.function.output.span();
        let cache_type = quote_spanned!(span=> #root::Cache<#key, #value>);
        let cell = Ident::new("__CACHEOUT_CACHE", Span::mixed_site());
        quote! {
            /// The cache that holds the values.
            #[allow(dead_code)]
            #[inline]
            #vis fn cache() -> &'static #cache_type {
                static #cell: ::std::sync::LazyLock<#cache_type> = ::std::sync::LazyLock::new(|| #build);
                #private::inventory::submit! {
                    #private::Registration::new(
                        #name,
                        ::core::concat!(::core::file!(), ":", ::core::line!()),
                        || #private::Entry::new(#companion::cache()),
                    )
                }
                &#cell
            }
        }
    }

    /// The expression that makes the cache.
    fn build(&self) -> TokenStream {
        let (root, options) = (&self.root, self.options);
        let max_size = match (options.max_size.get(), options.unbounded.is_given()) {
            (Some(size), _) => quote!(#size),
            (None, true) => quote!(0),
            (None, false) => quote!(128),
        };
        let ttl = options.ttl.get().map(|ttl| quote!(.ttl(#ttl)));
        let policy = options
            .policy
            .get()
            .map(|policy| quote!(.policy(#root::Policy::#policy)));
        quote!(#root::Cache::builder().max_size(#max_size) #ttl #policy .build())
    }

    /// A function that answers the name under which the manager knows the cache.
    fn name(&self) -> TokenStream {
        let (private, companion) = (&self.private, &self.companion);
        match self.options.name.get() {
            Some(name) => quote!(|| #name),
            None => quote!(#private::path_of::<#companion>),
        }
    }

    /// The companions that take what the key is made of.
    fn key_companions(&self) -> TokenStream {
        let Memo {
            private,
            value,
            key: Plan { key, .. },
            ..
        } = self;
        let Function { vis, sig, args, .. } = self.function;
        let (call, view) = (self.call(), &self.key.view);
        let (generics, _, bounds) = sig.generics.split_for_impl();
        let args: Vec<_> = args
            .iter()
            .map(|Arg { name, ty }| quote!(#name: #ty))
            .collect();
        let new = local("value");
        quote! {
            /// The key of a call: what the cache holds its value under.
            #[allow(dead_code)]
            #vis fn cache_key #generics (#(#args),*) -> #key #bounds {
                #private::Part::to_part(&#view)
            }

            /// The value of a call, if it is there, without computing it: no use, neither hit nor miss.
            #[allow(dead_code)]
            #vis fn peek #generics (#(#args),*) -> ::core::option::Option<#value> #bounds {
                Self::cache().peek(&#call)
            }

            /// Stores the value of a call without computing it.
            #[allow(dead_code)]
            #vis fn prime #generics (#(#args,)* #new: #value) #bounds {
                Self::cache().set(#private::Part::to_part(&#view), #new);
            }

            /// Forgets the value of a call; answers whether there was one.
            #[allow(dead_code)]
            #vis fn invalidate #generics (#(#args),*) -> bool #bounds {
                Self::cache().delete(&#call)
            }
        }
    }

    fn refresh(&self) -> TokenStream {
        let Function { vis, .. } = self.function;
        let mut sig = self.function.outer_signature();
        sig.ident = Ident::new("refresh", sig.ident.span());
        let [cache, miss] = ["cache", "miss"].map(local);
        let (call, compute) = (self.call(), self.compute("memo_refill", &cache, &miss));
        quote! {
            /// Computes the value of a call anew, and stores it.
            #[allow(dead_code)]
            #vis #sig {
                let #cache = Self::cache();
                let #miss = #cache.memo_key(&#call);
                #compute
            }
        }
    }

    /// The companions that concern all values.
    fn whole_companions(&self) -> TokenStream {
        let (root, vis) = (&self.root, &self.function.vis);
        quote! {
            /// Forgets all values.
            #[allow(dead_code)]
            #vis fn clear() {
                Self::cache().clear();
            }

            /// The figures of the cache's statistics.
            #[allow(dead_code)]
            #vis fn stats() -> #root::StatsInfo {
                Self::cache().stats().info()
            }
        }
    }

    /// What the documentation says of the function's being memoized.
    fn note(&self) -> String {
        let companion = &self.companion;
        let bound = match (
            self.options.max_size.get(),
            self.options.unbounded.is_given(),
        ) {
            (Some(size), _) => format!("at most `{}` values", size.to_token_stream()),
            (None, true) => "any number of values".to_owned(),
            (None, false) => "at most 128 values".to_owned(),
        };
        format!(
            "\n\n# Memoized\n\nAnswers from a cache of {bound}. Its companions are functions of \
             [`{companion}`](struct@{companion}): `{companion}::uncached`, `cache`, `cache_key`, `peek`, `prime`, \
             `refresh`, `invalidate`, `clear`, `stats`."
        )
    }
}
