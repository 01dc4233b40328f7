use std::fmt;

/// Peppers that cannot be taken: why, and where it was a text, in which line. Never a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeppersError {
    fault: PeppersFault,
    line: Option<usize>,
}

/// What is wrong with peppers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PeppersFault {
    /// No key at all.
    Empty,
    /// A text above [`Peppers::MAX_TEXT`](crate::Peppers::MAX_TEXT).
    TooLong,
    /// More than [`Peppers::MAX_KEYS`](crate::Peppers::MAX_KEYS) keys.
    TooMany,
    /// A line is not an id, one space and a key.
    Form,
    /// An id is not 1 to 8 plain characters.
    Id,
    /// A key is not 64 hexadecimal digits.
    Key,
    /// A key of zeros: a buffer that nobody filled.
    ZeroKey,
    /// An id stands there twice.
    DuplicateId,
    /// A key stands there twice, under two ids.
    DuplicateKey,
    /// The operating system gave no random bytes.
    Random,
}

impl PeppersError {
    pub(super) const fn new(fault: PeppersFault) -> Self {
        Self { fault, line: None }
    }

    /// Counted from 1.
    pub(super) const fn at(self, line: usize) -> Self {
        Self {
            fault: self.fault,
            line: Some(line),
        }
    }

    /// What is wrong.
    pub const fn fault(&self) -> PeppersFault {
        self.fault
    }

    /// The line of the text, counted from 1.
    pub const fn line(&self) -> Option<usize> {
        self.line
    }
}

impl fmt::Display for PeppersError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "peppers, line {line}: ")?;
        }
        f.write_str(match self.fault {
            PeppersFault::Empty => "no pepper key: expected at least one",
            PeppersFault::TooLong => "peppers of more than 16 KiB",
            PeppersFault::TooMany => "more than 16 pepper keys: rotate, then drop the old ones",
            PeppersFault::Form => "expected an id, one space and a key",
            PeppersFault::Id => "id of a pepper key is not 1 to 8 characters of A-Z a-z 0-9 - _ .",
            PeppersFault::Key => "pepper key is not 64 hexadecimal digits",
            PeppersFault::ZeroKey => "pepper key of zeros: take 32 random bytes",
            PeppersFault::DuplicateId => "id of a pepper key that stands there already",
            PeppersFault::DuplicateKey => "pepper key that stands there already, under another id",
            PeppersFault::Random => "no random bytes for a pepper key",
        })
    }
}

impl std::error::Error for PeppersError {}
