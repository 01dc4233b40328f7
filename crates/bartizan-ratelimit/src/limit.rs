//! A quota with a name and a place to count its keys.

use std::{fmt, sync::Arc};

use crate::{
    key::{Keyer, Secret},
    quota::Quota,
    table::Table,
};

/// A quota with its name and the table in which its keys are counted. A clone is the same limit.
#[derive(Clone)]
pub struct Limit {
    shared: Arc<Shared>,
}

struct Shared {
    name: Box<str>,
    quota: Quota,
    table: Arc<Table>,
    keyer: Keyer,
    on_failure: OnFailure,
}

/// What a limit does while the store that its instances share cannot be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnFailure {
    /// Counts in this process, with this instance's share of the quota.
    #[default]
    Local,
    /// Lets everything through: for reads that are better served too often than not at all. Never for logins.
    Open,
    /// Answers 503 until the store is back.
    Closed,
}

impl Limit {
    /// A limit of this name, which is part of every key; keys are made with `secret`.
    #[must_use]
    pub fn new(name: &str, quota: Quota, table: Arc<Table>, secret: &Secret) -> Self {
        Self {
            shared: Arc::new(Shared {
                name: name.into(),
                quota,
                table,
                keyer: Keyer::new(secret, name),
                on_failure: OnFailure::default(),
            }),
        }
    }

    /// The same limit with another answer to a store that fails.
    #[must_use]
    pub fn on_failure(&self, on_failure: OnFailure) -> Self {
        let Shared {
            name,
            quota,
            table,
            keyer,
            ..
        } = &*self.shared;
        Self {
            shared: Arc::new(Shared {
                name: name.clone(),
                quota: *quota,
                table: Arc::clone(table),
                keyer: keyer.clone(),
                on_failure,
            }),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// How much is allowed.
    #[must_use]
    pub fn quota(&self) -> Quota {
        self.shared.quota
    }

    /// Where its keys are counted in this process.
    #[must_use]
    pub fn table(&self) -> &Arc<Table> {
        &self.shared.table
    }

    /// What makes its keys.
    #[must_use]
    pub fn keyer(&self) -> &Keyer {
        &self.shared.keyer
    }

    /// What it does when a shared store fails.
    #[must_use]
    pub fn failure(&self) -> OnFailure {
        self.shared.on_failure
    }
}

impl fmt::Debug for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limit")
            .field("name", &self.name())
            .field("quota", &self.quota())
            .field("on_failure", &self.failure())
            .finish_non_exhaustive()
    }
}
