//! One file an area; each handler reads, decides and answers.

pub(crate) mod accounts;
pub(crate) mod api_tokens;
pub(crate) mod articles;
pub(crate) mod email;
pub(crate) mod health;
mod login;
mod new_password;
pub(crate) mod password;
pub(crate) mod problems;
pub(crate) mod refresh;
pub(crate) mod reports;
pub(crate) mod sessions;

use std::time::{Duration, Instant, SystemTime};

use bartizan::validate::Wire;
use serde::Serialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

pub(crate) use accounts::normalize;

/// What was made.
#[derive(Serialize, Wire)]
pub(crate) struct Created {
    id: i64,
}

/// How long a request may wait for a password to be hashed.
const HASH_DEADLINE: Duration = Duration::from_secs(10);

fn hash_deadline() -> Option<Instant> {
    Some(Instant::now() + HASH_DEADLINE)
}

/// RFC 3339, in UTC, to the second.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    let time = OffsetDateTime::from(time);
    let whole = time.replace_nanosecond(0).unwrap_or(time);
    // Years beyond 9999 have no such text; no clock shows one.
    whole.format(&Rfc3339).unwrap_or_default()
}
