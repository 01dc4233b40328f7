//! The part of a snapshot that is one limit's.

use std::time::Instant;

use super::SnapshotError;
use crate::{
    Calendar, cell,
    limit::Limit,
    quota::{Kind, Quota},
};

/// Bytes of one cell.
const CELL: usize = 24;

/// One limit, as it was saved.
pub(super) struct Saved {
    pub(super) name: Box<str>,
    pub(super) kind: u8,
    pub(super) cells: u64,
    /// Each cell's number, tag, and debt or word.
    pub(super) entries: Vec<[u64; 3]>,
}

impl Saved {
    /// Puts back what is still owed after so many nanoseconds.
    pub(super) fn restore(&self, limit: &Limit, passed_ns: u64, now: Instant) {
        let (table, quota) = (limit.table(), limit.quota());
        let moment = table.moment(now);
        for [number, tag, value] in &self.entries {
            let word = match quota.kind() {
                Kind::Rate { .. } => {
                    let debt = value.saturating_sub(passed_ns);
                    moment.elapsed_ns.saturating_add(debt)
                }
                Kind::Calendar(_) => *value,
            };
            // The quota may be another one than when it was saved.
            let word = cell::cap(quota, word, moment);
            if !cell::is_expired(quota, word, moment)
                && let Ok(number) = usize::try_from(*number)
            {
                table.restore_cell(number, *tag, word);
            }
        }
    }
}

/// Appends one limit.
pub(super) fn write(limit: &Limit, now: Instant, bytes: &mut Vec<u8>) {
    let (table, quota) = (limit.table(), limit.quota());
    let moment = table.moment(now);
    bytes.extend_from_slice(&(limit.name().len() as u64).to_le_bytes());
    bytes.extend_from_slice(limit.name().as_bytes());
    bytes.push(kind(quota));
    bytes.extend_from_slice(&(table.cells() as u64).to_le_bytes());
    let count_at = bytes.len();
    bytes.extend_from_slice(&[0; 8]);
    let mut count = 0_u64;
    table.for_each_cell(|number, tag, word| {
        if cell::is_expired(quota, word, moment) {
            return;
        }
        let value = match quota.kind() {
            Kind::Rate { .. } => word.saturating_sub(moment.elapsed_ns),
            Kind::Calendar(_) => word,
        };
        for number in [number as u64, tag, value] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        count += 1;
    });
    bytes[count_at..count_at + 8].copy_from_slice(&count.to_le_bytes());
}

/// What a limit's words mean: debts of different kinds do not compare.
pub(super) const fn kind(quota: Quota) -> u8 {
    match quota.kind() {
        Kind::Rate { .. } => 0,
        Kind::Calendar(Calendar::Minute) => 1,
        Kind::Calendar(Calendar::Hour) => 2,
        Kind::Calendar(Calendar::Day) => 3,
        Kind::Calendar(Calendar::Week) => 4,
        Kind::Calendar(Calendar::Month) => 5,
    }
}

/// What is left to read.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl Reader<'_> {
    pub(super) fn left(&self) -> usize {
        self.0.len()
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], SnapshotError> {
        let (array, rest) = self.0.split_first_chunk().ok_or(SnapshotError::Damaged)?;
        self.0 = rest;
        Ok(*array)
    }

    pub(super) fn number(&mut self) -> Result<u64, SnapshotError> {
        self.array().map(u64::from_le_bytes)
    }

    /// A count of things that take so many bytes each, which must be there.
    fn count(&mut self, each: usize) -> Result<usize, SnapshotError> {
        let count = self.number()?;
        usize::try_from(count)
            .ok()
            .filter(|count| *count <= self.0.len() / each)
            .ok_or(SnapshotError::Damaged)
    }

    pub(super) fn limit(&mut self) -> Result<Saved, SnapshotError> {
        let length = self.count(1)?;
        // it is there: counted above
        let (name, rest) = self.0.split_at(length);
        self.0 = rest;
        let name = std::str::from_utf8(name).map_err(|_| SnapshotError::Damaged)?;
        let [kind] = self.array()?;
        let cells = self.number()?;
        let count = self.count(CELL)?;
        let mut entries = Vec::with_capacity(count);
        for _ in 0..count {
            entries.push([self.number()?, self.number()?, self.number()?]);
        }
        Ok(Saved {
            name: name.into(),
            kind,
            cells,
            entries,
        })
    }
}
