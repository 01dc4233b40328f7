//! What the attributes of `validator` say.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::{Attribute, Error, Expr, Lit, LitStr, Path, Type, meta::ParseNestedMeta};

use crate::attributes::{skip, text};

/// A field's rules.
#[derive(Default)]
pub(crate) struct Rules {
    /// Expressions of type `Rule`.
    pub(crate) list: Vec<TokenStream>,
    /// The code of `must_match`, and the other field.
    pub(crate) must_match: Option<(String, String)>,
}

impl Rules {
    pub(crate) fn parse(attributes: &[Attribute], field: &Type, krate: &Path) -> syn::Result<Self> {
        let mut rules = Self::default();
        for attribute in attributes.iter().filter(|a| a.path().is_ident("validate")) {
            attribute.parse_nested_meta(|meta| rules.one(&meta, field, krate))?;
        }
        Ok(rules)
    }

    fn one(&mut self, meta: &ParseNestedMeta<'_>, field: &Type, krate: &Path) -> syn::Result<()> {
        let name = meta.path.get_ident().map(ToString::to_string);
        let rule = quote!(#krate::Rule);
        let rule = match name.as_deref().unwrap_or_default() {
            "length" => {
                let mut bounds = Bounds::default();
                arguments(meta, |name, meta| bounds.one(name, meta))?;
                let [min, max, equal] = ["min", "max", "equal"].map(|name| bounds.length(name));
                quote!(#rule::Length { min: #min, max: #max, equal: #equal })
            }
            "range" => {
                let mut bounds = Bounds::default();
                arguments(meta, |name, meta| bounds.one(name, meta))?;
                let [min, max, exclusive_min, exclusive_max] =
                    ["min", "max", "exclusive_min", "exclusive_max"]
                        .map(|name| bounds.range(name, field, krate));
                quote!(#rule::Range {
                    min: #min, max: #max, exclusive_min: #exclusive_min, exclusive_max: #exclusive_max,
                })
            }
            "regex" => {
                let mut bounds = Bounds::default();
                arguments(meta, |name, meta| bounds.one(name, meta))?;
                match bounds.get("path") {
                    Some(path) => quote!(#rule::Pattern(#krate::__private::pattern(&(#path)))),
                    None => return Err(meta.error("expected `path`")),
                }
            }
            "contains" | "does_not_contain" => {
                let mut needle = None;
                arguments(meta, |name, meta| {
                    match name {
                        "pattern" => needle = Some(text(meta)?),
                        _ => skip(meta)?,
                    }
                    Ok(())
                })?;
                let Some(needle) = needle else {
                    return Err(meta.error("expected `pattern`"));
                };
                match name.as_deref() {
                    Some("contains") => quote!(#rule::Contains(#needle)),
                    _ => quote!(#rule::DoesNotContain(#needle)),
                }
            }
            "ip" => {
                let (mut v4, mut v6) = (false, false);
                arguments(meta, |name, meta| {
                    match name {
                        "v4" => v4 = flag(meta)?,
                        "v6" => v6 = flag(meta)?,
                        _ => skip(meta)?,
                    }
                    Ok(())
                })?;
                match (v4, v6) {
                    (true, false) => quote!(#rule::Format("ipv4")),
                    (false, true) => quote!(#rule::Format("ipv6")),
                    _ => quote!(#rule::Ip),
                }
            }
            "must_match" => {
                let (mut code, mut other) = ("must_match".to_owned(), None);
                arguments(meta, |name, meta| {
                    match name {
                        "code" => code = text(meta)?.value(),
                        "other" => other = Some(path(meta)?),
                        _ => skip(meta)?,
                    }
                    Ok(())
                })?;
                self.must_match = other.map(|other| (code, other));
                quote!(#rule::Other("must_match"))
            }
            // The nested type has its own.
            "nested" | "skip" => return skip(meta),
            simple => {
                let name = match simple {
                    "email" => quote!(#rule::Format("email")),
                    "url" => quote!(#rule::Format("uri")),
                    "non_control_character" => quote!(#rule::NoControl),
                    "required" => quote!(#rule::Required),
                    "credit_card" => quote!(#rule::Other("credit_card")),
                    "custom" => quote!(#rule::Other("custom")),
                    _ => return Err(meta.error("this version does not know the rule")),
                };
                skip(meta)?;
                name
            }
        };
        self.list.push(rule);
        Ok(())
    }
}

/// Named expressions.
#[derive(Default)]
struct Bounds(Vec<(String, Expr)>);

impl Bounds {
    fn one(&mut self, name: &str, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        if matches!(name, "message" | "code") {
            return skip(meta);
        }
        let value: Expr = meta.value()?.parse()?;
        // The same could be written as a text, and is then an expression.
        let value = match &value {
            Expr::Lit(lit) => match &lit.lit {
                Lit::Str(text) => text.parse()?,
                _ => value,
            },
            _ => value,
        };
        if names_self(quote!(#value)) {
            return Err(Error::new_spanned(
                value,
                "a bound that depends on the value cannot be told to clients: use a rule on the whole struct",
            ));
        }
        self.0.push((name.to_owned(), value));
        Ok(())
    }

    fn get(&self, name: &str) -> Option<&Expr> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    fn length(&self, name: &str) -> TokenStream {
        match self.get(name) {
            Some(value) => quote!(::core::option::Option::Some({ let bound: u64 = #value; bound })),
            None => quote!(::core::option::Option::None),
        }
    }

    fn range(&self, name: &str, field: &Type, krate: &Path) -> TokenStream {
        match self.get(name) {
            Some(value) => {
                quote!(::core::option::Option::Some(#krate::__private::bound::<#field>(#value)))
            }
            None => quote!(::core::option::Option::None),
        }
    }
}

fn names_self(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(name) => name == "self",
        TokenTree::Group(group) => names_self(group.stream()),
        _ => false,
    })
}

/// Calls `read` with each argument, if there are any.
fn arguments(
    meta: &ParseNestedMeta<'_>,
    mut read: impl FnMut(&str, &ParseNestedMeta<'_>) -> syn::Result<()>,
) -> syn::Result<()> {
    if !meta.input.peek(syn::token::Paren) {
        return Ok(());
    }
    meta.parse_nested_meta(|inner| {
        let name = match inner.path.get_ident() {
            Some(name) => name.to_string(),
            None => String::new(),
        };
        read(&name, &inner)
    })
}

fn flag(meta: &ParseNestedMeta<'_>) -> syn::Result<bool> {
    if !meta.input.peek(syn::Token![=]) {
        return Ok(true);
    }
    match meta.value()?.parse::<Lit>()? {
        Lit::Bool(flag) => Ok(flag.value),
        Lit::Str(text) => Ok(text.value() == "true"),
        _ => Err(meta.error("expected true or false")),
    }
}

/// `name` or `"name"`.
fn path(meta: &ParseNestedMeta<'_>) -> syn::Result<String> {
    let value = meta.value()?;
    let path: Path = match value.peek(LitStr) {
        true => value.parse::<LitStr>()?.parse()?,
        false => value.parse()?,
    };
    match path.get_ident() {
        Some(name) => Ok(name.to_string()),
        None => Err(Error::new_spanned(
            path,
            "expected a field of the same struct",
        )),
    }
}
