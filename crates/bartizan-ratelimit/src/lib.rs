//! Rate limits.

mod calendar;
mod cell;
mod claim;
mod decision;
mod key;
mod limit;
mod quota;
#[cfg(feature = "redis")]
mod redis;
mod store;
mod sync;
mod table;

#[cfg(feature = "redis")]
pub use self::redis::{NotShareable, Redis, RedisConfig, RedisConfigError, RedisStats, RedisWait};
pub use self::{
    calendar::Calendar,
    claim::{Claim, Decisions, decide_all},
    decision::Decision,
    key::{Key, KeyPart, Keyer, Secret, prefix},
    limit::{Limit, OnFailure},
    quota::{Quota, QuotaError},
    store::{Answer, Change, Memory, Outcome, Store, Unavailable},
    table::{Epoch, Table},
};
