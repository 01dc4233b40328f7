//! Decides which security fields an answer carries, by what the answer is.
//!
//! ```
//! use bartizan_headers::{Directive, HeadersLayer, Policy};
//! use http::{Request, Response};
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let policy = Policy::builder().allow(Directive::ImgSrc, "https://images.example.com").build()?;
//! let service = HeadersLayer::new(policy).layer(service_fn(|_: Request<()>| async {
//!     Ok::<_, std::convert::Infallible>(Response::builder().header("content-type", "text/html").body(()).unwrap())
//! }));
//! let answer = service.oneshot(Request::new(())).await?;
//! let csp = answer.headers()["content-security-policy"].to_str()?;
//! assert!(csp.contains("img-src 'self' https://images.example.com"));
//!
//! // What would undo the policy is refused when it is built.
//! assert!(Policy::builder().allow(Directive::ScriptSrc, "'unsafe-inline'").build().is_err());
//! # Ok(())
//! # }
//! ```
//!
//! # Defaults
//!
//! HTML and XHTML get the document's policy; everything else, and an answer without a type, the stricter one.
//!
//! | field | document | everything else | source |
//! |---|---|---|---|
//! | `Content-Security-Policy` | own origin only, no frames, no plug-ins | `default-src 'none'`, sandboxed | CSP 3; OWASP REST Security Cheat Sheet |
//! | `Strict-Transport-Security` | over HTTPS: two years, subdomains too | the same | RFC 6797; OWASP Secure Headers Project |
//! | `X-Content-Type-Options` | `nosniff`, always | the same | Fetch |
//! | `X-Frame-Options` | `DENY` | the same | RFC 7034, for browsers without `frame-ancestors` |
//! | `Referrer-Policy` | `no-referrer` | the same | OWASP Secure Headers Project |
//! | `Permissions-Policy` | powerful features off | the same | W3C Permissions Policy |
//! | `Cross-Origin-Opener-Policy`, `-Resource-Policy` | `same-origin` | the same | HTML; Fetch |
//! | `Origin-Agent-Cluster` | `?1` | the same | HTML |
//! | `X-Permitted-Cross-Domain-Policies` | `none` | the same | OWASP Secure Headers Project |
//! | `X-DNS-Prefetch-Control` | `off` | the same | a hint leaks hosts |
//! | `Cache-Control` | the handler's | `no-store` | OWASP ASVS 5.0, 14.3.2 |
//!
//! The handler's own value wins, but for the floor: `nosniff` stays, and who may frame an answer is widened only by a
//! [`FloorExemption`] in its extensions. `Server`, `X-Powered-By` and the rest of OWASP's list are removed.
//!
//! # What it does not protect against
//!
//! Answers that hyper itself gives to a request it cannot parse pass no layer. A Content-Security-Policy limits what injected
//! markup can do; it does not stop the injection.
//!
//! # Features
//!
//! `layer` (default): the tower layer. MSRV 1.88.

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
