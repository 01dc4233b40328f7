//! What is wrong with a snapshot.

use std::{error::Error, fmt};

/// A snapshot that cannot be read, or does not fit the limits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The bytes do not begin as a snapshot does.
    Foreign,
    /// Another version wrote it.
    Version {
        /// Which one.
        found: u32,
    },
    /// Something is missing or was changed.
    Damaged,
    /// The table of this limit has another size: its keys would be looked for in other places.
    Cells {
        /// The limit's name.
        limit: Box<str>,
        /// Cells of its table.
        expected: u64,
        /// Cells of the table that was saved.
        found: u64,
    },
    /// This limit's quota was a rate and is a calendar's now, or the other way round, or of another window.
    Kind {
        /// The limit's name.
        limit: Box<str>,
    },
    /// This limit makes its keys with another secret than [`Snapshot::secret`](crate::Snapshot::secret).
    OtherSecret {
        /// The limit's name.
        limit: Box<str>,
    },
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign => f.write_str("not a snapshot of rate limits"),
            Self::Version { found } => {
                write!(f, "a snapshot of version {found}, this program reads 1")
            }
            Self::Damaged => f.write_str("the snapshot is damaged or cut off"),
            Self::Cells {
                limit,
                expected,
                found,
            } => write!(
                f,
                "limit `{limit}` has a table of {expected} cells, the snapshot one of {found}"
            ),
            Self::Kind { limit } => {
                write!(
                    f,
                    "limit `{limit}` has another kind of quota than the snapshot"
                )
            }
            Self::OtherSecret { limit } => {
                write!(f, "limit `{limit}` has another secret than the snapshot")
            }
        }
    }
}

impl Error for SnapshotError {}
