//! Balances to bytes and back, so that a new process goes on where the old one stopped.
//!
//! The format, integers in little-endian order:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `bzlimits` |
//! | 4 | the version, 1 |
//! | 16 | the secret |
//! | 8 | the wall clock, nanoseconds since 1970 |
//! | 8 | the number of limits |
//! | | of each limit: 8 length of its name, the name, 1 kind, 8 cells of its table, 8 cells that follow |
//! | | of each cell: 8 number, 8 tag, 8 debt in nanoseconds or the word of a calendar window |
//! | 16 | SipHash-1-3 of all before, keyed by the secret: against accidents, not against whoever has the file |

mod error;
mod saved;

use std::{
    fmt,
    time::{Instant, SystemTime},
};

use siphasher::sip128::SipHasher13;

pub use self::error::SnapshotError;
use self::saved::{Reader, Saved, kind, write};
use crate::{
    epoch::{Epoch, nanoseconds},
    key::{Keyer, Secret},
    limit::Limit,
};

const MAGIC: &[u8; 8] = b"bzlimits";
const VERSION: u32 = 1;

/// The balances of these limits, for [`Snapshot::parse`] in the process that takes over.
///
/// Cells whose debt is paid off are left out; one in use takes 24 bytes. Requests may go on meanwhile: each bucket is locked
/// for a moment, so what is taken after its turn is not in the bytes.
///
/// **The bytes hold the secret**, because keys mean nothing without it. Keep them as one: a file of mode 0600, deleted after
/// it was restored. Who reads it can find out which addresses and accounts are counted, and choose keys that fall together.
#[must_use]
pub fn snapshot(limits: &[Limit], secret: &Secret, now: Instant, wall: SystemTime) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(secret.bytes());
    let wall_ns = Epoch::new(now, wall).unix_ns;
    for number in [wall_ns, limits.len() as u64] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    for limit in limits {
        write(limit, now, &mut bytes);
    }
    let sum = sum(secret, &bytes);
    bytes.extend_from_slice(&sum);
    bytes
}

fn sum(secret: &Secret, bytes: &[u8]) -> [u8; 16] {
    SipHasher13::new_with_key(secret.bytes())
        .hash(bytes)
        .as_bytes()
}

/// What [`snapshot`] has written, read and checked.
///
/// ```
/// use bartizan_ratelimit::{Epoch, Limit, Quota, Secret, Snapshot, SnapshotError, Table, snapshot};
/// use std::{num::NonZeroU32, sync::Arc, time::{Duration, Instant, SystemTime}};
///
/// let quota = Quota::per_hour(NonZeroU32::new(1).unwrap())?;
/// let limit = |secret: &Secret, now, wall| {
///     let table = Table::with_cells(1024, Epoch::new(now, wall));
///     Limit::new("example", quota, Arc::new(table), secret)
/// };
///
/// // The old process, which goes with a debt of an hour.
/// let (now, wall) = (Instant::now(), SystemTime::now());
/// let secret = Secret::random();
/// let old = limit(&secret, now, wall);
/// let key = old.keyer().address([192, 0, 2, 7].into());
/// assert!(old.table().decide(key, quota, 1, now).is_allowed());
/// let bytes = snapshot(&[old], &secret, now, wall);
///
/// // The new one, twenty minutes later.
/// let wall = wall + Duration::from_secs(20 * 60);
/// let saved = Snapshot::parse(&bytes)?;
/// let new = limit(&saved.secret(), now, wall);
/// saved.restore(&[new.clone()], now, wall)?;
/// let refused = new.table().decide(key, quota, 1, now);
/// assert_eq!(refused.retry_after(), Some(Duration::from_secs(40 * 60)));
///
/// // Refused: bytes that are something else.
/// assert_eq!(Snapshot::parse(b"something else").unwrap_err(), SnapshotError::Foreign);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Snapshot {
    secret: Secret,
    wall_ns: u64,
    limits: Vec<Saved>,
}

impl Snapshot {
    /// Reads the bytes. It takes memory in proportion to their length, whatever they say.
    ///
    /// # Errors
    ///
    /// [`Foreign`](SnapshotError::Foreign), [`Version`](SnapshotError::Version) or [`Damaged`](SnapshotError::Damaged).
    pub fn parse(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let Some(rest) = bytes.strip_prefix(MAGIC) else {
            return Err(SnapshotError::Foreign);
        };
        let mut rest = Reader(rest);
        match u32::from_le_bytes(rest.array()?) {
            VERSION => {}
            found => return Err(SnapshotError::Version { found }),
        }
        let secret = Secret::from_bytes(rest.array()?);
        match bytes.split_last_chunk() {
            Some((before, found)) if sum(&secret, before) == *found => {}
            _ => return Err(SnapshotError::Damaged),
        }
        let wall_ns = rest.number()?;
        let mut limits = Vec::new();
        // Each round takes bytes, so a wrong number ends with them.
        for _ in 0..rest.number()? {
            limits.push(rest.limit()?);
        }
        match rest.left() {
            // the sum
            16 => Ok(Self {
                secret,
                wall_ns,
                limits,
            }),
            _ => Err(SnapshotError::Damaged),
        }
    }

    /// What the keys were made with: the limits of the new process need the same.
    #[must_use]
    pub fn secret(&self) -> Secret {
        self.secret.clone()
    }

    /// Puts the balances back, less what has drained since by the wall clock; a wall clock that was set back drains nothing.
    /// Limits go by name: one that was not saved stays as it is, one that was saved and is not here is left out.
    ///
    /// Call it before the first request: it overwrites cells. Nothing is written when any limit is refused; to restore the
    /// others, restore one by one.
    ///
    /// # Errors
    ///
    /// [`Cells`](SnapshotError::Cells), [`Kind`](SnapshotError::Kind) or [`OtherSecret`](SnapshotError::OtherSecret).
    pub fn restore(
        &self,
        limits: &[Limit],
        now: Instant,
        wall: SystemTime,
    ) -> Result<(), SnapshotError> {
        let saved = |limit: &Limit| {
            self.limits
                .iter()
                .find(|saved| *saved.name == *limit.name())
        };
        for limit in limits {
            if let Some(saved) = saved(limit) {
                self.check(saved, limit)?;
            }
        }
        let since = wall.duration_since(SystemTime::UNIX_EPOCH);
        let passed_ns = nanoseconds(since.unwrap_or_default()).saturating_sub(self.wall_ns);
        for limit in limits {
            if let Some(saved) = saved(limit) {
                saved.restore(limit, passed_ns, now);
            }
        }
        Ok(())
    }

    fn check(&self, saved: &Saved, limit: &Limit) -> Result<(), SnapshotError> {
        let expected = limit.table().cells() as u64;
        let name = || limit.name().into();
        if saved.cells != expected {
            let found = saved.cells;
            return Err(SnapshotError::Cells {
                limit: name(),
                expected,
                found,
            });
        }
        if saved.kind != kind(limit.quota()) {
            return Err(SnapshotError::Kind { limit: name() });
        }
        let own = Keyer::new(&self.secret, limit.name());
        match own.parts(&[]) == limit.keyer().parts(&[]) {
            true => Ok(()),
            false => Err(SnapshotError::OtherSecret { limit: name() }),
        }
    }
}

/// Names and numbers only: no tag, no secret.
impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limits = self.limits.iter();
        f.write_str("Snapshot ")?;
        f.debug_map()
            .entries(limits.map(|saved| (&saved.name, saved.entries.len())))
            .finish()
    }
}
