//! Structs.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DataStruct, Error, Fields, Ident, Index, Path, Type, ext::IdentExt};

use crate::{
    attributes::{Container, Member},
    case::Case,
    rules::Rules,
};

pub(crate) fn expand(container: &Container, data: &DataStruct) -> syn::Result<TokenStream> {
    let krate = &container.krate;
    let step = quote!(#krate::Step);
    let (shape, parts, changes) = match &data.fields {
        Fields::Named(fields) if container.transparent => {
            let Some(field) = fields.named.first() else {
                return Err(Error::new_spanned(fields, "expected one field"));
            };
            let member = Member::parse(&field.attrs, krate)?;
            let name = &field.ident;
            return Ok(through(&field.ty, &quote!(#name), &member, container));
        }
        Fields::Named(fields) => {
            let mut list = Vec::new();
            for field in &fields.named {
                list.push(Named::parse(field, container.rename_all, krate)?);
            }
            let list: Vec<&Named> = list.iter().filter(|field| !field.member.skip).collect();
            let name = quote!(::std::string::String::from(::core::any::type_name::<Self>()));
            let shape = object(&name, &list, container.default, krate);
            let parts = list.iter().filter_map(|field| {
                let (rust, name) = (field.reachable()?, &field.ident);
                Some(quote!(#step::Field(#rust) => ::core::option::Option::Some(&self.#name)))
            });
            let parts: Vec<_> = parts.collect();
            let changes = list.iter().flat_map(|field| {
                let name = &field.ident;
                field.changes(krate, &quote!(&mut self.#name))
            });
            (
                quote!(#krate::Shape::Object(#shape)),
                parts,
                changes.collect(),
            )
        }
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            let Some(field) = fields.unnamed.first() else {
                return Err(Error::new_spanned(fields, "expected one field"));
            };
            let member = Member::parse(&field.attrs, krate)?;
            return match &member.like {
                Some(other) => Ok(quote! {
                    fn shape() -> &'static #krate::Shape {
                        <#other as #krate::Wire>::shape()
                    }
                }),
                None => Ok(through(&field.ty, &quote!(0), &member, container)),
            };
        }
        Fields::Unnamed(fields) => {
            let mut items = Vec::new();
            let (mut parts, mut changes) = (Vec::new(), Vec::new());
            for (index, field) in fields.unnamed.iter().enumerate() {
                let place = Index::from(index);
                let member = Member::parse(&field.attrs, krate)?;
                let ty = member.like.as_ref().unwrap_or(&field.ty);
                items.push(quote!(<#ty as #krate::Wire>::shape));
                if member.like.is_none() {
                    parts.push(
                        quote!(#step::Index(#index) => ::core::option::Option::Some(&self.#place)),
                    );
                    changes.push(quote!(#krate::Wire::normalise(&mut self.#place);));
                }
            }
            (
                quote!(#krate::Shape::Tuple(const { &[#(#items),*] })),
                parts,
                changes,
            )
        }
        Fields::Unit => (quote!(#krate::Shape::Null), Vec::new(), Vec::new()),
    };
    let own = &container.normalise;
    Ok(quote! {
        fn shape() -> &'static #krate::Shape {
            const { &#shape }
        }

        fn part(&self, step: #krate::Step<'_>) -> ::core::option::Option<&dyn #krate::Part> {
            match step {
                #(#parts,)*
                _ => ::core::option::Option::None,
            }
        }

        fn normalise(&mut self) {
            #(#changes)*
            #(#own(self);)*
        }
    })
}

/// A struct of one field, which `name` is, that looks like that field.
fn through(
    field: &Type,
    name: &TokenStream,
    member: &Member,
    container: &Container,
) -> TokenStream {
    let krate = &container.krate;
    let calls = &member.normalise;
    let own = &container.normalise;
    quote! {
        fn shape() -> &'static #krate::Shape {
            <#field as #krate::Wire>::shape()
        }

        fn chosen(&self) -> ::core::option::Option<#krate::Chosen<'_>> {
            #krate::Wire::chosen(&self.#name)
        }

        fn part(&self, step: #krate::Step<'_>) -> ::core::option::Option<&dyn #krate::Part> {
            #krate::Wire::part(&self.#name, step)
        }

        fn entry(&self, index: usize) -> usize {
            #krate::Wire::entry(&self.#name, index)
        }

        fn normalise(&mut self) {
            #krate::Wire::normalise(&mut self.#name);
            #({ let it = &mut self.#name; #calls; })*
            #(#own(self);)*
        }
    }
}

/// A field with a name.
pub(crate) struct Named {
    pub(crate) ident: Ident,
    pub(crate) member: Member,
    ty: Type,
    rust: String,
    wire: String,
    rules: Rules,
}

impl Named {
    pub(crate) fn parse(field: &syn::Field, case: Case, krate: &Path) -> syn::Result<Self> {
        let Some(ident) = field.ident.clone() else {
            return Err(Error::new_spanned(field, "expected a name"));
        };
        let member = Member::parse(&field.attrs, krate)?;
        let rust = ident.to_string();
        let wire = match &member.rename {
            Some(name) => name.clone(),
            None => case.field(&ident.unraw().to_string()),
        };
        let rules = Rules::parse(&field.attrs, &field.ty, krate)?;
        Ok(Self {
            ident,
            member,
            ty: field.ty.clone(),
            rust,
            wire,
            rules,
        })
    }

    fn field(&self, default: bool, krate: &Path) -> TokenStream {
        let (rust, wire, member) = (&self.rust, &self.wire, &self.member);
        let ty = member.like.as_ref().unwrap_or(&self.ty);
        let mut field = quote!(#krate::Field::new(#rust, #wire, <#ty as #krate::Wire>::shape));
        if !member.aliases.is_empty() {
            let aliases = &member.aliases;
            field.extend(quote!(.aliases(&[#(#aliases),*])));
        }
        if member.flatten {
            field.extend(quote!(.flatten()));
        }
        if default || member.default {
            field.extend(quote!(.default()));
        }
        if !self.rules.list.is_empty() {
            let list = &self.rules.list;
            field.extend(quote!(.rules(|| ::std::vec![#(#list),*])));
        }
        if let Some((code, other)) = &self.rules.must_match {
            field.extend(quote!(.must_match(#code, #other)));
        }
        field
    }

    /// Its name in Rust, if a step can lead to it.
    pub(crate) fn reachable(&self) -> Option<&str> {
        self.member.like.is_none().then_some(self.rust.as_str())
    }

    /// The calls that change it. `it` is a place of the field's type, borrowed to be changed.
    pub(crate) fn changes(&self, krate: &Path, it: &TokenStream) -> Vec<TokenStream> {
        let nested = self.member.like.is_none();
        let nested = nested.then(|| quote!(#krate::Wire::normalise(#it);));
        let calls = self.member.normalise.iter();
        let calls = calls.map(|call| quote!({ let it = #it; #call; }));
        nested.into_iter().chain(calls).collect()
    }
}

/// An expression of type `Object`.
pub(crate) fn object(
    name: &TokenStream,
    fields: &[&Named],
    default: bool,
    krate: &Path,
) -> TokenStream {
    let fields = fields.iter().map(|field| field.field(default, krate));
    quote! {
        #krate::Object::new(|| #name, const { &[#(#fields),*] })
    }
}
