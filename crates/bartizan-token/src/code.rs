//! Codes that people type: 6 to 8 digits, at most 27 bits.
//!
//! A digest of one is no secret: a million guesses find it, keyed or not, once the key is out. NIST SP 800-63B-4 asks for a
//! slow hash below 112 bits, and the types see to it: a [`Code`] has no digest, and the only way from it to something that
//! can be stored is a [`SlowHash`]. Nor is it looked up by what it is: the row is found by account and kind, and each look
//! takes one of its attempts *before* the hash is computed, so guesses at once are bounded too.
//!
//! A new code has new attempts. How many codes an account may ask for is a rate limit's to say.

use std::{
    fmt,
    future::Future,
    time::{Duration, SystemTime},
};

use zeroize::{Zeroize, Zeroizing};

use crate::{
    Entropy, OneTime,
    store::{AccountId, AccountStore, Change, StoreError, Versions},
};

/// Attempts at a code. Five at one of a million: one guess in 200,000 codes succeeds.
pub const MAX_ATTEMPTS: u8 = 5;

/// The longest life of a code. NIST SP 800-63B-4 section 3.1.3.2 gives out-of-band codes ten minutes.
pub const MAX_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// A code of 6 to 8 digits. Wiped on drop, redacted in `Debug`; no `Digest` can be made of it.
///
/// ```
/// use bartizan_token::{Entropy, code::Code};
///
/// let code = Code::new(6, Entropy::new([42; 32])).ok_or("6 to 8 digits")?;
/// assert_eq!(code.expose().len(), 6);
/// assert!(Code::parse("12345").is_none() && Code::parse("12345x").is_none());
/// # Ok::<(), &str>(())
/// ```
///
/// ```compile_fail,E0308
/// use bartizan_token::{Digest, Entropy, KeyId, KeyRing, Reset, code::Code};
/// let keys = KeyRing::new([(KeyId::new(1), [7; 32])]).unwrap().keys::<Reset>();
/// let code = Code::new(6, Entropy::new([42; 32])).unwrap();
/// let digest: Digest = keys.digest(&code);
/// ```
pub struct Code(Zeroizing<String>);

impl Code {
    /// A code of `digits` digits; `None` for fewer than 6 or more than 8.
    ///
    /// 128 random bits modulo at most 10^8: the first codes are likelier than the last by one in 2^101.
    pub fn new(digits: u8, entropy: Entropy) -> Option<Self> {
        if !(6..=8).contains(&digits) {
            return None;
        }
        let mut wide = [0; 16];
        wide.copy_from_slice(&entropy.bytes()[..16]);
        let value = u128::from_be_bytes(wide) % 10u128.pow(u32::from(digits));
        wide.zeroize();
        let width = usize::from(digits);
        Some(Self(Zeroizing::new(format!("{value:0width$}"))))
    }

    /// Reads what a person typed: spaces around and between the digits are dropped.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 32 {
            return None;
        }
        let mut digits = Zeroizing::new(String::with_capacity(text.len()));
        digits.extend(text.chars().filter(|char| *char != ' '));
        let whole = (6..=8).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        whole.then_some(Self(digits))
    }

    /// The digits: for the message to the person, and for a [`SlowHash`].
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(..)")
    }
}

/// A password hash such as Argon2id, with a salt of its own for each call. `bartizan_password::Pool` is one in a few lines.
pub trait SlowHash: Send + Sync {
    /// The string to store.
    fn hash(&self, code: &Code) -> impl Future<Output = Result<String, StoreError>> + Send;

    /// Whether `stored` was made of this code. "Could not check" is an error, never `false`.
    fn verify(
        &self,
        code: &Code,
        stored: &str,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// A code to keep.
#[derive(Clone)]
#[allow(clippy::exhaustive_structs, reason = "stores read it")]
pub struct NewCode {
    /// Its account.
    pub account: AccountId,
    /// [`Purpose::KIND`](crate::Purpose): with the account the key of its row.
    pub kind: u8,
    /// The slow hash.
    pub hash: String,
    /// How often it may be looked at.
    pub attempts: u8,
    /// [`Versions::link`] when it was made, if the purpose is bound to it.
    pub link_version: Option<u64>,
    /// When it can no longer be used.
    pub expires: SystemTime,
}

impl fmt::Debug for NewCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewCode({:?}, ..)", self.account)
    }
}

/// One look at a code.
#[derive(Clone)]
#[allow(clippy::exhaustive_structs, reason = "stores build it")]
pub struct Attempt {
    /// The row, for [`CodeStore::consume_code`]. A newer code has another.
    pub id: u64,
    /// The slow hash.
    pub hash: String,
    /// Attempts that are left after this one.
    pub left: u8,
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attempt({} left, ..)", self.left)
    }
}

/// Where codes live: one row for an account and kind.
pub trait CodeStore: AccountStore {
    /// Keeps a code in place of the account's older one of the same kind. `false` when the account does not exist, or is not
    /// at the code's link version any more.
    fn put_code(&self, new: NewCode) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Takes one attempt and returns the hash, in one write; `None` when there is no live code or no attempt is left.
    fn take_attempt(
        &self,
        account: AccountId,
        kind: u8,
        now: SystemTime,
    ) -> impl Future<Output = Result<Option<Attempt>, StoreError>> + Send;

    /// Takes the code away and makes `change`, in one write; `false` when somebody else was first, or it is dead.
    fn consume_code(
        &self,
        row: (AccountId, u64),
        change: Option<Change>,
        now: SystemTime,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// How a code was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "callers must match it")]
pub enum Checked {
    /// Right, and used up by this caller.
    Right,
    /// Wrong.
    Wrong {
        /// Attempts that are left.
        left: u8,
    },
    /// No code to compare with: none was made, it expired, was used, or has no attempts left. A client is told "wrong".
    None,
}

/// Hashes a code and keeps the hash, for `lifetime` or [`MAX_LIFETIME`], whichever is shorter. `false` as
/// [`CodeStore::put_code`].
///
/// # Errors
///
/// The hash or the store gave no answer.
pub async fn keep<P: OneTime, S: CodeStore>(
    (store, hasher): (&S, &impl SlowHash),
    (account, versions): (AccountId, Versions),
    code: &Code,
    lifetime: Duration,
    now: SystemTime,
) -> Result<bool, StoreError> {
    let hash = hasher.hash(code).await?;
    let new = NewCode {
        account,
        kind: P::KIND,
        hash,
        attempts: MAX_ATTEMPTS,
        link_version: P::BOUND.then_some(versions.link),
        expires: now.checked_add(lifetime.min(MAX_LIFETIME)).unwrap_or(now),
    };
    store.put_code(new).await
}

/// Takes an attempt, compares, and uses the code up if it is right.
///
/// # Errors
///
/// The hash or the store gave no answer. The attempt is spent.
pub async fn check<P: OneTime, S: CodeStore>(
    (store, hasher): (&S, &impl SlowHash),
    account: AccountId,
    code: &Code,
    change: Option<Change>,
    now: SystemTime,
) -> Result<Checked, StoreError> {
    let Some(attempt) = store.take_attempt(account, P::KIND, now).await? else {
        return Ok(Checked::None);
    };
    if !hasher.verify(code, &attempt.hash).await? {
        return Ok(Checked::Wrong { left: attempt.left });
    }
    Ok(
        match store
            .consume_code((account, attempt.id), change, now)
            .await?
        {
            true => Checked::Right,
            false => Checked::None,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_all_their_digits_and_are_read_as_people_type_them() {
        let code = Code::new(8, Entropy::new([0; 32])).unwrap();
        assert_eq!(code.expose(), "00000000");
        assert!(Code::new(5, Entropy::new([0; 32])).is_none());
        assert!(Code::new(9, Entropy::new([0; 32])).is_none());
        assert_eq!(Code::parse(" 123 456 ").unwrap().expose(), "123456");
        for bad in [
            "",
            "12345",
            "123456789",
            "12345\u{661}",
            "+12345",
            "1234-56",
        ] {
            assert!(Code::parse(bad).is_none(), "{bad}");
        }
        assert_eq!(format!("{code:?}"), "Code(..)");
    }
}
