//! Rate limits.

mod bucket;
mod calendar;
mod cell;
mod claim;
mod decision;
mod epoch;
mod key;
mod limit;
mod login;
mod quota;
mod snapshot;
mod store;
mod sync;
mod table;

#[cfg(feature = "device-cookie")]
pub use self::login::DeviceKeys;
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
