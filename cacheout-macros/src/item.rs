//! A function as it is written: its signature parsed, its patterns and its body kept as they are.
//!
//! `syn` would parse all of it, with a feature that doubles the time it takes to build.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{Parse, ParseStream};
use syn::{
    Abi, AttrStyle, Attribute, Generics, Lifetime, Result, Token, Type, Visibility, braced,
    parenthesized, token,
};

/// A function with a body.
pub(crate) struct Item {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    pub(crate) body: Body,
}

#[derive(Clone)]
pub(crate) struct Signature {
    pub(crate) constness: Option<Token![const]>,
    pub(crate) asyncness: Option<Token![async]>,
    pub(crate) unsafety: Option<Token![unsafe]>,
    abi: Option<Abi>,
    fn_token: Token![fn],
    pub(crate) ident: Ident,
    /// With the where clause.
    pub(crate) generics: Generics,
    paren: token::Paren,
    pub(crate) receiver: Option<Receiver>,
    pub(crate) inputs: Vec<Input>,
    pub(crate) variadic: Option<Token![...]>,
    pub(crate) output: Option<(Token![->], Type)>,
}

/// `&self`, `mut self`, `self: Arc<Self>`
#[derive(Clone)]
pub(crate) struct Receiver {
    attrs: Vec<Attribute>,
    pub(crate) reference: Option<(Token![&], Option<Lifetime>)>,
    pub(crate) mutability: Option<Token![mut]>,
    pub(crate) self_token: Token![self],
    pub(crate) ty: Option<(Token![:], Type)>,
}

/// `pattern: Type`
#[derive(Clone)]
pub(crate) struct Input {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) pat: TokenStream,
    colon: Token![:],
    pub(crate) ty: Type,
}

/// What stands in a function's braces.
#[derive(Clone)]
pub(crate) struct Body {
    brace: token::Brace,
    pub(crate) statements: TokenStream,
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let sig = input.parse()?;
        let content;
        let brace = braced!(content in input);
        for attr in content.call(Attribute::parse_inner)? {
            let style = AttrStyle::Outer;
            attrs.push(Attribute { style, ..attr });
        }
        let statements = content.parse()?;
        let body = Body { brace, statements };
        Ok(Item {
            attrs,
            vis,
            sig,
            body,
        })
    }
}

impl Parse for Signature {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let (constness, asyncness) = (input.parse()?, input.parse()?);
        let (unsafety, abi, fn_token) = (input.parse()?, input.parse()?, input.parse()?);
        let ident = input.parse()?;
        let mut generics: Generics = input.parse()?;
        let content;
        let paren = parenthesized!(content in input);
        let receiver = Receiver::parse(&content)?;
        let (mut inputs, mut variadic) = (Vec::new(), None);
        while !content.is_empty() {
            if content.peek(Token![...]) {
                variadic = content.parse()?;
            } else {
                inputs.push(content.parse()?);
            }
            if !content.is_empty() {
                content.parse::<Token![,]>()?;
            }
        }
        let output = output(input)?;
        generics.where_clause = input.parse()?;
        Ok(Signature {
            constness,
            asyncness,
            unsafety,
            abi,
            fn_token,
            ident,
            generics,
            paren,
            receiver,
            inputs,
            variadic,
            output,
        })
    }
}

fn output(input: ParseStream<'_>) -> Result<Option<(Token![->], Type)>> {
    if !input.peek(Token![->]) {
        return Ok(None);
    }
    let arrow = input.parse()?;
    let ends = |input: ParseStream<'_>| input.peek(token::Brace) || input.peek(Token![where]);
    Ok(Some((arrow, ty(input, ends)?)))
}

/// A type, up to where it `ends`; as it is written if it has an expression in it that `syn` does not parse (the compiler
/// has found no mistake in it).
fn ty(input: ParseStream<'_>, ends: fn(ParseStream<'_>) -> bool) -> Result<Type> {
    let ahead = input.fork();
    if let Ok(ty) = ahead.parse() {
        input.advance_to(&ahead);
        return Ok(ty);
    }
    let mut tokens = TokenStream::new();
    while !input.is_empty() && !ends(input) {
        tokens.extend([input.parse::<TokenTree>()?]);
    }
    Ok(Type::Verbatim(tokens))
}

impl Receiver {
    /// The receiver, and the comma after it, if there is one.
    fn parse(input: ParseStream<'_>) -> Result<Option<Self>> {
        let ahead = input.fork();
        let attrs = ahead.call(Attribute::parse_outer)?;
        let and: Option<Token![&]> = ahead.parse()?;
        let lifetime = if and.is_some() { ahead.parse()? } else { None };
        let mutability = ahead.parse()?;
        if !ahead.peek(Token![self]) {
            return Ok(None);
        }
        let self_token = ahead.parse()?;
        let ty = match ahead.peek(Token![:]) {
            true => Some((ahead.parse()?, ahead.parse()?)),
            false => None,
        };
        if !ahead.is_empty() {
            ahead.parse::<Token![,]>()?;
        }
        input.advance_to(&ahead);
        Ok(Some(Receiver {
            attrs,
            reference: and.map(|and| (and, lifetime)),
            mutability,
            self_token,
            ty,
        }))
    }
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let mut pat = TokenStream::new();
        // a path in the pattern has its colons together
        while input.peek(Token![::]) || !input.peek(Token![:]) {
            if input.peek(Token![::]) {
                input.parse::<Token![::]>()?.to_tokens(&mut pat);
            } else {
                pat.extend([input.parse::<TokenTree>()?]);
            }
        }
        let colon = input.parse()?;
        let ty = ty(input, |input| input.peek(Token![,]))?;
        Ok(Input {
            attrs,
            pat,
            colon,
            ty,
        })
    }
}

impl Input {
    /// The name that the pattern binds, if it is a name, `mut` or not.
    pub(crate) fn name(&self) -> Option<Ident> {
        let named = |input: ParseStream<'_>| {
            input.parse::<Option<Token![mut]>>()?;
            input.call(Ident::parse_any)
        };
        let name = syn::parse::Parser::parse2(named, self.pat.clone()).ok()?;
        (name != "_").then_some(name)
    }
}

impl ToTokens for Signature {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Signature {
            constness,
            asyncness,
            unsafety,
            abi,
            fn_token,
            ident,
            generics,
            receiver,
            inputs,
            variadic,
            ..
        } = self;
        quote!(#constness #asyncness #unsafety #abi #fn_token #ident #generics).to_tokens(tokens);
        self.paren.surround(tokens, |tokens| {
            let receiver = receiver.iter();
            quote!(#(#receiver,)* #(#inputs,)* #variadic).to_tokens(tokens);
        });
        if let Some((arrow, ty)) = &self.output {
            quote!(#arrow #ty).to_tokens(tokens);
        }
        generics.where_clause.to_tokens(tokens);
    }
}

impl ToTokens for Receiver {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Receiver {
            attrs,
            mutability,
            self_token,
            ..
        } = self;
        let (and, lifetime) = self.reference.clone().unzip();
        let (colon, ty) = self.ty.clone().unzip();
        let lifetime = lifetime.flatten();
        quote!(#(#attrs)* #and #lifetime #mutability #self_token #colon #ty).to_tokens(tokens);
    }
}

impl ToTokens for Input {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Input {
            attrs,
            pat,
            colon,
            ty,
        } = self;
        quote!(#(#attrs)* #pat #colon #ty).to_tokens(tokens);
    }
}

impl ToTokens for Body {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.brace
            .surround(tokens, |tokens| self.statements.to_tokens(tokens));
    }
}
