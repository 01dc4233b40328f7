use zeroize::Zeroizing;

use super::{Scheme, argon2, bcrypt, crypt, firebase, ldap, pbkdf2, phpass, scrypt};

/// All that a digest is computed from but the password. Its costs are below the ceilings.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) scheme: Scheme,
    /// bcrypt: the logarithm. PBKDF2, sha-crypt, phpass: rounds. scrypt: log N, r, p. Argon2: memory, passes, lanes, version.
    pub(crate) costs: [u32; 4],
    pub(crate) salt: Box<[u8]>,
    pub(crate) tag_bytes: usize,
    /// Firebase's signer key.
    pub(crate) key: Option<Zeroizing<Box<[u8]>>>,
}

/// There was no memory, or the library refused what the parser had let through.
#[derive(Debug)]
pub(crate) struct TooLarge;

/// The longest password of a scheme that reads it again in every round: libxcrypt's `CRYPT_MAX_PASSPHRASE_SIZE`. Else whoever
/// logs in could choose the work.
const EVERY_ROUND_BYTES: usize = 512;

/// A digest, wiped on drop.
pub(crate) type Digest = Zeroizing<[u8; 64]>;

impl Setting {
    /// KiB that [`digest`](Self::digest) allocates.
    pub(crate) fn memory_kib(&self) -> u32 {
        let [first, second, third, _] = self.costs;
        match self.scheme {
            Scheme::Scrypt | Scheme::Firebase => scrypt::filled_kib(first, second, third)
                .try_into()
                .unwrap_or(u32::MAX),
            Scheme::Argon2i | Scheme::Argon2d | Scheme::Argon2id => first,
            _ => 0,
        }
    }

    /// What the tag must be, in the first `tag_bytes`.
    pub(crate) fn digest(&self, password: &[u8]) -> Result<Digest, TooLarge> {
        let mut digest = Zeroizing::new([0; 64]);
        let out = digest.get_mut(..self.tag_bytes).ok_or(TooLarge)?;
        let (salt, cost) = (&*self.salt, self.costs[0]);
        match self.scheme {
            Scheme::Bcrypt
            | Scheme::BcryptX
            | Scheme::DjangoBcryptSha256
            | Scheme::PasslibBcryptSha256
            | Scheme::WordPress => bcrypt::digest(self.scheme, cost, salt, password, out)?,
            Scheme::Scrypt => scrypt::digest(self.costs, salt, password, out)?,
            Scheme::Firebase => firebase::digest(self, password, out)?,
            Scheme::Pbkdf2Sha1 | Scheme::Pbkdf2Sha256 | Scheme::Pbkdf2Sha512 => {
                pbkdf2::digest(self.scheme, cost, salt, password, out);
            }
            Scheme::Argon2i | Scheme::Argon2d | Scheme::Argon2id => {
                argon2::digest(self, password, out)?;
            }
            Scheme::Phpass => phpass::digest(cost, salt, password, out)?,
            Scheme::Md5Crypt | Scheme::Apr1Crypt | Scheme::Sha256Crypt | Scheme::Sha512Crypt => {
                crypt::digest(self.scheme, cost, salt, password, out)?;
            }
            Scheme::Ssha1
            | Scheme::Ssha256
            | Scheme::Ssha512
            | Scheme::DjangoMd5
            | Scheme::DjangoSha1 => ldap::digest(self.scheme, salt, password, out)?,
        }
        Ok(digest)
    }

    /// The passwords to try, none if it is longer than the scheme takes: as typed, and cut where a program in C would have cut it. Python's and Rust's bcrypt hash the
    /// NUL, PHP's and libxcrypt's `crypt` never see what follows it, and the row does not tell.
    pub(crate) fn candidates<'a>(&self, password: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        let in_c = matches!(
            self.scheme,
            Scheme::Bcrypt
                | Scheme::BcryptX
                | Scheme::Md5Crypt
                | Scheme::Apr1Crypt
                | Scheme::Sha256Crypt
                | Scheme::Sha512Crypt
        );
        let cut = password.iter().position(|byte| *byte == 0);
        let cut = cut.filter(|at| in_c && *at > 0);
        let most = match self.scheme {
            Scheme::Md5Crypt
            | Scheme::Apr1Crypt
            | Scheme::Sha256Crypt
            | Scheme::Sha512Crypt
            | Scheme::Phpass => EVERY_ROUND_BYTES,
            _ => usize::MAX,
        };
        std::iter::once(password)
            .chain(cut.map(|at| &password[..at]))
            .filter(move |password| password.len() <= most)
    }
}

/// Copies a digest that must have the length of `out`.
pub(super) fn fill(out: &mut [u8], digest: &[u8]) -> Result<(), TooLarge> {
    if out.len() != digest.len() {
        return Err(TooLarge);
    }
    out.copy_from_slice(digest);
    Ok(())
}
