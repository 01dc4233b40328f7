//! One stored answer, and all that are stored under one key.

use std::{
    fmt, mem,
    sync::atomic::{AtomicU64 as Count, Ordering::Relaxed},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::sequence::{Born, Mark};
use crate::{Freshness, VaryValues, sync::Arc};

/// Answers stored under one key at most. The oldest goes first.
pub(super) const MOST_VARIANTS: usize = 16;

/// What the evictor and the allocator take for one answer beside its bytes, rounded up.
const OVERHEAD: usize = 512;

/// A stored answer.
pub struct Entry {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    freshness: Freshness,
    made_for: VaryValues,
    born: Born,
    pub(super) marks: Box<[Arc<Mark>]>,
    account: Claim,
    hits: Count,
}

/// What an answer is stored with.
pub(super) struct Parts {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) freshness: Freshness,
    pub(super) made_for: VaryValues,
    pub(super) born: Born,
    pub(super) marks: Box<[Arc<Mark>]>,
}

impl Parts {
    /// Key, fields, body, marks and overhead.
    pub(super) fn bytes(&self, key_bytes: usize) -> usize {
        let fields: usize = self
            .headers
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len() + 64)
            .sum();
        let marks = self.marks.len() * mem::size_of::<Arc<Mark>>();
        let whole = mem::size_of::<Entry>() + OVERHEAD + key_bytes + fields + marks;
        whole + self.made_for.bytes() + self.body.len()
    }
}

impl Entry {
    pub(super) fn new(parts: Parts, account: Claim) -> Self {
        Self {
            status: parts.status,
            headers: parts.headers,
            body: parts.body,
            freshness: parts.freshness,
            made_for: parts.made_for,
            born: parts.born,
            marks: parts.marks,
            account,
            hits: Count::new(0),
        }
    }

    /// Its status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// Its fields, without `Age`.
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Its body. A clone costs a count.
    #[must_use]
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// How long it serves.
    #[must_use]
    pub const fn freshness(&self) -> &Freshness {
        &self.freshness
    }

    /// The requests that it fits.
    #[must_use]
    pub const fn made_for(&self) -> &VaryValues {
        &self.made_for
    }

    /// When its handler began.
    #[must_use]
    pub const fn born(&self) -> Born {
        self.born
    }

    /// The bytes that it takes, by our account: key, fields, body and overhead.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.account.bytes
    }

    /// How often it was found.
    #[must_use]
    pub fn hits(&self) -> u64 {
        self.hits.load(Relaxed)
    }

    pub(super) fn count_hit(&self) {
        self.hits.fetch_add(1, Relaxed);
    }

    pub(super) fn is_gone(&self, all: &Mark) -> bool {
        let born = self.born.0;
        all.last_hard() > born || self.marks.iter().any(|mark| mark.last_hard() > born)
    }

    pub(super) fn is_softly_gone(&self, all: &Mark) -> bool {
        let born = self.born.0;
        all.last_soft() > born || self.marks.iter().any(|mark| mark.last_soft() > born)
    }
}

// A body may be anybody's.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("status", &self.status)
            .field("bytes", &self.account.bytes)
            .finish_non_exhaustive()
    }
}

/// The bytes of all answers that are anywhere in memory, also of those that the evictor let go and somebody still reads.
#[derive(Debug, Default)]
pub(super) struct Account {
    bytes: Count,
    entries: Count,
    freed: Count,
}

impl Account {
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Relaxed)
    }

    pub(super) fn entries(&self) -> u64 {
        self.entries.load(Relaxed)
    }

    pub(super) fn freed(&self) -> u64 {
        self.freed.load(Relaxed)
    }
}

/// A part of the account, given back when dropped.
pub(super) struct Claim {
    account: std::sync::Arc<Account>,
    bytes: usize,
}

impl Claim {
    /// `None` if all claims together would be more than this many bytes.
    pub(super) fn new(account: &std::sync::Arc<Account>, bytes: usize, most: u64) -> Option<Self> {
        let bytes_wide = bytes as u64;
        let before = account.bytes.fetch_add(bytes_wide, Relaxed);
        if before.saturating_add(bytes_wide) > most {
            account.bytes.fetch_sub(bytes_wide, Relaxed);
            return None;
        }
        account.entries.fetch_add(1, Relaxed);
        Some(Self {
            account: account.clone(),
            bytes,
        })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.account.bytes.fetch_sub(self.bytes as u64, Relaxed);
        self.account.entries.fetch_sub(1, Relaxed);
        self.account.freed.fetch_add(self.bytes as u64, Relaxed);
    }
}

/// What is stored under one key, the newest first.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) variants: Vec<std::sync::Arc<Entry>>,
    /// The last soft purge of the key.
    pub(super) soft: u64,
    /// How long the evictor must keep it.
    pub(super) keep_for: Duration,
}

impl Slot {
    /// With a new answer in the place of those that fit the same requests, and without those that are gone.
    pub(super) fn with(
        before: Option<&Self>,
        entry: std::sync::Arc<Entry>,
        all: &Mark,
        now: SystemTime,
    ) -> Self {
        let mut variants = Vec::with_capacity(1);
        let others = before.map_or(&[][..], |slot| &slot.variants);
        let others = others
            .iter()
            .filter(|other| !other.is_gone(all) && other.made_for != entry.made_for);
        variants.push(entry.clone());
        variants.extend(others.take(MOST_VARIANTS - 1).cloned());
        let keep_for = variants.iter().map(|entry| keep_for(entry, now)).max();
        Self {
            variants,
            soft: before.map_or(0, |slot| slot.soft),
            keep_for: keep_for.unwrap_or_default(),
        }
    }

    /// Without the answers that are gone. `None` if none is left.
    pub(super) fn without_gone(&self, all: &Mark) -> Option<Self> {
        let left = self.variants.iter().filter(|entry| !entry.is_gone(all));
        let variants: Vec<_> = left.cloned().collect();
        (!variants.is_empty()).then_some(Self {
            variants,
            soft: self.soft,
            keep_for: self.keep_for,
        })
    }

    pub(super) fn purged_softly(&self, number: u64) -> Self {
        Self {
            variants: self.variants.clone(),
            soft: self.soft.max(number),
            keep_for: self.keep_for,
        }
    }

    #[cfg(not(loom))]
    pub(super) fn bytes(&self) -> usize {
        self.variants.iter().map(|entry| entry.bytes()).sum()
    }
}

/// Stale answers that can be confirmed are worth keeping for a while.
fn keep_for(entry: &Entry, now: SystemTime) -> Duration {
    const CONFIRMABLE: Duration = Duration::from_secs(600);
    let useful = entry.freshness.usable_for(now);
    let headers = &entry.headers;
    if headers.contains_key(http::header::ETAG) || headers.contains_key(http::header::LAST_MODIFIED)
    {
        useful.saturating_add(CONFIRMABLE)
    } else {
        useful
    }
}
