//! Decides which answers are stored, whom a stored answer serves and for how long, and what a purge reaches.
//!
//! ```
//! use std::time::{Duration, SystemTime};
//!
//! use bartizan_cache::{Answer, Asked, Found, Key, KeyParts, NotStored, Policy, Purge, Reuse, Store, Times, reuse};
//! use http::{HeaderMap, Method, StatusCode, Uri};
//!
//! let (policy, store) = (Policy::default(), Store::with_capacity(64 << 20));
//! let now = SystemTime::now();
//! let (uri, request) = (Uri::from_static("/articles"), HeaderMap::new());
//! let key = Key::new(&Method::GET, &KeyParts::new("https", "example.com", &uri)).unwrap();
//!
//! // Allowed: the answer says how long it is fresh, and the request brought no credentials.
//! let asked = Asked::new(&Method::GET, &request);
//! let born = store.begin(); // before the handler begins
//! let mut fields = HeaderMap::new();
//! fields.insert("cache-control", "max-age=60".parse().unwrap());
//! let storable = policy.storable(&asked, StatusCode::OK, &fields, Times::new(now, now)).unwrap();
//! store.put(&key, Answer::new(StatusCode::OK, storable, "[]".into(), &request, born), now).unwrap();
//! let Found::Entry { entry, is_purged_softly } = store.find(&key, &request) else { panic!() };
//! let later = now + Duration::from_secs(30);
//! assert_eq!(reuse(entry.freshness(), None, is_purged_softly, later), Reuse::Fresh);
//!
//! // Refused: a cookie of one caller would be replayed to the next.
//! fields.insert("set-cookie", "session=1".parse().unwrap());
//! let refused = policy.storable(&asked, StatusCode::OK, &fields, Times::new(now, now));
//! assert_eq!(refused, Err(NotStored::SetCookie));
//!
//! // Purged: neither what is stored nor what is on its way outlives it.
//! store.purge_key(&key, Purge::Hard);
//! assert!(matches!(store.find(&key, &request), Found::Nothing));
//! ```
//!
//! Each rule is a function of values and of `now`: [`Policy::admits`] for a request, [`Policy::storable`] for an answer, [`reuse`]
//! for a stored one, [`is_not_modified`] and [`wanted`] for conditions and ranges, [`invalidated`] for writes. [`Store`] keeps
//! answers, `Flights` lets one handler answer many misses, and `CacheLayer` (both feature `layer`) does all of this to a tower
//! service: axum's `route_layer`, inside authentication.
//!
//! # Defaults
//!
//! | what | value | source |
//! |---|---|---|
//! | an answer that says nothing | is not stored | OWASP ASVS 5.0, 14.2.5 |
//! | `Set-Cookie`, `no-store`, `private`, `Vary: *`, parts | never stored | RFC 9111, section 3; `Set-Cookie`: ours |
//! | a request with `Authorization` or any cookie, or of somebody known | passes by | RFC 9111, section 3.5, for all credentials |
//! | a request with a body, `Upgrade`, `If-Match`, `If-Unmodified-Since` | passes by | RFC 9111, section 4.3.2 |
//! | the client's `Cache-Control` and `Pragma` | ignored | RFC 9111, section 5.2.1: a preference |
//! | longest time fresh | a day; a minute if not 2xx | ours |
//! | guessed freshness | none | RFC 9111, section 4.2.2 allows it |
//! | stale answers | none, unless the answer permits; then an hour at most | RFC 5861 |
//! | largest body | 1 MiB | ours |
//! | variants of one key | 16, by 16 fields and 4 KiB of values each | ours |
//! | ranges of one request | 8, two of them overlapping | RFC 9110, section 14.2 |
//! | tags of one answer | 64 of 256 bytes | ours |
//! | tags and routes known | 65,536 | ours |
//! | waiters of one flight | 65,536 | ours |
//! | keys known as not storable | 4,096, for 10 seconds | ours |
//! | flights that one request waits for | 2, then it asks by itself | ours |
//! | a time to live is cut by chance | by at most 10 percent (the layer; else where the caller calls [`jittered`]) | ours |
//!
//! # What it does not protect against
//!
//! A handler that answers by what is neither in the key nor named by `Vary`: take such fields from the request
//! ([`strip_unkeyed`] knows the usual ones). A host that nobody checked: the key is then the attacker's choice. A route declared
//! [`Sharing::Public`] whose handler looks at who asks all the same. Credentials in fields of their own, or in certificates, that
//! nobody told it of (`Facts::is_authenticated`). Timing: a hit is faster than a miss, so who may ask for a key
//! learns whether somebody asked before. Other processes: each has its own store.
//!
//! # Features
//!
//! `layer` (default): the tower layer, and flights by tokio's channels; no runtime is needed. MSRV 1.88.

mod cache_status;
mod conditional;
mod control;
#[cfg(feature = "layer")]
mod flight;
mod freshness;
mod invalidate;
mod key;
#[cfg(feature = "layer")]
mod layer;
mod policy;
mod range;
mod reuse;
mod storable;
mod store;
mod strip;
mod sync;
mod tag;
mod targeted;
mod vary;

pub use self::{
    cache_status::{CACHE_STATUS, CacheStatus, Forwarded},
    conditional::{is_not_modified, make_conditional, not_modified_headers},
    control::{CacheControl, MOST_SECONDS},
    freshness::{Freshness, Times, jittered},
    invalidate::invalidated,
    key::{Key, KeyParts, Partition, strip_unkeyed},
    policy::{Policy, PolicyBuilder, PolicyError, Sharing},
    range::{Wanted, content_range, multipart, slice, wanted},
    reuse::{Reuse, is_failure, request_control, reuse},
    storable::{Asked, Bypass, NotStored, Storable},
    store::{Answer, Born, Counters, Entry, Found, Listed, Purge, Purged, Store},
    strip::confirmed,
    tag::CacheTags,
    targeted::targeted,
    vary::{VaryFields, VaryValues, accept_encoding},
};
#[cfg(feature = "layer")]
pub use self::{
    flight::{Flights, Join, Lead, Wait, Woken},
    layer::{Cache, CacheBody, CacheLayer, Facts, LayerCounters, Origin, ResponseFuture},
};
