use std::{error::Error, fmt, io};

/// Why a filter could not be built, written or opened. Never holds a line of a list.
#[derive(Debug)]
pub struct BreachFilterError {
    kind: BreachFilterErrorKind,
    source: Option<io::Error>,
}

/// What kind of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BreachFilterErrorKind {
    /// The system refused to read, map, write or rename. The cause is in `source()`.
    Io,
    /// No file, such as a pipe or a folder, or one without the first bytes of a filter.
    NotAFilter,
    /// A filter of another version of the format.
    #[non_exhaustive]
    Version {
        /// The version found.
        found: u32,
    },
    /// A field of the head cannot be.
    #[non_exhaustive]
    Malformed {
        /// Which one.
        field: &'static str,
    },
    /// More or fewer bytes than the head says.
    #[non_exhaustive]
    Length {
        /// Bytes by the head.
        expected: u64,
        /// Bytes of the file.
        found: u64,
    },
    /// Some byte is another than was written.
    Checksum,
    /// The file's group or everybody may write it.
    Writable,
    /// This machine's order of bytes is not the file's, and 16-bit fingerprints cannot be read in place.
    ByteOrder,
    /// Not enough memory.
    Memory,
    /// There is nothing to build a filter from.
    Empty,
    /// More entries than a filter takes (3,221,225,472).
    TooMany,
    /// The construction failed. It does not, but for lists made for it.
    Construction,
    /// A line of a list of hashes is not 40 hexadecimal digits, with `:` and a count or without.
    #[non_exhaustive]
    Line {
        /// Its number, from 1.
        number: u64,
    },
}

impl BreachFilterError {
    pub(super) const fn new(kind: BreachFilterErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// What kind of failure it was.
    pub const fn kind(&self) -> BreachFilterErrorKind {
        self.kind
    }
}

impl From<BreachFilterErrorKind> for BreachFilterError {
    fn from(kind: BreachFilterErrorKind) -> Self {
        Self::new(kind)
    }
}

impl From<io::Error> for BreachFilterError {
    fn from(source: io::Error) -> Self {
        Self {
            kind: BreachFilterErrorKind::Io,
            source: Some(source),
        }
    }
}

impl fmt::Display for BreachFilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use BreachFilterErrorKind as Kind;
        match self.kind {
            Kind::Io => f.write_str("breach filter cannot be read or written"),
            Kind::NotAFilter => f.write_str(
                "not a breach filter: expected a file made by `bartizan-server breach-filter build`",
            ),
            Kind::Version { found } => write!(
                f,
                "breach filter of version {found}, expected 1: build it again with this program"
            ),
            Kind::Malformed { field } => write!(
                f,
                "breach filter with an impossible {field}: build it again"
            ),
            Kind::Length { expected, found } => write!(
                f,
                "breach filter of {found} bytes, expected {expected}: copy or build it again"
            ),
            Kind::Checksum => {
                f.write_str("breach filter with a wrong checksum: copy or build it again")
            }
            Kind::Writable => f.write_str(
                "breach filter that others than its owner may write: `chmod go-w` the file",
            ),
            Kind::ByteOrder => f.write_str(
                "breach filter of 16 bits on a big-endian machine: build it with 8 bits",
            ),
            Kind::Memory => f.write_str("not enough memory for the breach filter"),
            Kind::Empty => f.write_str("no entries for the breach filter, expected at least one"),
            Kind::TooMany => write!(
                f,
                "too many entries for one breach filter, at most {} fit: leave out the rarest",
                super::format::MOST_ENTRIES
            ),
            Kind::Construction => f.write_str(
                "breach filter could not be constructed from these entries: add or remove some",
            ),
            Kind::Line { number } => write!(
                f,
                "line {number}: expected the 40 hexadecimal digits of a SHA-1, with `:` and a count or without"
            ),
        }
    }
}

impl Error for BreachFilterError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
