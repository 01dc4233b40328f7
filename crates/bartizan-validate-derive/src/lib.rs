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
