//! Security header policy as a tower layer
mod apply;
mod csp;
mod disclosure;
mod error;
mod fields;
mod floor;
mod policy;

#[cfg(feature = "layer")]
mod layer;

#[cfg(feature = "layer")]
pub use self::layer::{Headers, HeadersLayer, ResponseFuture};
pub use self::{
    csp::Directive,
    error::PolicyError,
    fields::Field,
    floor::FloorExemption,
    policy::{Policy, PolicyBuilder, Transport},
};
