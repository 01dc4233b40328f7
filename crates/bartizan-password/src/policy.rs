use std::fmt;

use argon2::Params;

/// What one Argon2id hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    pub(crate) memory_kib: u32,
    pub(crate) passes: u32,
    pub(crate) lanes: u32,
}

impl Cost {
    /// Memory in KiB (`m`), passes (`t`) and lanes (`p`).
    ///
    /// # Errors
    ///
    /// What RFC 9106 section 3.1 excludes: no pass, no lane, more than 2^24 - 1 lanes, less than 8 KiB a lane.
    pub const fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, PolicyError> {
        match Params::new(memory_kib, passes, lanes, None) {
            Ok(_) => Ok(Self {
                memory_kib,
                passes,
                lanes,
            }),
            Err(_) => Err(PolicyError::Impossible {
                memory_kib,
                passes,
                lanes,
            }),
        }
    }

    /// Memory in KiB.
    pub const fn memory_kib(&self) -> u32 {
        self.memory_kib
    }

    /// Passes over the memory.
    pub const fn passes(&self) -> u32 {
        self.passes
    }

    /// Lanes. They are computed one after another, on one thread.
    pub const fn lanes(&self) -> u32 {
        self.lanes
    }

    /// KiB filled in all: what a guess costs an attacker.
    pub(crate) fn work(self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.passes)
    }
}

/// How new hashes are made: the cost, a 16-byte salt and a 32-byte tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    pub(crate) cost: Cost,
    /// New passwords are normalised; a stored string says whether its own was.
    pub(crate) nfkc: bool,
}

impl Policy {
    /// Bytes of a new salt (RFC 9106 section 3.1).
    pub const SALT_BYTES: usize = 16;
    /// Bytes of a new tag.
    pub const TAG_BYTES: usize = 32;

    /// The least memory in KiB for 1, 2, 3, 4 and more passes, all of one strength (OWASP Password Storage Cheat Sheet).
    const FLOOR_KIB: [u32; 5] = [47_104, 19_456, 12_288, 9_216, 7_168];

    /// A policy at or above what OWASP recommends.
    ///
    /// # Errors
    ///
    /// Weaker than OWASP's Password Storage Cheat Sheet, or not possible by RFC 9106.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, PolicyError> {
        let cost = Cost::new(memory_kib, passes, lanes)?;
        let min_memory_kib = Self::floor_kib(passes);
        if memory_kib < min_memory_kib {
            return Err(PolicyError::Weak {
                memory_kib,
                passes,
                min_memory_kib,
            });
        }
        Ok(Self::with_insecure_cost(cost))
    }

    /// The least memory in KiB for so many passes, at least one.
    pub(crate) fn floor_kib(passes: u32) -> u32 {
        let row = (passes as usize - 1).min(Self::FLOOR_KIB.len() - 1);
        Self::FLOOR_KIB[row]
    }

    /// Any cost at all, for tests and for slow machines that accept weak hashes.
    pub const fn with_insecure_cost(cost: Cost) -> Self {
        Self { cost, nfkc: false }
    }

    /// New passwords are hashed in Unicode's form NFKC, so that keyboards which write one character in different ways agree
    /// (NIST SP 800-63B-4, 3.1.1.2). Their strings say `norm=nfkc`; rows without it are checked as typed, as before.
    ///
    /// Begin with it, or never: a program that does not know the mark refuses the row.
    #[cfg(feature = "rules")]
    #[must_use]
    pub const fn with_nfkc(mut self) -> Self {
        self.nfkc = true;
        self
    }

    /// The cost of new hashes.
    pub const fn cost(&self) -> Cost {
        self.cost
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            cost: Cost {
                memory_kib: 19_456,
                passes: 2,
                lanes: 1,
            },
            nfkc: false,
        }
    }
}

/// The most that a stored hash may ask for: another thing than what new hashes cost.
///
/// A database row is input. Without ceilings, one row can take all memory or hold a worker for an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ceilings {
    pub(crate) cost: Cost,
}

impl Ceilings {
    /// Bytes that a stored salt may have.
    pub const SALT_BYTES: std::ops::RangeInclusive<usize> = 8..=64;
    /// Bytes that a stored tag may have. Below 16, a wrong password could match by chance.
    pub const TAG_BYTES: std::ops::RangeInclusive<usize> = 16..=64;

    /// Ceilings for each of memory, passes and lanes.
    pub const fn new(cost: Cost) -> Self {
        Self { cost }
    }
}

impl Default for Ceilings {
    fn default() -> Self {
        Self {
            cost: Cost {
                memory_kib: 65_536,
                passes: 10,
                lanes: 4,
            },
        }
    }
}

/// A policy that cannot be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyError {
    /// Excluded by RFC 9106 section 3.1.
    #[non_exhaustive]
    Impossible {
        /// Memory asked for.
        memory_kib: u32,
        /// Passes asked for.
        passes: u32,
        /// Lanes asked for.
        lanes: u32,
    },
    /// Below what OWASP recommends.
    #[non_exhaustive]
    Weak {
        /// Memory asked for.
        memory_kib: u32,
        /// Passes asked for.
        passes: u32,
        /// The least memory for that many passes.
        min_memory_kib: u32,
    },
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Impossible {
                memory_kib,
                passes,
                lanes,
            } => write!(
                f,
                "Argon2 cannot have {memory_kib} KiB, {passes} passes and {lanes} lanes: expected at least 8 KiB a lane, 1 pass and 1 lane"
            ),
            Self::Weak {
                memory_kib,
                passes,
                min_memory_kib,
            } => write!(
                f,
                "{memory_kib} KiB is weak for {passes} passes: expected at least {min_memory_kib} KiB"
            ),
        }
    }
}

impl std::error::Error for PolicyError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_below_owasp_needs_the_insecure_call() {
        for (memory_kib, passes) in [
            (47_104, 1),
            (19_456, 2),
            (12_288, 3),
            (9_216, 4),
            (7_168, 5),
            (7_168, 9),
        ] {
            assert!(Policy::new(memory_kib, passes, 1).is_ok());
            assert!(matches!(
                Policy::new(memory_kib - 1, passes, 1),
                Err(PolicyError::Weak { .. })
            ));
        }
    }

    #[test]
    fn what_argon2_cannot_do_is_refused() {
        for (memory_kib, passes, lanes) in [
            (7, 1, 1),
            (64, 0, 1),
            (64, 1, 0),
            (63, 1, 8),
            (u32::MAX, 1, 1 << 24),
        ] {
            assert!(matches!(
                Policy::new(memory_kib, passes, lanes),
                Err(PolicyError::Impossible { .. })
            ));
        }
    }

    #[test]
    fn the_default_is_the_documented_one() {
        assert_eq!(Policy::new(19_456, 2, 1), Ok(Policy::default()));
    }
}
