//! Which requests of other sites are refused, by Fetch Metadata and `Origin`.

mod decide;
mod error;
mod origin;
mod policy;
mod reason;
mod request;

#[cfg(feature = "layer")]
mod future;
#[cfg(feature = "layer")]
mod layer;
#[cfg(feature = "layer")]
mod rejection;
#[cfg(feature = "layer")]
mod service;
#[cfg(feature = "layer")]
mod stats;
#[cfg(feature = "tracing")]
mod watch;

pub use self::{
    error::CrossOriginPolicyError,
    policy::{CrossOriginPolicy, CrossOriginPolicyBuilder},
    reason::{CrossOriginAllow, CrossOriginDecision, CrossOriginRefuse},
};
#[cfg(feature = "layer")]
pub use self::{
    future::CrossOriginFuture, layer::CrossOriginLayer, rejection::CrossOriginRejection,
    service::CrossOrigin, stats::CrossOriginStats,
};
