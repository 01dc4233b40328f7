//! x
mod cache_status;
mod conditional;
mod control;
#[cfg(feature = "layer")]
mod flight;
mod freshness;
mod invalidate;
mod key;
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

#[cfg(feature = "layer")]
pub use self::flight::{Flights, Join, Lead, Wait, Woken};
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
