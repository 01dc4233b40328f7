//! Decides which security fields an answer carries, by what the answer is.
//!
//! ```
//! use bartizan_headers::{Directive, Policy, PolicyErrors};
//! use http::Response;
//!
//! # fn main() -> Result<(), PolicyErrors> {
//! let policy = Policy::builder().allow(Directive::ImgSrc, "https://img.example.com").build()?;
//!
//! // Allowed: the handler's own value wins.
//! let mut page = Response::new("<p>hello");
//! page.headers_mut().insert("content-type", "text/html".parse().unwrap());
//! page.headers_mut().insert("referrer-policy", "same-origin".parse().unwrap());
//! policy.apply(&mut page, false);
//! assert_eq!(page.headers()["referrer-policy"], "same-origin");
//! assert_eq!(page.headers()["x-frame-options"], "DENY");
//!
//! // Refused: going under the floor, and a source that would undo the policy.
//! let mut sly = Response::new("{}");
//! sly.headers_mut().insert("x-content-type-options", "sniff".parse().unwrap());
//! sly.headers_mut().insert("x-powered-by", "a version to attack".parse().unwrap());
//! policy.apply(&mut sly, false);
//! assert_eq!(sly.headers()["x-content-type-options"], "nosniff");
//! assert!(!sly.headers().contains_key("x-powered-by"));
//! assert!(Policy::builder().allow(Directive::ScriptSrc, "'unsafe-inline'").build().is_err());
//! # Ok(())
//! # }
//! ```
//!
//! `HeadersLayer` (feature `layer`) does this to every response of a tower service. It belongs outermost. [`Policies`] does it
//! for those who have no tower.
//!
//! [`Csp`] builds a Content-Security-Policy of which each source is checked. [`Nonce`] is drawn when a handler first asks for
//! it. [`PermissionsPolicy`], [`ReferrerPolicy`], [`OpenerPolicy`], [`ResourcePolicy`] and [`EmbedderPolicy`] are the other
//! fields; [`ContentDisposition`] and [`ClearSiteData`] are values for handlers.
//!
//! # Defaults
//!
//! A *document* is `text/html` or `application/xhtml+xml`; everything else, a missing type included, is *api*.
//!
//! | field | value | source |
//! |---|---|---|
//! | `Content-Security-Policy`, document | `default-src 'none'`, `'self'` for what a page is made of, no frames, `base-uri 'none'` | CSP 3; OWASP ASVS 5.0, 3.4.3 |
//! | `Content-Security-Policy`, api | `default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox` | OWASP REST Security Cheat Sheet |
//! | `Strict-Transport-Security` | `max-age=63072000; includeSubDomains` (seconds), over HTTPS only | RFC 6797, section 7.2; OWASP Secure Headers Project |
//! | `X-Content-Type-Options` | `nosniff`, always (floor) | Fetch |
//! | `X-Frame-Options` | `DENY` (floor) | OWASP Secure Headers Project |
//! | `Referrer-Policy` | `no-referrer` | OWASP Secure Headers Project |
//! | `Permissions-Policy` | 13 powerful features off | OWASP Secure Headers Project |
//! | `Cross-Origin-Opener-Policy`, `Cross-Origin-Resource-Policy` | `same-origin` | HTML; Fetch |
//! | `Origin-Agent-Cluster` | `?1` | HTML |
//! | `X-Permitted-Cross-Domain-Policies` | `none` | OWASP Secure Headers Project |
//! | `X-DNS-Prefetch-Control` | `off` | OWASP Secure Headers Project |
//! | `Cache-Control`, api | `no-store` if the handler says nothing | OWASP ASVS 5.0, 14.3.2 |
//! | `Cache-Control`, any answer to a request with credentials | `no-store` if the handler says nothing | OWASP ASVS 5.0, 14.3.2 |
//! | `Cache-Control`, answers that used a nonce | `no-store`, always | CSP 3, section 7.1 |
//! | a nonce | 18 random bytes (144 bits), only if a policy has a place for it and a handler asks | CSP 3, section 7.1 |
//! | removed | 87 names, `Server` and `X-Powered-By` among them | OWASP Secure Headers Project |
//!
//! The floor: a handler cannot drop `nosniff`, and can let itself be framed only with a [`FloorExemption`] in the
//! response's extensions. Its own Content-Security-Policy is kept; a second one with `frame-ancestors` alone stands beside
//! it, and browsers obey both.
//!
//! A 304 without a type gets only the fields on which both presets agree, because caches copy them into the stored answer.
//!
//! # Requests of other sites
//!
//! [`CrossOriginPolicy`] decides which requests do not come from the site itself and are refused (CSRF), WebSocket handshakes
//! included. Its default:
//!
//! | request | answer | source |
//! |---|---|---|
//! | safe method, no handshake | passes | RFC 9110, section 9.2.1 |
//! | `Sec-Fetch-Site: same-origin` or `none` | passes | Fetch Metadata Request Headers |
//! | `Sec-Fetch-Site: cross-site` or `same-site` | 403 unless `Origin` is trusted; nobody is | Fetch Metadata Request Headers |
//! | a script under CORS without credentials | passes where [`trusted_without_credentials`](CrossOriginPolicyBuilder::trusted_without_credentials) says so; nowhere by itself | Fetch, section 3.3 |
//! | only `Origin` | 403 unless it is the request's own scheme, host and port, or trusted | HTML, section 7.1.1 |
//! | neither | passes: no browser | Fetch, section 3.2 |
//! | WebSocket handshake, `CONNECT` | as above, but 403 without `Origin` | RFC 6455, section 10.2; RFC 8441 |
//! | duplicate, empty, `null`, malformed | 403 | |
//!
//! # What it does not protect against
//!
//! Scripts that a page itself inserts from its own origin. Answers that the server makes before any service is called.
//! Static files that are not documents get `no-store` unless their handler sets `Cache-Control`. A nonce in a page that
//! another layer stores all the same: `bartizan-cache` heeds [`NonceUsed`], and every cache `no-store`. Reports of browsers are
//! asked for, not received: that takes an endpoint with a quota of its own.
//!
//! # Across origins
//!
//! [`CorsPolicy`] decides which origins' scripts may read answers (Fetch, section 3.3), by path with [`CorsPolicies`]; `CorsLayer`
//! answers preflights and stands inside `HeadersLayer`. By default nothing is allowed; preflights are remembered for 600 seconds, and
//! `ratelimit`, `ratelimit-policy`, `retry-after` and `x-request-id` can be read.
//!
//! # Features
//!
//! `layer` (default): the tower layers. `nonce`: [`PolicyBuilder`]'s `nonces_from_os`. `psl`: the public suffix list for patterns of
//! origins. `report`: a reader for what browsers report. `tracing`: an event for refused requests of other sites. MSRV 1.88.

mod apply;
mod authenticated;
mod base64;
mod clear_site_data;
mod cookies;
mod cors;
mod csp;
mod csrf;
mod disclosure;
mod disposition;
mod endpoint;
mod error;
mod exchange;
mod fields;
mod floor;
mod isolation;
mod nonce;
mod origin;
mod paths;
mod permissions;
mod policies;
mod policy;
mod shared;

#[cfg(feature = "layer")]
mod layer;
#[cfg(feature = "report")]
mod report;

// apart, as clippy knows `cfg(test)` only when it stands alone
#[cfg(feature = "layer")]
#[cfg(test)]
mod tests;

#[cfg(feature = "report")]
pub use self::report::{
    Report, ReportDisposition, ReportError, ReportKind, ReportLimits, Reports, read_reports,
};
pub use self::{
    authenticated::Authenticated,
    clear_site_data::ClearSiteData,
    cookies::{CookieRepair, Repair},
    cors::{
        CorsDecision, CorsError, CorsErrors, CorsFields, CorsPolicies, CorsPolicy,
        CorsPolicyBuilder, CorsReason, CorsRejection, Explanation,
    },
    csp::{Csp, CspBuilder, Directive, Reason, Sandbox, Source},
    csrf::{
        CrossOriginAllow, CrossOriginDecision, CrossOriginPolicy, CrossOriginPolicyBuilder,
        CrossOriginPolicyError, CrossOriginRefuse,
    },
    disposition::ContentDisposition,
    error::{PolicyError, PolicyErrors},
    exchange::Exchange,
    fields::Field,
    floor::FloorExemption,
    isolation::{EmbedderPolicy, OpenerPolicy, ReferrerPolicy, ResourcePolicy},
    nonce::{NONCE_BYTES, Nonce, NonceEntropy, NonceError, NonceUsed},
    origin::{Origin, OriginError, OriginPattern, OriginSet},
    permissions::{Allowlist, Feature, PermissionsPolicy},
    policies::{Policies, PolicyName},
    policy::{Policy, PolicyBuilder, Transport},
};
#[cfg(feature = "layer")]
pub use self::{
    cors::{Cors, CorsFuture, CorsLayer},
    csrf::{
        CrossOrigin, CrossOriginFuture, CrossOriginLayer, CrossOriginRejection, CrossOriginStats,
    },
    layer::{Headers, HeadersLayer, ResponseFuture},
};
