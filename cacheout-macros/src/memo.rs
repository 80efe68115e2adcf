//! A function with its options, checked and planned: what the generated code is made from.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, GenericParam, Generics};

use crate::errors::Errors;
use crate::function::{Arg, Function, made_static, stands_in};
use crate::keys::{Planner, is_well_known};
use crate::mentions::{contains, mentions};
use crate::nearest::nearest;
use crate::options::{Key, Options};
use crate::place::{bare, check_place, check_self_type, is_part_of_self, self_type};
use crate::returned::borrowed;

/// A function, ready to be written anew.
pub(crate) struct Memo<'a> {
    pub(crate) function: &'a Function,
    pub(crate) options: &'a Options,
    /// `::cacheout`, or what it was renamed to.
    pub(crate) root: TokenStream,
    /// `::cacheout::__private`
    pub(crate) private: TokenStream,
    pub(crate) home: Home<'a>,
    pub(crate) store: Store<'a>,
    /// The type of the cache's keys.
    pub(crate) key: TokenStream,
    /// An expression that looks at the arguments as the key does.
    pub(crate) view: TokenStream,
    /// The arguments that the key is made of.
    pub(crate) key_args: Vec<&'a Arg>,
    /// Whether the key is made of `self`, too.
    pub(crate) key_of_self: bool,
    /// The generic parameters of the cache, and of the companions that take what the key is made of: all but those for an
    /// `impl Trait` that is no part of it.
    pub(crate) generics: Generics,
    /// The generic types of which each has a cache of its own.
    pub(crate) told_apart: Vec<&'a Ident>,
    /// The type of the cache's values.
    pub(crate) value: TokenStream,
    /// Whether a `Result` is returned, of which the value alone is stored.
    pub(crate) unwraps: bool,
    /// What the compiler is asked first, so that it says what to do.
    pub(crate) checks: TokenStream,
}

/// Where the companions are.
#[derive(Clone, Copy)]
pub(crate) enum Home<'a> {
    /// Functions of a type of this name, beside a free function.
    Companion(&'a Ident),
    /// Beside a method, with its name before theirs.
    Siblings,
    /// Nowhere: a trait admits no more functions.
    Inside,
}

/// Where the values are.
pub(crate) enum Store<'a> {
    /// In a static of the function's own.
    Own,
    /// In a cache for each set of types.
    Slot,
    /// In a cache for each thread.
    Local,
    /// In this one.
    Given(&'a Expr),
}

impl<'a> Memo<'a> {
    /// What binds the names in the arguments' patterns that the key's expression uses.
    pub(crate) fn bound_for_key(&self) -> TokenStream {
        match self.options.key.get() {
            Some(key) => self.bound(&key.expr.to_token_stream()),
            None => TokenStream::new(),
        }
    }

    /// What binds those that the key's expression, the condition, or what is asked of the value uses.
    pub(crate) fn bound_for_call(&self) -> TokenStream {
        let key = self.options.key.get().map(|key| &key.expr);
        let (when, unless, time) = (
            self.options.when.get(),
            self.options.unless.get(),
            self.time(),
        );
        self.bound(&quote!(#key, #when, #unless, #time))
    }

    fn bound(&self, tokens: &TokenStream) -> TokenStream {
        let args = self.function.args.iter();
        args.map(|arg| arg.bound(tokens, &self.private)).collect()
    }

    /// Whether it may turn out that there can be no cache of these types. Generated code is right even then.
    pub(crate) fn is_doubtful(&self) -> bool {
        !self.checks.is_empty() && !matches!(self.store, Store::Given(_))
    }

    pub(crate) fn new(
        function: &'a Function,
        options: &'a Options,
        errors: &mut Errors,
    ) -> Option<Self> {
        let root = options
            .crate_path
            .get()
            .map_or_else(|| quote!(::cacheout), ToTokens::to_token_stream);
        let private = quote!(#root::__private);
        let home = home(function, options);
        check_self(function, options, errors);
        check_thread_local(function, options, errors);
        check_companion(home, errors);
        let key_args = key_args(function, options, errors);
        let key_of_self = options
            .key
            .get()
            .is_some_and(|key| mentions(&key.expr.to_token_stream(), "self"));
        let loose = match options.typed.get() {
            Some(true) => &[][..],
            _ => &function.type_params,
        };
        let planner = Planner {
            private: &private,
            loose,
            is_local: options.thread_local.is_given(),
        };
        let (key, view, mut checks) = key_and_view(&planner, options, &key_args, errors)?;
        let generics = generics(function, &key_args);
        let told_apart = told_apart(function, options, loose, &key_args)
            .into_iter()
            .filter(|name| generics.type_params().any(|param| param.ident == **name))
            .collect();
        let unwraps = function.is_written_result() && options.cache_err.get() != Some(&true);
        let output = made_static(&function.output);
        let value = value(&output, unwraps, &private);
        let store = store(function, options, home);
        if matches!(store, Store::Own | Store::Slot) && !is_well_known(&output) {
            checks.extend(quote_spanned!(output.span()=> #private::check_value::<#value>();));
        }
        Some(Memo {
            function,
            options,
            root,
            private,
            home,
            store,
            key,
            view,
            key_args,
            key_of_self,
            generics,
            told_apart,
            value,
            unwraps,
            checks,
        })
    }
}

/// The type of the values that are stored.
fn value(output: &syn::Type, unwraps: bool, private: &TokenStream) -> TokenStream {
    if unwraps {
        quote_spanned!(output.span()=> <#output as #private::Fallible>::Value)
    } else {
        output.to_token_stream()
    }
}

/// The type of the keys, the view of the arguments, and what the compiler is asked about both.
fn key_and_view(
    planner: &Planner<'_>,
    options: &Options,
    key_args: &[&Arg],
    errors: &mut Errors,
) -> Option<(TokenStream, TokenStream, TokenStream)> {
    if let Some(Key { ty, expr }) = options.key.get() {
        let private = planner.private;
        let lifetimes = borrowed(ty);
        for lifetime in &lifetimes {
            let message = "a key owns what it is made of, as it is stored: `key: String = text.to_owned()`, say (or is `&'static`)";
            errors.at(lifetime, message);
        }
        if !lifetimes.is_empty() {
            return None;
        }
        let view = quote_spanned!(expr.span()=> #private::same::<#ty>(&(#expr)));
        let key = made_static(ty).to_token_stream();
        return Some((key, view, planner.check_key(ty)));
    }
    let plan = planner.all(key_args, errors)?;
    Some((plan.key, plan.view, plan.check))
}

fn home<'a>(function: &'a Function, options: &'a Options) -> Home<'a> {
    if options.in_trait.is_given() {
        Home::Inside
    } else if function.receiver().is_some()
        || options.in_impl.is_given()
        || self_type(function.sig.to_token_stream()).is_some()
    {
        Home::Siblings
    } else {
        Home::Companion(options.companion.get().unwrap_or(&function.sig.ident))
    }
}

fn store<'a>(function: &Function, options: &'a Options, home: Home<'_>) -> Store<'a> {
    match (options.cache.get(), home) {
        (Some(expr), _) => Store::Given(expr),
        (None, _) if options.thread_local.is_given() => Store::Local,
        (None, Home::Companion(_)) if !function.is_generic() => Store::Own,
        (None, _) => Store::Slot,
    }
}

/// A method says how `self` is keyed.
fn check_self(function: &Function, options: &Options, errors: &mut Errors) {
    if let (Some(expr), Some(receiver)) = (options.cache.get(), function.receiver())
        && receiver.ty.is_none()
        && (receiver.reference.is_none() || receiver.mutability.is_some())
        && is_part_of_self(expr)
    {
        let message = format!(
            "a cache inside of `self` cannot be used while the method has `self` for itself: take `&self`, or clone the \
             cache, which is a handle (`cache = {}.clone()`)",
            bare(expr)
        );
        errors.at(receiver, message);
    }
    check_self_type(function, options, errors);
    check_place(function, options, errors);
    if let (Some(word), Some(_)) = (options.companion.word(), function.receiver())
        && !options.in_impl.is_given()
        && !options.in_trait.is_given()
    {
        let message = "`companion` does not go with `self`: a method's companions are its siblings";
        errors.at(word, message);
    }
    let skipped = options
        .skip
        .get()
        .is_some_and(|names| names.iter().any(|name| name == "self"));
    let said = skipped || options.key.is_given() || options.cache.is_given();
    match function.receiver() {
        Some(receiver) if !said => {
            let message = "a method has to say how `self` is keyed: write `cache = self.field` for a cache in each \
                           instance, `key: Type = …` (of `self.id`, say) to tell instances apart in one cache, or \
                           `skip(self)` if it does not matter which instance is asked";
            errors.at(receiver, message);
        }
        None if skipped => {
            if let Some(name) = options
                .skip
                .get()
                .into_iter()
                .flatten()
                .find(|name| *name == "self")
            {
                errors.at(name, "this function has no `self` to skip");
            }
        }
        _ => {}
    }
}

/// A companion type that is called as a primitive type hides that.
fn check_companion(home: Home<'_>, errors: &mut Errors) {
    const PRIMITIVES: [&str; 17] = [
        "bool", "char", "str", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32",
        "i64", "i128", "isize", "f32", "f64",
    ];
    if let Home::Companion(name) = home
        && PRIMITIVES.iter().any(|primitive| name == primitive)
    {
        let message = format!(
            "the companions of `{name}` would be a type of this name, and hide the primitive one: add `companion = Name`"
        );
        errors.at(name, message);
    }
}

fn check_thread_local(function: &Function, options: &Options, errors: &mut Errors) {
    if let (Some(word), true) = (options.thread_local.word(), function.is_async()) {
        errors.at(
            word,
            "`thread_local` does not go with `async fn`: a task may go on in another thread; leave it out",
        );
    }
}

/// The arguments that the key is made of: those that the key's expression mentions, or all that are not skipped.
fn key_args<'a>(function: &'a Function, options: &Options, errors: &mut Errors) -> Vec<&'a Arg> {
    let args = function.args.iter();
    if let Some(key) = options.key.get() {
        let tokens = key.expr.to_token_stream();
        return args.filter(|arg| arg.is_in(&tokens)).collect();
    }
    let skipped = options.skip.get().map_or(&[][..], Vec::as_slice);
    for (at, name) in skipped.iter().enumerate() {
        if skipped[..at].contains(name) {
            errors.at(name, format!("`{name}` is skipped twice"));
        } else if name != "self"
            && !function
                .args
                .iter()
                .any(|arg| arg.is_skipped(skipped, name))
        {
            errors.at(name, unskippable(name, function));
        }
    }
    let is_kept = |arg: &&Arg| !skipped.iter().any(|name| arg.is_skipped(skipped, name));
    args.filter(is_kept).collect()
}

/// Why an argument cannot be skipped by this name.
fn unskippable(name: &Ident, function: &Function) -> String {
    let is_part = |arg: &&Arg| arg.bindings.iter().any(|binding| binding.name == *name);
    match function.args.iter().find(is_part) {
        Some(arg) => format!(
            "`{name}` is but a part of the argument `{}`: skip all of its names, or say what the key is with \
             `key: Type = …`",
            arg.shown()
        ),
        None => unknown_argument(name, function),
    }
}

fn unknown_argument(name: &Ident, function: &Function) -> String {
    let names: Vec<String> = function.args.iter().map(Arg::shown).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    match nearest(&name.to_string(), &names) {
        Some(near) => format!("there is no argument `{name}`: did you mean `{near}`?"),
        None if names.is_empty() => format!("there is no argument `{name}`: the function has none"),
        None => format!(
            "there is no argument `{name}`: the arguments are {}",
            names.join(", ")
        ),
    }
}

/// The generic parameters of what does not take the arguments that are no part of the key.
fn generics(function: &Function, key_args: &[&Arg]) -> Generics {
    let mut generics = function.sig.generics.clone();
    let is_left_out = |param: &GenericParam| {
        let GenericParam::Type(param) = param else {
            return false;
        };
        let name = param.ident.to_string();
        let in_key = |arg: &&Arg| contains(&arg.ty.to_token_stream(), &name);
        function.impl_params.contains(&param.ident) && !key_args.iter().any(in_key)
    };
    let params = generics.params.into_iter();
    generics.params = params.filter(|param| !is_left_out(param)).collect();
    generics
}

/// The generic types of which each has a cache of its own: all but those whose values are compared apart from types.
fn told_apart<'a>(
    function: &'a Function,
    options: &Options,
    loose: &[Ident],
    key_args: &[&Arg],
) -> Vec<&'a Ident> {
    let in_key = |name: &Ident| {
        let mut types = key_args.iter().map(|arg| &arg.ty);
        !options.key.is_given() && types.any(|ty| stands_in(name, ty))
    };
    let params = function.type_params.iter().chain(&function.impl_params);
    params
        .filter(|name| !(loose.contains(name) && in_key(name)))
        .collect()
}
