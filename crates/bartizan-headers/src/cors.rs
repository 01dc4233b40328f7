//! Cross-origin resource sharing: which origins' scripts may read answers (Fetch, section 3.3).

mod asked;
mod builder;
mod check;
mod decide;
mod error;
mod explain;
mod fields;
mod names;
mod policy;
mod prepared;
mod rejection;
mod routes;

#[cfg(feature = "layer")]
mod future;
#[cfg(feature = "layer")]
mod layer;

pub use self::{
    builder::CorsPolicyBuilder,
    decide::CorsDecision,
    error::{CorsError, CorsErrors, CorsReason},
    explain::Explanation,
    fields::CorsFields,
    policy::CorsPolicy,
    rejection::CorsRejection,
    routes::CorsPolicies,
};
#[cfg(feature = "layer")]
pub use self::{
    future::CorsFuture,
    layer::{Cors, CorsLayer},
};
