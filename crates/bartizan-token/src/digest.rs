use std::fmt;

use subtle::ConstantTimeEq;

/// What the database stores for a token and looks it up by: HMAC-SHA-256 over purpose, key id and secret.
///
/// 32 bytes; store it in a unique column (`BLOB UNIQUE`, `bytea UNIQUE`). A dump of that column holds no usable token.
///
/// The database's own comparison needs no constant time: what an attacker could learn from it byte by byte is a digest,
/// and without the key nobody can make a token for a wanted digest. Digests compared in code take constant time.
#[derive(Clone, Copy)]
pub struct Digest([u8; 32]);

impl Digest {
    /// A digest as read from the store.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes to store.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Digest {}

/// Redacted: a digest in a log is a handle on somebody's session.
impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(..)")
    }
}
