use std::{fmt, sync::Arc};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{Keys, Purpose};

/// Names a root key inside each token that it mints: 0 to 65,535, chosen by the operator, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(u16);

impl KeyId {
    /// The id with this number.
    pub const fn new(id: u16) -> Self {
        Self(id)
    }

    /// The number.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The root keys of a service: the first one mints, all of them verify.
///
/// To rotate, put a new key in front; when the last token of the old one has expired, drop the old one. Each purpose gets
/// its own subkeys, so one root key serves all purposes. A clone is one `Arc`.
#[derive(Clone)]
pub struct KeyRing {
    roots: Arc<[RootKey]>,
    retired: Arc<[KeyId]>,
}

pub(crate) struct RootKey {
    pub(crate) id: KeyId,
    key: Zeroizing<[u8; 32]>,
}

impl KeyRing {
    /// The most keys of a ring. More than a handful means that old keys are never dropped.
    pub const MAX_KEYS: usize = 64;

    /// A ring of 32-byte root keys from a cryptographic generator; the first key mints.
    ///
    /// # Errors
    ///
    /// No key, more than [`MAX_KEYS`](Self::MAX_KEYS), an id or a key that stands there twice, or a key of zeros (the sign
    /// of a buffer that nobody filled).
    pub fn new(keys: impl IntoIterator<Item = (KeyId, [u8; 32])>) -> Result<Self, KeyRingError> {
        let mut roots: Vec<RootKey> = Vec::new();
        for (id, key) in keys {
            let key = Zeroizing::new(key);
            if *key == [0; 32] {
                return Err(KeyRingError::AllZero { id });
            }
            if roots.iter().any(|root| root.id == id) {
                return Err(KeyRingError::DuplicateId { id });
            }
            if let Some(root) = roots.iter().find(|root| root.key == key) {
                return Err(KeyRingError::DuplicateKey {
                    first: root.id,
                    second: id,
                });
            }
            if roots.len() == Self::MAX_KEYS {
                return Err(KeyRingError::TooMany {
                    max: Self::MAX_KEYS,
                });
            }
            roots.push(RootKey { id, key });
        }
        if roots.is_empty() {
            return Err(KeyRingError::Empty);
        }
        Ok(Self {
            roots: roots.into(),
            retired: Arc::default(),
        })
    }

    /// Also takes API tokens of these keys, which are gone: those whose row moved to a key of the ring when they were used
    /// are found, the others are not. The tag of such a token cannot be checked, so a made-up one costs a look-up.
    ///
    /// # Errors
    ///
    /// An id that stands there twice or in the ring, or more than [`MAX_KEYS`](Self::MAX_KEYS).
    pub fn with_retired(
        mut self,
        ids: impl IntoIterator<Item = KeyId>,
    ) -> Result<Self, KeyRingError> {
        let mut retired = Vec::new();
        for id in ids {
            if retired.contains(&id) || self.roots.iter().any(|root| root.id == id) {
                return Err(KeyRingError::DuplicateId { id });
            }
            if retired.len() == Self::MAX_KEYS {
                return Err(KeyRingError::TooMany {
                    max: Self::MAX_KEYS,
                });
            }
            retired.push(id);
        }
        self.retired = retired.into();
        Ok(self)
    }

    /// The subkeys of a purpose. Make them once and keep them.
    pub fn keys<P: Purpose>(&self) -> Keys<P> {
        Keys::derive(&self.roots, &self.retired)
    }
}

impl RootKey {
    /// One block of HKDF-Expand with SHA-256 (RFC 5869, section 2.3, `L` = 32): `HMAC(root, info || 0x01)`.
    ///
    /// The extract step is for keys that are not uniform; a root key is 32 bytes from a generator. Written with the HMAC
    /// that is here already, because the library's `expand` returns an error for lengths that cannot occur.
    pub(crate) fn subkey(&self, purpose: &str) -> Hmac<Sha256> {
        let mut mac = keyed(&self.key);
        for part in ["bartizan-token/1/", purpose] {
            mac.update(part.as_bytes());
        }
        mac.update(&[1]);
        let subkey = Zeroizing::new(mac.finalize().into_bytes().into());
        keyed(&subkey)
    }
}

/// RFC 2104, section 2: a key shorter than the block is padded with zeros, so no key is refused here.
fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    padded(key)
}

/// `key` has at most 64 bytes.
fn padded(key: &[u8]) -> Hmac<Sha256> {
    let mut block = Zeroizing::new([0; 64]);
    block[..key.len()].copy_from_slice(key);
    Hmac::new((&*block).into())
}

/// Key ids only.
impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyRing")?;
        f.debug_list()
            .entries(self.roots.iter().map(|root| root.id))
            .finish()
    }
}

/// A ring that cannot be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyRingError {
    /// No key at all.
    Empty,
    /// More keys than a ring may hold.
    #[non_exhaustive]
    TooMany {
        /// The most keys.
        max: usize,
    },
    /// Two keys under one id.
    #[non_exhaustive]
    DuplicateId {
        /// The id.
        id: KeyId,
    },
    /// One key under two ids.
    #[non_exhaustive]
    DuplicateKey {
        /// The id that had it first.
        first: KeyId,
        /// The id that has it too.
        second: KeyId,
    },
    /// A key of 32 zero bytes.
    #[non_exhaustive]
    AllZero {
        /// The id.
        id: KeyId,
    },
}

impl fmt::Display for KeyRingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("key ring without a key"),
            Self::TooMany { max } => write!(f, "key ring with more than {max} keys"),
            Self::DuplicateId { id } => write!(f, "key id {id} stands twice in the ring"),
            Self::DuplicateKey { first, second } => {
                write!(f, "keys {first} and {second} of the ring are the same key")
            }
            Self::AllZero { id } => write!(f, "key {id} of the ring is all zeros"),
        }
    }
}

impl std::error::Error for KeyRingError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_refuses_what_would_weaken_it() {
        let id = KeyId::new;
        assert_eq!(KeyRing::new([]).unwrap_err(), KeyRingError::Empty);
        assert_eq!(
            KeyRing::new([(id(1), [0; 32])]).unwrap_err(),
            KeyRingError::AllZero { id: id(1) }
        );
        assert_eq!(
            KeyRing::new([(id(1), [1; 32]), (id(1), [2; 32])]).unwrap_err(),
            KeyRingError::DuplicateId { id: id(1) }
        );
        assert_eq!(
            KeyRing::new([(id(1), [1; 32]), (id(2), [1; 32])]).unwrap_err(),
            KeyRingError::DuplicateKey {
                first: id(1),
                second: id(2)
            }
        );
        let many = (0..65).map(|n| (id(n), [n as u8 + 1; 32]));
        assert_eq!(
            KeyRing::new(many).unwrap_err(),
            KeyRingError::TooMany { max: 64 }
        );
    }

    #[test]
    fn a_key_is_in_the_ring_or_retired_but_not_both() {
        let ring = || KeyRing::new([(KeyId::new(2), [2; 32])]).unwrap();
        let retired = |ids: &[u16]| {
            let ids = ids.iter().map(|id| KeyId::new(*id));
            ring().with_retired(ids).map(|_| ())
        };
        assert_eq!(retired(&[1, 3]), Ok(()));
        for bad in [[2, 1], [1, 1]] {
            let id = KeyId::new(bad[1].max(bad[0]));
            assert_eq!(retired(&bad), Err(KeyRingError::DuplicateId { id }));
        }
        let many: Vec<u16> = (10..75).collect();
        assert_eq!(retired(&many), Err(KeyRingError::TooMany { max: 64 }));
    }

    #[test]
    fn subkeys_are_those_of_hkdf() {
        let root = RootKey {
            id: KeyId::new(1),
            key: Zeroizing::new([7; 32]),
        };
        let mut expected = [0; 32];
        hkdf::Hkdf::<Sha256>::from_prk(&[7; 32])
            .unwrap()
            .expand(b"bartizan-token/1/session", &mut expected)
            .unwrap();
        let mac = |state: Hmac<Sha256>| {
            let mut state = state;
            state.update(b"message");
            state.finalize().into_bytes()
        };
        assert_eq!(mac(root.subkey("session")), mac(keyed(&expected)));
    }

    /// RFC 4231 and Wycheproof. Keys of up to 64 bytes go the way that root keys go; longer ones, which a ring does not
    /// have, show that the library hashes them first.
    #[test]
    fn macs_are_those_of_the_published_vectors() {
        let unhex = |text: &str| -> Vec<u8> {
            let digits = text.trim_matches('-').as_bytes().chunks_exact(2);
            let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
            digits.map(byte).collect()
        };
        let mut cases = 0;
        for line in include_str!("../tests/hmac_sha256.txt").lines() {
            if line.starts_with('#') {
                continue;
            }
            let [key, message, tag, result] = line.split(' ').collect::<Vec<_>>()[..] else {
                panic!("four columns: {line}")
            };
            let key = unhex(key);
            let mut mac = match key.len() {
                ..=64 => padded(&key),
                _ => Hmac::new_from_slice(&key).unwrap(),
            };
            mac.update(&unhex(message));
            let right = mac.verify_truncated_left(&unhex(tag)).is_ok();
            assert_eq!(right, result == "valid", "{line}");
            cases += 1;
        }
        assert_eq!(cases, 7 + 174);
    }

    #[test]
    fn debug_shows_ids_and_no_key() {
        let ring = KeyRing::new([(KeyId::new(9), [0xab; 32])]).unwrap();
        assert_eq!(format!("{ring:?}"), "KeyRing[KeyId(9)]");
    }
}
