use std::fmt;

use hmac::{Hmac, KeyInit, Mac, digest::FixedOutput};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{PeppersError, PeppersFault};
use crate::{AccountId, PepperKeyId};

/// A pepper: 32 bytes from a cryptographic generator, wiped on drop. `Debug` shows nothing of it.
///
/// ```compile_fail,E0599
/// # use bartizan_password::PepperKey;
/// let key = PepperKey::random().unwrap();
/// key.clone();
/// ```
///
/// ```
/// # use bartizan_password::PepperKey;
/// let key = PepperKey::random().unwrap();
/// assert_eq!(format!("{key:?}"), "PepperKey(..)");
/// ```
pub struct PepperKey(Zeroizing<[u8; 32]>);

impl PepperKey {
    /// The key with these bytes. The caller's own copy is the caller's to wipe.
    ///
    /// # Errors
    ///
    /// All zeros: a buffer that nobody filled.
    pub fn new(bytes: [u8; 32]) -> Result<Self, PeppersError> {
        let key = Self(Zeroizing::new(bytes));
        match *key.0 == [0; 32] {
            true => Err(PeppersError::new(PeppersFault::ZeroKey)),
            false => Ok(key),
        }
    }

    /// A new key from the operating system.
    ///
    /// # Errors
    ///
    /// It gave no random bytes.
    pub fn random() -> Result<Self, PeppersError> {
        let mut key = Self(Zeroizing::new([0; 32]));
        getrandom::fill(&mut *key.0).map_err(|_| PeppersError::new(PeppersFault::Random))?;
        Ok(key)
    }

    pub(super) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for PepperKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PepperKey(..)")
    }
}

/// Before everything that a pepper key is used for: another construction gets another number.
const LABEL: &[u8] = b"bartizan/pepper/1";

/// A key under its id, and its HMAC with the key in it: a clone of that saves two of the four compressions a pad.
pub(crate) struct Entry {
    pub(crate) id: PepperKeyId,
    pub(super) key: PepperKey,
    mac: Hmac<Sha256>,
}

impl Entry {
    pub(super) fn new(id: PepperKeyId, key: PepperKey) -> Self {
        // RFC 2104, section 2: a key shorter than the block is padded with zeros, so no key is refused here.
        let mut block = Zeroizing::new([0; 64]);
        block[..32].copy_from_slice(key.as_bytes());
        let mac = Hmac::new((&*block).into());
        Self { id, key, mac }
    }

    /// Puts the mask of this account and salt on a tag of at most 64 bytes, or takes it off: twice is as never.
    ///
    /// Block `n` of the pad, from 1, is `HMAC-SHA-256(key, LABEL || n || len(account) || account || salt)`. Every field but the last has a fixed
    /// length or its length before it, so two different inputs are never one message.
    pub(crate) fn mask(&self, account: &AccountId, salt: &[u8], tag: &mut [u8]) {
        let account = account.as_bytes();
        // At most 64, by the type.
        let length = account.len() as u8;
        let mut pad = Zeroizing::new([0; 32]);
        for (number, part) in (1..=u8::MAX).zip(tag.chunks_mut(32)) {
            let mut mac = self.mac.clone();
            mac.update(LABEL);
            mac.update(&[number, length]);
            mac.update(account);
            mac.update(salt);
            mac.finalize_into((&mut *pad).into());
            for (byte, pad) in part.iter_mut().zip(pad.iter()) {
                *byte ^= pad;
            }
        }
    }
}
