use crate::{Cost, StoredHashError};

/// The most that a foreign hash may ask for: another thing than [`Ceilings`](crate::Ceilings), because other programs have other
/// defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LegacyCeilings {
    pub(super) argon2: Cost,
    pub(super) scrypt_kib: u32,
    pub(super) bcrypt_log: u32,
    pub(super) iterations: u32,
}

impl LegacyCeilings {
    /// For Argon2: memory, passes and lanes, each. By default 128 MiB, 10, 16: Django asks for 100 MiB and 8 lanes.
    #[must_use]
    pub const fn argon2(mut self, cost: Cost) -> Self {
        self.argon2 = cost;
        self
    }

    /// For scrypt: KiB filled, `N × r × p / 8`. By default 128 MiB, which is `N = 2^17`, `r = 8`, `p = 1` (OWASP).
    #[must_use]
    pub const fn scrypt_kib(mut self, filled: u32) -> Self {
        self.scrypt_kib = filled;
        self
    }

    /// For bcrypt: the two digits of the text. By default 14, about a second; each one more takes twice as long.
    #[must_use]
    pub const fn bcrypt_log(mut self, log: u32) -> Self {
        self.bcrypt_log = log;
        self
    }

    /// For PBKDF2, sha-crypt and phpass: rounds, for PBKDF2 times the blocks of its output. By default 2,000,000: Django 5.2
    /// asks for 1,000,000.
    #[must_use]
    pub const fn iterations(mut self, iterations: u32) -> Self {
        self.iterations = iterations;
        self
    }
}

impl Default for LegacyCeilings {
    fn default() -> Self {
        Self {
            argon2: Cost {
                memory_kib: 131_072,
                passes: 10,
                lanes: 16,
            },
            scrypt_kib: 131_072,
            bcrypt_log: 14,
            iterations: 2_000_000,
        }
    }
}

/// Checked before anything is decoded or allocated.
pub(super) fn within(what: &'static str, asked: u64, ceiling: u32) -> Result<(), StoredHashError> {
    if asked > u64::from(ceiling) {
        return Err(StoredHashError::TooCostly {
            what,
            asked: u32::try_from(asked).unwrap_or(u32::MAX),
            ceiling,
        });
    }
    Ok(())
}
