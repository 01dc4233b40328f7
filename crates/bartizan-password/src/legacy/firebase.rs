//! Firebase's scrypt: its output is a key of AES-256-CTR, which enciphers a key of the project; the ciphertext is stored.

use std::fmt;

use aes::{
    Aes256,
    cipher::{Array, BlockCipherEncrypt, KeyInit},
};
use zeroize::Zeroizing;

use super::{
    LegacyCeilings, LegacyHash, Scheme, Setting, TooLarge,
    encoding::base64,
    read::{finish, malformed},
    scrypt,
    setting::fill,
};
use crate::StoredHashError;

/// The password hash parameters that Firebase shows for a project. Its rows have only a salt and a hash.
#[derive(Clone)]
pub struct FirebaseProject {
    signer_key: Zeroizing<Vec<u8>>,
    salt_separator: Vec<u8>,
    rounds: u32,
    memory_cost: u32,
}

impl FirebaseProject {
    /// `base64_signer_key`, `base64_salt_separator`, `rounds` and `mem_cost` as Firebase names them.
    ///
    /// # Errors
    ///
    /// Not base64, a key that is not of 64 bytes, or costs that scrypt cannot have.
    pub fn new(
        signer_key: &str,
        salt_separator: &str,
        rounds: u32,
        memory_cost: u32,
    ) -> Result<Self, StoredHashError> {
        let signer_key = Zeroizing::new(base64(signer_key).ok_or(malformed("signer key"))?);
        if signer_key.len() != 64 {
            return Err(StoredHashError::Length {
                part: "signer key",
                bytes: signer_key.len(),
            });
        }
        if !(1..=63).contains(&memory_cost) || rounds == 0 {
            return Err(malformed("cost"));
        }
        Ok(Self {
            signer_key,
            salt_separator: base64(salt_separator).ok_or(malformed("salt separator"))?,
            rounds,
            memory_cost,
        })
    }

    /// A row of the project's export: `salt` and `passwordHash`, in base64.
    ///
    /// # Errors
    ///
    /// As of [`LegacyHash::parse`].
    pub fn read(
        &self,
        salt: &str,
        password_hash: &str,
        ceilings: &LegacyCeilings,
    ) -> Result<LegacyHash, StoredHashError> {
        for (part, text) in [("salt", salt), ("tag", password_hash)] {
            if text.len() > LegacyHash::MAX_TEXT {
                return Err(StoredHashError::Length {
                    part,
                    bytes: text.len(),
                });
            }
        }
        scrypt::check([self.memory_cost, self.rounds, 1], ceilings)?;
        let mut salt = base64(&url_free(salt)).ok_or(malformed("salt"))?;
        salt.extend_from_slice(&self.salt_separator);
        let tag = base64(&url_free(password_hash)).filter(|tag| tag.len() == 64);
        let tag = tag.ok_or(malformed("tag"))?;
        let costs = [self.memory_cost, self.rounds, 1, 0];
        let mut hash = finish(Scheme::Firebase, costs, &salt, &tag)?;
        hash.setting.key = Some(Zeroizing::new(self.signer_key.as_slice().into()));
        Ok(hash)
    }
}

/// The export of the command line is base64url, that of the console is base64.
fn url_free(text: &str) -> String {
    text.replace('-', "+").replace('_', "/")
}

impl fmt::Debug for FirebaseProject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FirebaseProject(..)")
    }
}

pub(super) fn digest(setting: &Setting, password: &[u8], out: &mut [u8]) -> Result<(), TooLarge> {
    let plain = setting.key.as_deref().ok_or(TooLarge)?;
    let mut key = Zeroizing::new([0; 32]);
    scrypt::digest(setting.costs, &setting.salt, password, &mut *key)?;
    let cipher = Aes256::new_from_slice(&*key).map_err(|_| TooLarge)?;
    fill(out, plain)?;
    for (count, block) in (0u128..).zip(out.chunks_mut(16)) {
        let mut stream = Array::from(count.to_be_bytes());
        cipher.encrypt_block(&mut stream);
        block
            .iter_mut()
            .zip(&stream)
            .for_each(|(byte, key)| *byte ^= key);
    }
    Ok(())
}
