//! By what a failure is known again.

use std::fmt;

/// A number of a failure's type, place, depth and attachments' names: nothing that changes from case to case. The same program
/// gives the same number in every run; a build with the code moved gives another.
///
/// It is a hash without a key, for counting. Nothing is proved by it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(u64);

// FNV-1a with 64 bits (RFC 9923): the standard library's hashes may change with its version.
const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

impl Fingerprint {
    pub(super) const fn new() -> Self {
        Self(OFFSET)
    }

    /// With a text, and an end mark that no text holds.
    pub(super) fn with(self, text: &str) -> Self {
        let bytes = text.bytes().chain([0xff]);
        Self(bytes.fold(self.0, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(PRIME)
        }))
    }

    pub(super) fn with_number(self, number: u32) -> Self {
        let bytes = number.to_le_bytes().into_iter();
        Self(bytes.fold(self.0, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(PRIME)
        }))
    }
}

/// 16 hexadecimal digits.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
