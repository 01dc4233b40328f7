use std::fmt;

use crate::PepperKeyId;

/// The password could not be checked or hashed. It says nothing about the password: answer 503, never "wrong password". Where
/// it is about one row alone, 503 would tell that the account exists: those kinds say so.
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
    /// A pool with peppers, and no account to bind the row to: call through [`Pool::account`](crate::Pool::account) and
    /// [`bound_to`](crate::AccountPool::bound_to).
    Unbound,
    /// The row is masked under a pepper key that the pool has not. The work of a wrong password was done: log it with the
    /// account's id, and answer as for an unknown account.
    UnknownPepperKey(PepperKeyId),
    /// The row has no pepper and the pool takes none such: it was not rotated, or somebody wrote it who has no key. The work
    /// of a wrong password was done: log it with the account's id, and answer as for an unknown account.
    Unpeppered,
}

impl UnavailableKind {
    /// For counts, in the order of the variants.
    pub(crate) const NAMES: [&'static str; 8] = [
        "queue_full",
        "deadline",
        "shut_down",
        "random",
        "failed",
        "unbound",
        "unknown_pepper_key",
        "unpeppered",
    ];

    /// The place in [`NAMES`](Self::NAMES).
    pub(crate) const fn place(self) -> usize {
        match self {
            Self::QueueFull => 0,
            Self::Deadline => 1,
            Self::ShutDown => 2,
            Self::Random => 3,
            Self::Failed => 4,
            Self::Unbound => 5,
            Self::UnknownPepperKey(_) => 6,
            Self::Unpeppered => 7,
        }
    }
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
        if let UnavailableKind::UnknownPepperKey(id) = self.kind {
            return write!(f, "stored hash needs pepper key {id}, which is not there");
        }
        f.write_str(match self.kind {
            UnavailableKind::QueueFull => "password queue is full: too many logins at once",
            UnavailableKind::Deadline => "deadline passed before the password was hashed",
            UnavailableKind::ShutDown => "password pool is shutting down",
            UnavailableKind::Random => "no random bytes for a salt",
            UnavailableKind::Failed => "password worker failed and was replaced",
            UnavailableKind::Unbound => {
                "no account to bind the stored hash to, on a pool with peppers"
            }
            UnavailableKind::UnknownPepperKey(_) => {
                "stored hash needs a pepper key that is not there"
            }
            UnavailableKind::Unpeppered => "stored hash without pepper where all have one",
        })
    }
}

impl std::error::Error for Unavailable {}
