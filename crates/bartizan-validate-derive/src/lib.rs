//! The derive macro of `bartizan-validate`; it is documented there.

mod attributes;
mod case;
mod enums;
mod rules;
mod structs;

use proc_macro::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Generics, parse_macro_input, parse_quote};

use crate::attributes::Container;

/// Tells what the type is called and looks like on the wire, by the attributes of serde and of `validator`.
///
/// Attributes of its own, on a field: `#[wire(like = "Type")]` says that it looks like another type; `trim`, `lower_case`, `nfc`
/// and `normalise = "function"` change it before the rules see it. On the type: `#[wire(crate = "path")]` says where
/// `bartizan_validate` is, `#[wire(normalise = "function")]` changes the whole value.
#[proc_macro_derive(Wire, attributes(wire, serde, validate))]
pub fn derive_wire(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand(&input)
        .unwrap_or_else(Error::into_compile_error)
        .into()
}

fn expand(input: &DeriveInput) -> syn::Result<proc_macro2::TokenStream> {
    let container = Container::parse(&input.attrs)?;
    let krate = &container.krate;
    let body = match (&container.other, &input.data) {
        // Read by way of another type: it looks like that one.
        (Some(other), _) => quote! {
            fn shape() -> &'static #krate::Shape {
                <#other as #krate::Wire>::shape()
            }
        },
        (None, Data::Struct(data)) => structs::expand(&container, data)?,
        (None, Data::Enum(data)) => enums::expand(&container, data)?,
        (None, Data::Union(_)) => {
            return Err(Error::new_spanned(&input.ident, "a union cannot be read"));
        }
    };
    let name = &input.ident;
    let generics = bounded(input.generics.clone(), &container);
    let (params, arguments, bounds) = generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #params #krate::Wire for #name #arguments #bounds {
            #body
        }
    })
}

fn bounded(mut generics: Generics, container: &Container) -> Generics {
    let krate = &container.krate;
    for param in generics.type_params_mut() {
        param.bounds.push(parse_quote!(#krate::Wire));
    }
    generics
}

#[cfg(test)]
mod tests {
    use super::expand;

    /// What the compiler says of this type.
    fn refused(text: &str) -> String {
        let input = syn::parse_str(text).expect("an item");
        match expand(&input) {
            Ok(_) => "nothing".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_cannot_be_told_is_refused_with_the_reason() {
        for (text, reason) in [
            (
                "struct A { #[serde(with = \"f\")] a: u8 }",
                "what this function reads is not known here",
            ),
            (
                "struct A { #[validate(range(min = self.b))] a: u8, b: u8 }",
                "a bound that depends on the value cannot be told",
            ),
            (
                "struct A { #[validate(length(max = f(self)))] a: String }",
                "a bound that depends on the value cannot be told",
            ),
            (
                "enum A { B, #[serde(other)] C }",
                "`other` takes every name",
            ),
            ("enum A { B, #[serde(untagged)] C(u8) }", "tag all or none"),
            (
                "#[serde(tag = \"t\")] enum A { B(u8, u8) }",
                "serde cannot put a tag into a list",
            ),
            ("union A { a: u8 }", "a union cannot be read"),
            (
                "#[serde(remote = \"B\")] struct A { a: u8 }",
                "what another crate's type looks like",
            ),
            (
                "#[serde(rename_all = \"camel\")] struct A { a: u8 }",
                "serde knows no such case",
            ),
            (
                "struct A { #[wire(strip)] a: String }",
                "expected `like`, `trim`",
            ),
            ("#[wire(trim)] struct A { a: String }", "expected `crate`"),
            (
                "struct A { #[validate(phone)] a: String }",
                "this version does not know the rule",
            ),
            (
                "struct A { #[validate(regex)] a: String }",
                "expected `path`",
            ),
            (
                "struct A { #[validate(must_match(other = b.c))] a: String }",
                "expected",
            ),
        ] {
            let said = refused(text);
            assert!(said.contains(reason), "{text}: {said}");
        }
    }

    #[test]
    fn what_serde_and_validator_read_is_read_here() {
        for text in [
            "struct A;",
            "struct A(u8);",
            "struct A(u8, u8);",
            "struct A<T: Clone, const N: usize> where T: Copy { a: [T; N] }",
            "#[serde(deny_unknown_fields, bound = \"\", crate = \"serde\", expecting = \"x\")] struct A { a: u8 }",
            "struct A { #[serde(skip_serializing_if = \"f\", default = \"g\", borrow, getter = \"h\")] a: u8 }",
            "struct A { #[validate(length(min = 1, code = \"c\", message = \"m\"), nested, custom(function = f, use_context))] a: u8 }",
            "struct A { #[validate(length(max = \"MOST\"), regex(path = *RE), ip(v4 = true), credit_card)] a: String }",
            "struct A { #[validate(must_match(other = \"b\"))] a: u8, b: u8 }",
            "#[serde(try_from = \"String\", into = \"String\")] struct A { a: Other }",
            "struct A { #[serde(rename(serialize = \"x\", deserialize = \"y\"))] r#type: u8 }",
        ] {
            assert_eq!(refused(text), "nothing", "{text}");
        }
    }
}
