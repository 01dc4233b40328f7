//! What kinds of rows a table holds: so that a migration has an end, and somebody can see it.

mod table;

use std::collections::BTreeMap;

use crate::{Ceilings, Column, Cost, PepperKeyId, Policy, StoredHash, StoredHashError};
#[cfg(feature = "legacy")]
use crate::{LegacyCeilings, LegacyHash};

/// Counts the rows of a table by scheme, cost and pepper key. It keeps no row and shows none.
///
/// ```
/// use bartizan_password::{Census, Ceilings, Policy};
///
/// let mut census = Census::new(Policy::default(), Ceilings::default());
/// census.add("$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
/// assert!(census.is_done());
///
/// census.add("$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQxMjM0NTY3OA$avuGtOU9Ea6w5zsKnaQqbQ");
/// census.add("plain text");
/// assert!(!census.is_done());
/// assert_eq!((census.rows(), census.below_policy(), census.unreadable()), (3, 1, 1));
/// println!("{census}"); // a table
/// ```
#[derive(Debug, Clone)]
pub struct Census {
    policy: Policy,
    ceilings: Ceilings,
    #[cfg(feature = "legacy")]
    legacy: LegacyCeilings,
    pad_to: Cost,
    key: Option<PepperKeyId>,
    lines: BTreeMap<CensusLine, u64>,
    rows: u64,
    other: u64,
    foreign: u64,
    below_policy: u64,
    dearer: u64,
    other_key: u64,
    above_ceilings: u64,
    unusable: u64,
    unreadable: u64,
}

/// A kind of row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct CensusLine {
    /// `argon2id` for rows of ours, else the name of the foreign scheme.
    pub scheme: &'static str,
    /// Argon2id is around a foreign hash.
    pub wrapped: bool,
    /// Argon2: memory in KiB, passes, lanes, and the version of a foreign row. Others: the scheme's own numbers.
    pub costs: [u32; 4],
    /// The pepper key that the row is masked under.
    pub pepper: Option<PepperKeyId>,
}

impl Census {
    /// The most kinds that are told apart; rows of further ones are [`other`](Self::other), because a row is input.
    pub const MAX_LINES: usize = 64;

    /// Nothing counted yet. Rows are measured against this policy and these ceilings.
    pub fn new(policy: Policy, ceilings: Ceilings) -> Self {
        Self {
            policy,
            ceilings,
            #[cfg(feature = "legacy")]
            legacy: LegacyCeilings::default(),
            pad_to: policy.cost(),
            key: None,
            lines: BTreeMap::new(),
            rows: 0,
            other: 0,
            foreign: 0,
            below_policy: 0,
            dearer: 0,
            other_key: 0,
            above_ceilings: 0,
            unusable: 0,
            unreadable: 0,
        }
    }

    /// All rows should be masked under this key: that of `Peppers::current_id`.
    #[must_use]
    pub fn pepper(mut self, current: PepperKeyId) -> Self {
        self.key = Some(current);
        self
    }

    /// Rows above this cost are [`dearer`](Self::dearer): that of [`PoolConfig::pad_to`](crate::PoolConfig::pad_to).
    #[must_use]
    pub fn pad_to(mut self, cost: Cost) -> Self {
        self.pad_to = cost;
        self
    }

    /// The ceilings for rows of other programs.
    #[cfg(feature = "legacy")]
    #[must_use]
    pub fn legacy(mut self, ceilings: LegacyCeilings) -> Self {
        self.legacy = ceilings;
        self
    }

    /// Counts a row. Nothing of it is kept.
    pub fn add(&mut self, text: &str) {
        self.rows += 1;
        #[cfg(feature = "legacy")]
        let column = Column::read_any(text, &self.ceilings, &self.legacy);
        #[cfg(not(feature = "legacy"))]
        let column = Column::read(text, &self.ceilings);
        match column {
            Ok(Column::Argon2id(hash)) => self.add_ours(&hash),
            #[cfg(feature = "legacy")]
            Ok(Column::Legacy(hash)) => self.add_foreign(&hash),
            Ok(Column::Unusable) => self.unusable += 1,
            Err(StoredHashError::TooCostly { .. }) => self.above_ceilings += 1,
            Err(_) => self.unreadable += 1,
        }
    }

    fn add_ours(&mut self, hash: &StoredHash) {
        let Cost {
            memory_kib,
            passes,
            lanes,
        } = hash.cost;
        self.below_policy += u64::from(hash.is_outdated(&self.policy));
        self.dearer += u64::from(hash.cost.work() > self.pad_to.work());
        self.add_line(CensusLine {
            scheme: "argon2id",
            wrapped: false,
            costs: [memory_kib, passes, lanes, 0],
            pepper: hash.keyid,
        });
    }

    /// Every foreign row is still to be replaced, whatever it costs.
    #[cfg(feature = "legacy")]
    fn add_foreign(&mut self, hash: &LegacyHash) {
        use crate::Scheme;
        self.foreign += 1;
        let costs = hash.setting.costs;
        let argon2 = matches!(
            hash.scheme(),
            Scheme::Argon2i | Scheme::Argon2d | Scheme::Argon2id
        );
        let dearer = match &hash.outer {
            // The inner digest comes on top.
            Some(outer) => outer.cost.work() >= self.pad_to.work(),
            None => argon2 && u64::from(costs[0]) * u64::from(costs[1]) > self.pad_to.work(),
        };
        self.dearer += u64::from(dearer);
        self.add_line(CensusLine {
            scheme: hash.scheme().name(),
            wrapped: hash.is_wrapped(),
            costs,
            pepper: hash.outer.as_ref().and_then(|outer| outer.keyid),
        });
    }

    fn add_line(&mut self, line: CensusLine) {
        self.other_key += u64::from(line.pepper != self.key);
        let full = self.lines.len() >= Self::MAX_LINES;
        match self.lines.get_mut(&line) {
            Some(count) => *count += 1,
            None if full => self.other += 1,
            None => {
                self.lines.insert(line, 1);
            }
        }
    }

    /// Every row is either unusable or a hash of ours, not below the policy and under the current pepper key, if one is
    /// wanted.
    pub fn is_done(&self) -> bool {
        let undone = [
            self.foreign,
            self.below_policy,
            self.other_key,
            self.above_ceilings,
            self.unreadable,
        ];
        undone == [0; 5]
    }

    /// The kinds of rows that can be checked, and how many there are of each.
    pub fn lines(&self) -> impl Iterator<Item = (&CensusLine, u64)> {
        self.lines.iter().map(|(line, count)| (line, *count))
    }

    /// All rows.
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows of kinds beyond [`MAX_LINES`](Self::MAX_LINES).
    pub const fn other(&self) -> u64 {
        self.other
    }

    /// Rows of other programs, the wrapped ones included.
    pub const fn foreign(&self) -> u64 {
        self.foreign
    }

    /// Rows of ours that the policy asks to make anew.
    pub const fn below_policy(&self) -> u64 {
        self.below_policy
    }

    /// Rows whose check costs more than one for no account, so that time tells them: those of Argon2, and wrapped ones. What
    /// other schemes take depends on the machine: compare the `work` of the pool's metrics.
    pub const fn dearer(&self) -> u64 {
        self.dearer
    }

    /// Readable rows that are not under the wanted pepper key: masked under another one, or without pepper where one is
    /// wanted. When it is 0, all keys but the current one may be destroyed.
    pub const fn other_key(&self) -> u64 {
        self.other_key
    }

    /// Rows that ask for more than the ceilings: they cannot be checked.
    pub const fn above_ceilings(&self) -> u64 {
        self.above_ceilings
    }

    /// Rows that no password matches.
    pub const fn unusable(&self) -> u64 {
        self.unusable
    }

    /// Rows that cannot be read.
    pub const fn unreadable(&self) -> u64 {
        self.unreadable
    }
}

#[cfg(test)]
mod tests;
