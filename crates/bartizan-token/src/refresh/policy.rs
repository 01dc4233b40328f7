use std::{
    fmt,
    time::{Duration, SystemTime},
};

use super::Family;
use crate::{Lifetime, Validity};

/// How long a family lives, and how long a lost answer is given again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshPolicy {
    lifetime: Lifetime,
    grace: Duration,
}

impl RefreshPolicy {
    /// The default grace. A client that retries does so within seconds; false alarms were counted without it.
    pub const GRACE: Duration = Duration::from_secs(10);

    /// The longest grace: for so long a stolen parent is worth a token without anyone noticing.
    pub const MAX_GRACE: Duration = Duration::from_secs(60);

    /// Families of this lifetime, with the default grace. The idle end counts from the last rotation.
    pub const fn new(lifetime: Lifetime) -> Self {
        Self {
            lifetime,
            grace: Self::GRACE,
        }
    }

    /// Another grace. Zero is the strictest: a lost answer then ends the family.
    ///
    /// # Errors
    ///
    /// More than [`MAX_GRACE`](Self::MAX_GRACE).
    pub const fn with_grace(mut self, grace: Duration) -> Result<Self, RefreshPolicyError> {
        if grace.as_nanos() > Self::MAX_GRACE.as_nanos() {
            return Err(RefreshPolicyError::GraceTooLong { grace });
        }
        self.grace = grace;
        Ok(self)
    }

    /// How long the direct parent is answered again. The end is exclusive.
    pub const fn grace(&self) -> Duration {
        self.grace
    }

    /// The lifetime.
    pub const fn lifetime(&self) -> Lifetime {
        self.lifetime
    }

    pub(super) fn is_live(&self, family: &Family, now: SystemTime) -> bool {
        let validity = self.lifetime.check(family.created, family.rotated, now);
        now < family.expires && matches!(validity, Validity::Live { .. })
    }
}

/// A policy that cannot be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefreshPolicyError {
    /// A grace in which a theft could hide.
    #[non_exhaustive]
    GraceTooLong {
        /// The grace asked for.
        grace: Duration,
    },
}

impl fmt::Display for RefreshPolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::GraceTooLong { grace } = self;
        let max = RefreshPolicy::MAX_GRACE;
        write!(
            f,
            "refresh grace of {grace:?}, longer than the allowed {max:?}"
        )
    }
}

impl std::error::Error for RefreshPolicyError {}
