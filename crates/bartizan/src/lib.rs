//! Decides what every answer of a service carries and shows: one layer, hardened by default.
//!
//! ```
//! use bartizan::Hardening;
//! use http::{Request, Response};
//! use http_body_util::{BodyExt, Full};
//! use tower::{Layer, ServiceExt, service_fn};
//! # type Bytes = bytes::Bytes;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! let service = Hardening::default().layer(service_fn(|request: Request<()>| async move {
//!     assert_ne!(request.uri().path(), "/panic", "a bug");
//!     Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::from("hello")))
//! }));
//!
//! // Allowed: the answer passes, with the security fields.
//! let answer = service.clone().oneshot(Request::get("/").body(())?).await?;
//! assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
//!
//! // A bug: the client learns that there was one, and an id to report it by.
//! let answer = service.oneshot(Request::get("/panic").body(())?).await?;
//! assert_eq!(answer.status(), 500);
//! assert_eq!(answer.headers()["content-type"], "application/problem+json");
//! assert!(!answer.into_body().collect().await?.to_bytes().windows(5).any(|part| part == b"a bug"));
//! # Ok(())
//! # }
//! ```
//!
//! # What is in the layer, outermost first
//!
//! | part | does | crate |
//! |---|---|---|
//! | client-ip | who is calling, over which scheme and host, behind proxies or not; gives the request an id | [`client_ip`] |
//! | headers | security fields on everything below, panics included | [`headers`] |
//! | CORS | answers preflights, lets the listed origins' scripts read what everything below answers | [`headers`] |
//! | problem | refusals and bare 4xx/5xx become RFC 9457 problems | [`problem`] |
//! | limits | refuses who asks too often, by address and route | [`ratelimit`] |
//! | hosts | refuses requests without a clear host, and for other hosts than the listed | [`client_ip`] |
//! | cross-origin | refuses changes and WebSocket handshakes that other sites make a browser ask for | [`headers`] |
//! | catch-panic | a panic becomes an empty 500 | [`problem`] |
//!
//! [`Hardening::principal_quotas`] is the part that belongs inside authentication: limits by who asks.
//!
//! Serve with the peer's address: `axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>())`. Without it
//! nobody's address is known, and limits by address count nobody.
//!
//! Add it by *one* `Router::layer`, after all routes: inside routing it covers 404 and 405 too. All its state is made by
//! [`Hardening::new`], so clones and connections share it.
//!
//! # What it does not protect against
//!
//! The answers that hyper itself gives to a request it cannot parse (400, 414, 431) pass no layer; SECURITY.md lists them. A panic
//! inside a response body breaks the answer off: its head is out already.
//!
//! # Features
//!
//! `axum`, `log` (a redacted log), `password`, `psl` (the public suffix list for patterns of origins), `redis`, `report` (error
//! reports and a panic hook), `token`, `tracing`, `validate`; `breach`, `pepper`, `rules` and `legacy` of `bartizan-password`; and `full`
//! for all but `legacy`, which brings weak hashes. None is on by default. MSRV 1.88.

mod body;
mod caller;
mod config;
mod describe;
mod duration;
mod future;
mod hardening;
#[cfg(feature = "validate")]
mod invalid;
mod principal;
mod problem_types;
mod quota;
mod store;

pub use bartizan_client_ip as client_ip;
pub use bartizan_headers as headers;
#[cfg(feature = "password")]
pub use bartizan_password as password;
pub use bartizan_problem as problem;
pub use bartizan_ratelimit as ratelimit;
#[cfg(feature = "token")]
pub use bartizan_token as token;
#[cfg(feature = "validate")]
pub use bartizan_validate as validate;

pub use body::HardenedBody;
pub use config::{
    ClientIpConfig, Config, ConfigError, CorsConfig, CsrfConfig, Directives, HeaderPolicyConfig,
    HeadersConfig, HostsConfig, LimitFailure, LimitFields, LimitKey, LimitPeriod, RateLimitConfig,
    RateLimitStoreConfig, RateLimitsConfig, Transport,
};
pub use duration::{read_duration, show_duration};
pub use future::HardenedFuture;
pub use hardening::{Hardened, Hardening};
#[cfg(feature = "validate")]
pub use invalid::validation_problem;
pub use principal::{Principal, PrincipalId};
pub use problem_types::problem_types;
pub use quota::{PrincipalQuota, PrincipalQuotaFuture, PrincipalQuotaLayer};
pub use store::{LimitStore, LimitWait};

/// Fits the layer to an axum `Router`, so that a change which breaks that does not compile.
#[cfg(feature = "axum")]
const _: fn(axum::Router, Hardening) -> axum::Router = axum::Router::layer::<Hardening>;

#[cfg(test)]
mod tests;
