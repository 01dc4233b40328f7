//! Decides who is calling.
#![allow(dead_code)]
mod client;
mod error;
mod field;
mod forwarded;
mod host;
mod list;
mod node;
mod policy;
mod ranges;
mod request_id;
mod resolve;
mod trace_parent;
mod walk;

#[cfg(feature = "layer")]
mod id_source;
pub use self::{
    client::{Client, Scheme, Source},
    error::{AddressError, PolicyError},
    field::ForwardingField,
    host::HostVerdict,
    policy::{Policy, PolicyBuilder},
    request_id::{RequestId, RequestIdError},
    trace_parent::{TraceParent, TraceParentError},
};
