//! Decides who is calling: the address, scheme and host that a caller really used, however many proxies stand between.
//!
//! ```
//! use bartizan_client_ip::{AddressError, ForwardingField, HostVerdict, Policy, RequestId, Scheme};
//! use http::{HeaderMap, Uri, Version};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let policy = Policy::builder()
//!     .behind(["10.0.0.0/8".parse()?], ForwardingField::XForwardedFor)
//!     .hosts(["example.com"])
//!     .build()?;
//! let (proxy, stranger) = ("10.0.0.1".parse()?, "203.0.113.66".parse()?);
//! let target = Uri::from_static("/");
//!
//! let mut headers = HeaderMap::new();
//! headers.insert("host", "example.com".parse()?);
//! headers.insert("x-forwarded-proto", "https".parse()?);
//! // The caller forged the left address, the proxy appended the right one.
//! headers.insert("x-forwarded-for", "127.0.0.1, 203.0.113.9".parse()?);
//!
//! // Allowed: what the trusted proxy wrote, and nothing left of it.
//! let new_id = RequestId::from_u128(1);
//! let client = policy.resolve(Some(proxy), &target, Version::HTTP_11, &headers, new_id);
//! assert_eq!(client.address(), Ok("203.0.113.9".parse()?));
//! assert_eq!((client.scheme(), client.host()), (Scheme::Https, HostVerdict::Allowed));
//!
//! // Refused: the same fields from a stranger say nothing.
//! let client = policy.resolve(Some(stranger), &target, Version::HTTP_11, &headers, new_id);
//! assert_eq!((client.address(), client.scheme()), (Ok(stranger), Scheme::Http));
//!
//! // Refused: a proxy that passes on what is no address. The proxy's own address does not stand in for the caller's.
//! headers.insert("x-forwarded-for", "203.0.113.9, oops".parse()?);
//! assert_eq!(policy.address(Some(proxy), &headers), Err(AddressError::Malformed));
//! # Ok(())
//! # }
//! ```
//!
//! `ClientIpLayer` (feature `layer`) puts one [`Client`] into each request's extensions, writes scheme and host into its URI
//! and removes every other claim; `HostLayer` refuses by what it says. The first belongs outermost.
//!
//! # How an address is found
//!
//! - No field is read unless the socket's peer is in the trusted ranges.
//! - Of the one field that the policy names, all lines are read from the right. The first address that is no trusted proxy
//!   is the caller's. If all are, the leftmost is; if the field is absent, the peer is.
//! - The first element that is no address ends the walk with an error. It is not skipped, and nothing stands in for it.
//! - So for any bytes that a caller sends, before what the trusted proxies append, the answer is the same. Unbalanced quotes in
//!   `Forwarded` are included. A property test and a fuzzer show it.
//! - `Forwarded` may lack the quotes that RFC 7239 asks for around colons and brackets, and have white space around `;`. An
//!   empty element is malformed.
//!
//! Scheme and host are those that the same proxy wrote: of the same element of `Forwarded`; else in the same place, from
//! the right, of `X-Forwarded-Proto` and `X-Forwarded-Host`, or their leftmost element if they are shorter.
//!
//! # Defaults
//!
//! | setting | value | source |
//! |---|---|---|
//! | proxies | none: the peer is the caller | RFC 7239, section 8.1 |
//! | scheme | `http`, with `tls()` `https` | |
//! | hosts | any that is well-formed | RFC 9112, section 3.2; RFC 1035, section 2.3.4 |
//! | host missing | 400; allowed for calls within the process | RFC 9112, section 3.2 |
//! | host not on the list | 421 | RFC 9110, section 15.5.20 |
//! | elements looked at | 64 | several times any real chain |
//! | hops that can be configured | 32 | half of that |
//! | request id | 32 hexadecimal digits; a trusted proxy's, if 1 to 64 letters, digits, `-`, `_`, `.` | |
//! | `traceparent` | exactly one valid, else removed | W3C Trace Context, section 3.2 |
//! | alarms | at most one of a kind a minute | |
//!
//! # What it does not protect against
//!
//! A caller who can connect from a trusted range: keep the ranges narrow, and close every way around the proxy. A proxy that
//! passes a caller's own `X-Forwarded-Proto`, `X-Forwarded-Host` or `X-Request-Id` on, or a field with one address that it
//! does not overwrite. Hop counts where there is a shorter way in. Ranges of a provider that have changed. Many callers who
//! share an address, one who has many, and addresses forged below TCP.
//!
//! # Features
//!
//! - `layer` (default): the tower layers.
//! - `tracing`: alarms go to `tracing` if nobody else takes them.
//!
//! MSRV 1.88.

mod client;
mod error;
mod field;
mod forwarded;
mod host;
mod list;
mod names;
mod node;
mod policy;
pub mod proxy_protocol;
mod ranges;
mod request_id;
mod resolve;
mod trace_parent;
mod walk;

#[cfg(feature = "layer")]
mod alarm;
#[cfg(feature = "layer")]
mod host_guard;
#[cfg(feature = "layer")]
mod id_source;
#[cfg(feature = "layer")]
mod layer;
#[cfg(feature = "layer")]
mod service;

#[cfg(feature = "layer")]
pub use self::{
    alarm::Alarm,
    host_guard::{HostGuard, HostLayer, Rejection, ResponseFuture},
    layer::ClientIpLayer,
    service::ClientIp,
};
pub use self::{
    client::{Client, Scheme, Source},
    error::{AddressError, PolicyError},
    field::ForwardingField,
    host::HostVerdict,
    policy::{Policy, PolicyBuilder},
    request_id::{RequestId, RequestIdError},
    trace_parent::{TraceParent, TraceParentError},
};

// apart, as clippy knows `cfg(test)` only when it stands alone
#[cfg(feature = "layer")]
#[cfg(test)]
mod tests;
