//! Decides whether a caller has asked too often: exactly, in fixed memory, and honestly in what it tells.
//!
//! ```
//! use bartizan_ratelimit::{FromExtensions, Limiter, Quota, RateLimitLayer, Rejection, Rule, Rules};
//! use http::{Request, Response};
//! use std::{net::IpAddr, num::NonZeroU32};
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let two = NonZeroU32::new(2).unwrap();
//! let limiter = Limiter::new(Rules::new([Rule::new("edge", Quota::per_minute(two)?)]))?;
//! let service = RateLimitLayer::edge(limiter, FromExtensions::new()).layer(service_fn(
//!     |_: Request<()>| async { Ok::<_, std::convert::Infallible>(Response::new(String::from("hello"))) },
//! ));
//! let ask = || {
//!     let mut request = Request::new(());
//!     // From whatever knows which address can be trusted.
//!     request.extensions_mut().insert(IpAddr::from([192, 0, 2, 7]));
//!     service.clone().oneshot(request)
//! };
//!
//! // Allowed, and told what is left.
//! let answer = ask().await?;
//! assert_eq!(answer.headers()["ratelimit"], "\"edge\";r=1;t=30");
//! assert_eq!(answer.headers()["ratelimit-policy"], "\"edge\";q=2;w=60");
//!
//! // Refused, and told when to come back.
//! ask().await?;
//! let refused = ask().await?;
//! assert_eq!(refused.status(), 429);
//! assert_eq!(refused.headers()["retry-after"], "30");
//! assert!(matches!(refused.extensions().get(), Some(Rejection::QuotaExceeded { .. })));
//! # Ok(())
//! # }
//! ```
//!
//! A [`Rule`] says which requests are counted by what, a [`Quota`] how many are allowed, a [`Limiter`] holds the rules in force
//! and what they count. All rules that fit a request are decided together: it takes from all of them or from none.
//! [`Table`] and [`decide_all`] are the same without HTTP.
//!
//! # Defaults
//!
//! | what | value | source |
//! |---|---|---|
//! | algorithm | GCRA, with as much at once as the count | ITU-T I.371; [`Quota`] lists the worst windows |
//! | memory | 65,536 cells of 16 bytes for each rule, twice if it counts addresses; fixed | [`Limiter`] |
//! | IPv4 | by address | |
//! | IPv6 | by /64, and by /48 with 8 times the quota | RFC 6177: sites hold a /48 to a /64 |
//! | refusal | 429, `Retry-After` in whole seconds, rounded up | RFC 6585 section 4; RFC 9110 section 10.2.3 |
//! | fields | `RateLimit`, `RateLimit-Policy` | draft-ietf-httpapi-ratelimit-headers-11 |
//! | shared store fails | each instance counts its own share | [`OnFailure`] |
//! | keys | 128 bits of SipHash-1-3, keyed by a secret of the process | [`Key`] |
//!
//! # What it does not protect against
//!
//! Callers without an address, unless another rule counts them: put the peer's into the extensions. Floods below HTTP. Many
//! callers that each stay within their quota: that takes a limit on the whole, or shedding. A full bucket counts newcomers too
//! high ([`Table`]), so under a flood beyond the table's size some honest newcomers wait too.
//!
//! # Features
//!
//! `layer` (default): rules, limiter and the tower layer. `device-cookie`: signed device cookies for the login preset.
//! `governor`: a key, a refusal and a janitor for tower-governor. `redis`: quotas shared by several instances. `tracing`: events
//! for operators. MSRV 1.88.

#[cfg(feature = "layer")]
mod ban;
#[cfg(feature = "layer")]
mod body;
#[cfg(feature = "governor")]
mod bridge;
mod bucket;
mod calendar;
#[cfg(feature = "layer")]
mod caller;
mod cell;
mod claim;
#[cfg(feature = "layer")]
mod clock;
mod decision;
mod epoch;
#[cfg(feature = "layer")]
mod examine;
#[cfg(feature = "layer")]
mod fields;
#[cfg(feature = "layer")]
mod future;
#[cfg(feature = "layer")]
mod inflight;
mod key;
#[cfg(feature = "layer")]
mod layer;
mod limit;
#[cfg(feature = "layer")]
mod limiter;
mod login;
#[cfg(feature = "layer")]
mod networks;
mod quota;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "layer")]
mod rejection;
#[cfg(feature = "layer")]
mod route;
#[cfg(feature = "layer")]
mod rule;
#[cfg(feature = "layer")]
mod rules;
mod snapshot;
mod store;
mod sync;
mod table;
#[cfg(feature = "layer")]
mod until;

#[cfg(feature = "governor")]
pub use self::bridge::{GovernorJanitor, GovernorKey, governor_refusal};
#[cfg(feature = "device-cookie")]
pub use self::login::DeviceKeys;
#[cfg(feature = "redis")]
pub use self::redis::{NotShareable, Redis, RedisConfig, RedisConfigError, RedisStats, RedisWait};
#[cfg(feature = "layer")]
pub use self::{
    ban::BanPolicy,
    body::RateLimitBody,
    caller::{Caller, Cost, FromExtensions, Identity, Spent},
    clock::Clock,
    fields::Dialect,
    future::ResponseFuture,
    layer::{RateLimit, RateLimitLayer},
    limiter::{DEFAULT_CELLS, Limiter, LimiterBuilder, RuleReport},
    networks::Networks,
    rejection::Rejection,
    route::{RoutePattern, RoutePatternError},
    rule::{KeyBy, Point, Rule},
    rules::{RuleError, RuleErrors, Rules},
};
pub use self::{
    calendar::Calendar,
    claim::{Claim, Decisions, decide_all},
    decision::Decision,
    epoch::Epoch,
    key::{Key, KeyPart, Keyer, Secret, prefix},
    limit::{Limit, OnFailure},
    login::{
        Attempt, Device, LoginAlarm, LoginConfig, LoginConfigError, LoginLimits, LoginRefused,
    },
    quota::{Quota, QuotaError},
    snapshot::{Snapshot, SnapshotError, snapshot},
    store::{Answer, Change, Memory, Outcome, Store, Unavailable},
    table::Table,
};

// apart, as clippy knows `cfg(test)` only when it stands alone
#[cfg(feature = "layer")]
#[cfg(test)]
mod tests;
