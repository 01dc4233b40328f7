use std::fmt;

/// The password could not be checked or hashed. It says nothing about the password: answer 503, never "wrong password".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unavailable {
    kind: UnavailableKind,
}

/// Why no answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnavailableKind {
    /// The queue holds as many jobs as it may: a flood of logins, or too few workers.
    QueueFull,
    /// The deadline passed before the answer was ready.
    Deadline,
    /// The pool is shutting down.
    ShutDown,
    /// The operating system gave no random bytes for a salt.
    Random,
    /// The worker failed: it panicked and was replaced, or had no memory for a hash above the policy's cost.
    Failed,
}

impl Unavailable {
    pub(crate) const fn new(kind: UnavailableKind) -> Self {
        Self { kind }
    }

    /// Why no answer came.
    pub const fn kind(&self) -> UnavailableKind {
        self.kind
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            UnavailableKind::QueueFull => "password queue is full: too many logins at once",
            UnavailableKind::Deadline => "deadline passed before the password was hashed",
            UnavailableKind::ShutDown => "password pool is shutting down",
            UnavailableKind::Random => "no random bytes for a salt",
            UnavailableKind::Failed => "password worker failed and was replaced",
        })
    }
}

impl std::error::Error for Unavailable {}
