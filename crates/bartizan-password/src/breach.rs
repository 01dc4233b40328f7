//! Leaked passwords, in a file that is built once and mapped into memory.

mod builder;
mod error;
mod filter;
mod format;
mod map;
#[cfg(test)]
mod tests;

use sha1::{Digest as _, Sha1};

pub use builder::{BreachFilterBuilder, BreachLines, BreachSummary};
pub use error::{BreachFilterError, BreachFilterErrorKind};
pub use filter::BreachFilter;
pub use format::FingerprintBits;

/// What the filter knows of a password: the first 64 bits of its SHA-1.
///
/// SHA-1 is broken as a proof that two texts are one: here it proves nothing and hides nothing. It is the index that public
/// lists of leaked passwords are published under, so that a filter can be built without the passwords. Who makes two
/// passwords with one index gets the second refused: his own.
fn key(password: &[u8]) -> u64 {
    key_of_digest(&Sha1::digest(password).into())
}

fn key_of_digest(digest: &[u8; 20]) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *digest;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}
