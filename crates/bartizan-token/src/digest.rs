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

/// The digests that a token's row can stand under, by [`Keys::lookup`](crate::Keys::lookup): one for each key of the ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    pub(crate) newest: Digest,
    pub(crate) older: Vec<Digest>,
}

impl Lookup {
    /// The digest under the ring's first key: what a row moves to when it is used.
    pub const fn newest(&self) -> Digest {
        self.newest
    }

    /// All of them, the newest first. Look them up in this order, or in one statement: no two rows can match.
    pub fn digests(&self) -> impl Iterator<Item = Digest> + '_ {
        std::iter::once(self.newest).chain(self.older.iter().copied())
    }

    /// The digest that a row found under `stored` has to move to; `None` when it stands there already.
    pub fn rekey(&self, stored: Digest) -> Option<Digest> {
        (stored != self.newest).then_some(self.newest)
    }
}

impl From<Digest> for Lookup {
    fn from(newest: Digest) -> Self {
        let older = Vec::new();
        Self { newest, older }
    }
}
