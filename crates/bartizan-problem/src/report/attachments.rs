//! Values beside an error.

use std::{error::Error, fmt};

use super::MAX_ATTACHMENTS;

/// Values under names of the program. It is an `Error` only because a subscriber can tell what an error is, and nothing else: so the
/// log shows each value by its own name's rule. Every other subscriber sees the names alone.
#[derive(Clone, Default)]
pub(crate) struct Attachments {
    values: Vec<(&'static str, String)>,
}

impl Attachments {
    /// Adds or replaces a value.
    pub(super) fn add(&mut self, name: &'static str, value: String) {
        self.values.retain(|(known, _)| *known != name);
        if self.values.len() < MAX_ATTACHMENTS {
            self.values.push((name, value));
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.values.iter().map(|(name, _)| *name)
    }

    #[cfg(feature = "log")]
    pub(crate) fn values(&self) -> &[(&'static str, String)] {
        &self.values
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

impl fmt::Display for Attachments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

impl fmt::Debug for Attachments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for Attachments {}
