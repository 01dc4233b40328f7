//! Enums.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{DataEnum, Error, Fields, Path, Variant, ext::IdentExt};

use crate::{
    attributes::{Container, Member},
    structs::{Named, object},
};

/// How serde tells which variant it is.
enum Tagging<'a> {
    External,
    Internal(&'a str),
    Adjacent(&'a str, &'a str),
    Untagged,
}

/// What is written for one variant.
struct Written {
    variant: TokenStream,
    chosen: TokenStream,
    part: TokenStream,
    normalise: TokenStream,
}

pub(crate) fn expand(container: &Container, data: &DataEnum) -> syn::Result<TokenStream> {
    let krate = &container.krate;
    let tagging = match (&container.tag, &container.content, container.untagged) {
        (_, _, true) => Tagging::Untagged,
        (Some(tag), Some(content), _) => Tagging::Adjacent(tag, content),
        (Some(tag), None, _) => Tagging::Internal(tag),
        (None, ..) => Tagging::External,
    };
    let mut written = Vec::new();
    for variant in &data.variants {
        let member = Member::parse(&variant.attrs, krate)?;
        if !member.skip {
            written.push(one(container, variant, &member, &tagging)?);
        }
    }
    let tagging = match tagging {
        Tagging::External => quote!(External),
        Tagging::Internal(tag) => quote!(Internal(#tag)),
        Tagging::Adjacent(tag, content) => quote!(Adjacent(#tag, #content)),
        Tagging::Untagged => quote!(Untagged),
    };
    let variants = written.iter().map(|written| &written.variant);
    let chosen = written.iter().map(|written| &written.chosen);
    let parts = written.iter().map(|written| &written.part);
    let changes = written.iter().map(|written| &written.normalise);
    let own = &container.normalise;
    Ok(quote! {
        fn shape() -> &'static #krate::Shape {
            const {
                &#krate::Shape::Choice(#krate::Choice::new(
                    || ::std::string::String::from(::core::any::type_name::<Self>()),
                    #krate::Tagging::#tagging,
                    const { &[#(#variants),*] },
                ))
            }
        }

        fn chosen(&self) -> ::core::option::Option<#krate::Chosen<'_>> {
            match self {
                #(#chosen,)*
                #[allow(unreachable_patterns)]
                _ => ::core::option::Option::None,
            }
        }

        fn part(&self, step: #krate::Step<'_>) -> ::core::option::Option<&dyn #krate::Part> {
            match (self, step) {
                #(#parts)*
                #[allow(unreachable_patterns)]
                _ => ::core::option::Option::None,
            }
        }

        fn normalise(&mut self) {
            match self {
                #(#changes)*
                #[allow(unreachable_patterns)]
                _ => {}
            }
            #(#own(self);)*
        }
    })
}

fn one(
    container: &Container,
    variant: &Variant,
    member: &Member,
    tagging: &Tagging<'_>,
) -> syn::Result<Written> {
    let krate = &container.krate;
    let ident = &variant.ident;
    let wire = match &member.rename {
        Some(name) => name.clone(),
        None => container.rename_all.variant(&ident.unraw().to_string()),
    };
    let aliases = &member.aliases;
    let base = quote!(#krate::Variant::new(#wire, &[#(#aliases),*]));
    let under = match tagging {
        Tagging::External => quote!(::core::option::Option::Some(#wire)),
        Tagging::Adjacent(_, content) => quote!(::core::option::Option::Some(#content)),
        Tagging::Internal(_) | Tagging::Untagged => quote!(::core::option::Option::None),
    };
    let written = match &variant.fields {
        Fields::Unit => Written {
            variant: base,
            chosen: quote!(Self::#ident => ::core::option::Option::None),
            part: TokenStream::new(),
            normalise: quote!(Self::#ident => {}),
        },
        Fields::Named(fields) => {
            let case = member.rename_all.unwrap_or(container.rename_all_fields);
            let mut list = Vec::new();
            for field in &fields.named {
                list.push(Named::parse(field, case, krate)?);
            }
            let list: Vec<&Named> = list.iter().filter(|field| !field.member.skip).collect();
            named(variant, &list, &base, &under, container.default, krate)
        }
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            let ty = fields.unnamed.first().map(|field| &field.ty);
            Written {
                variant: quote!(#base.content(<#ty as #krate::Wire>::shape)),
                chosen: quote! {
                    Self::#ident(value) => ::core::option::Option::Some(#krate::Chosen::new(
                        #under, <#ty as #krate::Wire>::shape(), ::core::option::Option::Some(value),
                    ))
                },
                part: quote!((Self::#ident(value), step) => #krate::Wire::part(value, step),),
                normalise: quote!(Self::#ident(value) => #krate::Wire::normalise(value),),
            }
        }
        Fields::Unnamed(_) if matches!(tagging, Tagging::Internal(_)) => {
            return Err(Error::new_spanned(
                ident,
                "serde cannot put a tag into a list",
            ));
        }
        Fields::Unnamed(fields) => {
            let types: Vec<_> = fields.unnamed.iter().map(|field| &field.ty).collect();
            let names: Vec<_> = (0..types.len())
                .map(|index| format_ident!("item{index}"))
                .collect();
            let parts = (0..types.len()).map(|index| {
                let before = (0..index).map(|_| quote!(_,));
                quote! {
                    (Self::#ident(#(#before)* item, ..), #krate::Step::Index(#index)) => {
                        ::core::option::Option::Some(item)
                    }
                }
            });
            let shape =
                quote!(const { &#krate::Shape::Tuple(&[#(<#types as #krate::Wire>::shape),*]) });
            Written {
                variant: quote!(#base.content(|| #shape)),
                chosen: quote! {
                    Self::#ident(..) => ::core::option::Option::Some(#krate::Chosen::new(
                        #under, #shape, ::core::option::Option::None,
                    ))
                },
                part: quote!(#(#parts)*),
                normalise: quote!(Self::#ident(#(#names),*) => { #(#krate::Wire::normalise(#names);)* }),
            }
        }
    };
    Ok(written)
}

fn named(
    variant: &Variant,
    list: &[&Named],
    base: &TokenStream,
    under: &TokenStream,
    default: bool,
    krate: &Path,
) -> Written {
    let ident = &variant.ident;
    // A name of its own, below the type's.
    let name = ident.unraw().to_string();
    let name = quote!(::std::format!("{}::{}", ::core::any::type_name::<Self>(), #name));
    let object = object(&name, list, default, krate);
    let shape = quote!(const { &#krate::Shape::Object(#object) });
    let parts = list.iter().filter_map(|field| {
        let to = &field.ident;
        let rust = field.reachable()?;
        Some(quote! {
            (Self::#ident { #to, .. }, #krate::Step::Field(#rust)) => {
                ::core::option::Option::Some(#to)
            }
        })
    });
    let names = list.iter().map(|field| &field.ident);
    let changes = list.iter().flat_map(|field| {
        let it = &field.ident;
        field.changes(krate, &quote!(&mut *#it))
    });
    Written {
        variant: quote!(#base.content(|| #shape)),
        chosen: quote! {
            Self::#ident { .. } => ::core::option::Option::Some(#krate::Chosen::new(
                #under, #shape, ::core::option::Option::None,
            ))
        },
        part: quote!(#(#parts)*),
        normalise: quote!(Self::#ident { #(#names,)* .. } => { #(#changes)* }),
    }
}
