//! What the attributes of serde and our own say.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{
    Attribute, Error, Expr, LitStr, Path, Token, Type, meta::ParseNestedMeta, parenthesized,
    parse_quote, token::Paren,
};

use crate::case::Case;

/// What stands on the type.
pub(crate) struct Container {
    pub(crate) krate: Path,
    pub(crate) rename_all: Case,
    pub(crate) rename_all_fields: Case,
    pub(crate) tag: Option<String>,
    pub(crate) content: Option<String>,
    pub(crate) untagged: bool,
    pub(crate) transparent: bool,
    pub(crate) default: bool,
    /// The type by way of which it is read.
    pub(crate) other: Option<Type>,
    pub(crate) normalise: Vec<TokenStream>,
}

impl Container {
    pub(crate) fn parse(attributes: &[Attribute]) -> syn::Result<Self> {
        let mut container = Self {
            krate: parse_quote!(::bartizan_validate),
            rename_all: Case::AsItIs,
            rename_all_fields: Case::AsItIs,
            tag: None,
            content: None,
            untagged: false,
            transparent: false,
            default: false,
            other: None,
            normalise: Vec::new(),
        };
        let this = &mut container;
        each(attributes, "serde", |name, meta| {
            match name {
                "rename_all" => this.rename_all = case(meta)?,
                "rename_all_fields" => this.rename_all_fields = case(meta)?,
                "tag" => this.tag = Some(text(meta)?.value()),
                "content" => this.content = Some(text(meta)?.value()),
                "untagged" => this.untagged = true,
                "transparent" => this.transparent = true,
                "default" => {
                    this.default = true;
                    skip(meta)?;
                }
                "from" | "try_from" => this.other = Some(text(meta)?.parse()?),
                "remote" => {
                    return Err(
                        meta.error("what another crate's type looks like is not known here")
                    );
                }
                _ => skip(meta)?,
            }
            Ok(())
        })?;
        each(attributes, "wire", |name, meta| {
            match name {
                "crate" => this.krate = text(meta)?.parse()?,
                "normalise" => this.normalise.push(function(meta)?),
                _ => return Err(meta.error("expected `crate` or `normalise`")),
            }
            Ok(())
        })?;
        Ok(container)
    }
}

/// What stands on a field or on a variant.
#[derive(Default)]
pub(crate) struct Member {
    pub(crate) rename: Option<String>,
    pub(crate) aliases: Vec<String>,
    /// Of a variant: how its fields are spelled.
    pub(crate) rename_all: Option<Case>,
    pub(crate) flatten: bool,
    pub(crate) skip: bool,
    pub(crate) default: bool,
    pub(crate) like: Option<Type>,
    /// Calls that change the field, which is `it`.
    pub(crate) normalise: Vec<TokenStream>,
}

impl Member {
    pub(crate) fn parse(attributes: &[Attribute], krate: &Path) -> syn::Result<Self> {
        let mut member = Self::default();
        let mut opaque: Option<Span> = None;
        let this = &mut member;
        each(attributes, "serde", |name, meta| {
            match name {
                "rename" => {
                    this.rename = reading(meta)?
                        .map(|text| text.value())
                        .or(this.rename.take())
                }
                "alias" => this.aliases.push(text(meta)?.value()),
                "rename_all" => this.rename_all = Some(case(meta)?),
                "flatten" => this.flatten = true,
                "skip" | "skip_deserializing" => this.skip = true,
                "default" => {
                    this.default = true;
                    skip(meta)?;
                }
                "with" | "deserialize_with" => {
                    opaque = Some(meta.path.segments[0].ident.span());
                    skip(meta)?;
                }
                "other" => {
                    return Err(meta.error("`other` takes every name, so nothing is left to check"));
                }
                "untagged" => {
                    return Err(meta.error(
                        "a single variant without a tag is not supported: tag all or none",
                    ));
                }
                _ => skip(meta)?,
            }
            Ok(())
        })?;
        each(attributes, "wire", |name, meta| {
            let call = match name {
                "like" => {
                    this.like = Some(text(meta)?.parse()?);
                    return Ok(());
                }
                "trim" => quote!(#krate::EachText::each_text(it, #krate::trim)),
                "lower_case" => quote!(#krate::EachText::each_text(it, #krate::lower_case)),
                "nfc" => quote!(#krate::EachText::each_text(it, #krate::nfc)),
                "normalise" => {
                    let function = function(meta)?;
                    quote!(#function(it))
                }
                _ => {
                    return Err(
                        meta.error("expected `like`, `trim`, `lower_case`, `nfc` or `normalise`")
                    );
                }
            };
            this.normalise.push(call);
            Ok(())
        })?;
        match (opaque, &member.like) {
            (Some(span), None) => Err(Error::new(
                span,
                "what this function reads is not known here: say what it looks like, as `#[wire(like = \"String\")]`",
            )),
            _ => Ok(member),
        }
    }
}

/// Calls `read` with each entry of the attributes of this name.
fn each(
    attributes: &[Attribute],
    name: &str,
    mut read: impl FnMut(&str, &ParseNestedMeta<'_>) -> syn::Result<()>,
) -> syn::Result<()> {
    for attribute in attributes.iter().filter(|a| a.path().is_ident(name)) {
        attribute.parse_nested_meta(|meta| {
            let name = match meta.path.get_ident() {
                Some(name) => name.to_string(),
                None => String::new(),
            };
            read(&name, &meta)
        })?;
    }
    Ok(())
}

pub(crate) fn text(meta: &ParseNestedMeta<'_>) -> syn::Result<LitStr> {
    meta.value()?.parse()
}

fn function(meta: &ParseNestedMeta<'_>) -> syn::Result<TokenStream> {
    let path: Path = text(meta)?.parse()?;
    Ok(quote!(#path))
}

fn case(meta: &ParseNestedMeta<'_>) -> syn::Result<Case> {
    reading(meta)?.map_or(Ok(Case::AsItIs), |text| Case::parse(&text))
}

/// `= "name"`, or of `(serialize = "..", deserialize = "..")` the second: we only read.
fn reading(meta: &ParseNestedMeta<'_>) -> syn::Result<Option<LitStr>> {
    if meta.input.peek(Token![=]) {
        return text(meta).map(Some);
    }
    let mut found = None;
    meta.parse_nested_meta(|inner| {
        let name = text(&inner)?;
        if inner.path.is_ident("deserialize") {
            found = Some(name);
        }
        Ok(())
    })?;
    Ok(found)
}

/// Reads over what an entry says.
pub(crate) fn skip(meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    if meta.input.peek(Token![=]) {
        meta.value()?.parse::<Expr>()?;
    } else if meta.input.peek(Paren) {
        let inner;
        parenthesized!(inner in meta.input);
        inner.parse::<TokenStream>()?;
    }
    Ok(())
}
