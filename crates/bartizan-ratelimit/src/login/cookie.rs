//! Signed device cookies.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use super::Device;

/// What is signed begins with this, so that no other use of the key gives a valid cookie.
const PURPOSE: &[u8] = b"bartizan-ratelimit/device/1";
const VERSION: u8 = 1;
/// Version, nonce, expiry in seconds since 1970, and the tag.
const BYTES: usize = 1 + 16 + 8 + 32;
/// base64 of that, without padding: 57 bytes are 19 groups exactly.
const CHARS: usize = BYTES / 3 * 4;

/// Half a year: a device in use gets a new cookie at each login.
const LIFETIME: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// Signs and checks the cookie by which a device is known again (OWASP, "Slow Down Online Guessing Attacks with Device
/// Cookies").
///
/// The text has 76 characters of the URL-safe base64 alphabet: a version, a nonce, when it expires, and an HMAC-SHA-256 over
/// these and the account. It holds no name and logs nobody in; all it gives is a limit of its own. Send it as a cookie with
/// `Secure`, `HttpOnly`, `SameSite=Lax` and the `__Host-` prefix after *every* successful login, with a fresh nonce.
///
/// Nothing is stored, so one cookie cannot be withdrawn alone. To withdraw all of an account, sign a counter together with its
/// name, in `account`, and count up when the password is changed.
///
/// ```
/// use bartizan_ratelimit::DeviceKeys;
/// use std::time::{Duration, SystemTime};
///
/// let keys = DeviceKeys::new([7; 32]); // from a file, of a cryptographic generator
/// let now = SystemTime::now();
/// let text = keys.issue(b"alice", [1; 16], now); // a nonce of the same generator
///
/// assert!(keys.verify(b"alice", &text, now).is_some());
/// assert!(keys.verify(b"bob", &text, now).is_none());
/// assert!(keys.verify(b"alice", &text, now + Duration::from_secs(181 * 86_400)).is_none());
/// ```
pub struct DeviceKeys {
    /// The first signs, all verify.
    keys: Vec<Hmac<Sha256>>,
    lifetime: Duration,
}

impl DeviceKeys {
    /// Keys of one secret: 32 bytes of a cryptographic generator, the same in all instances.
    #[must_use]
    pub fn new(secret: [u8; 32]) -> Self {
        Self {
            keys: vec![keyed(&Zeroizing::new(secret))],
            lifetime: LIFETIME,
        }
    }

    /// The same and an older secret, which still verifies and never signs. Leave it out when the lifetime has passed.
    #[must_use]
    pub fn with_older(mut self, secret: [u8; 32]) -> Self {
        self.keys.push(keyed(&Zeroizing::new(secret)));
        self
    }

    /// The same with another lifetime than 180 days; below a second it is none.
    #[must_use]
    pub const fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// How long a cookie is good for: its `Max-Age`.
    #[must_use]
    pub const fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// The cookie's value, for the account that has logged in just now. `nonce` is fresh from a cryptographic generator.
    #[must_use]
    pub fn issue(&self, account: &[u8], nonce: [u8; 16], now: SystemTime) -> String {
        let expiry = seconds(now).saturating_add(self.lifetime.as_secs());
        let mut bytes = [0; BYTES];
        let (head, tag) = bytes.split_at_mut(BYTES - 32);
        head[0] = VERSION;
        head[1..17].copy_from_slice(&nonce);
        head[17..].copy_from_slice(&expiry.to_le_bytes());
        // `new` made the first, and none is ever taken away
        if let Some(newest) = self.keys.first() {
            tag.copy_from_slice(&sign(newest, account, head));
        }
        Base64UrlUnpadded::encode_string(&bytes)
    }

    /// The device of this account that the text was issued to; `None` for any other text, account or time.
    #[must_use]
    pub fn verify(&self, account: &[u8], text: &str, now: SystemTime) -> Option<Device> {
        let mut bytes = [0; BYTES];
        if text.len() != CHARS {
            return None;
        }
        Base64UrlUnpadded::decode(text, &mut bytes).ok()?;
        let (head, tag) = bytes.split_at(BYTES - 32);
        let (version, rest) = head.split_first()?;
        let (nonce, rest) = rest.split_first_chunk::<16>()?;
        let expiry = u64::from_le_bytes(rest.try_into().ok()?);
        // Every key is tried, and every byte compared: the time tells nothing but how many keys there are.
        let signed = self.keys.iter().fold(Choice::from(0), |signed, key| {
            signed | sign(key, account, head).ct_eq(tag)
        });
        (bool::from(signed) && *version == VERSION && seconds(now) < expiry)
            .then(|| Device::recognised(account, *nonce))
    }
}

fn seconds(now: SystemTime) -> u64 {
    let since = now.duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}

fn sign(key: &Hmac<Sha256>, account: &[u8], head: &[u8]) -> [u8; 32] {
    let mut mac = key.clone();
    mac.update(PURPOSE);
    // The length stands before the name, or a longer name could take bytes of the nonce for its own.
    mac.update(&(account.len() as u64).to_le_bytes());
    mac.update(account);
    mac.update(head);
    mac.finalize().into_bytes().into()
}

/// RFC 2104, section 2: a key shorter than the block is padded with zeros, so none is refused here.
fn keyed(secret: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(secret);
    Hmac::new((&*block).into())
}

/// No key.
impl fmt::Debug for DeviceKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceKeys")
            .field("keys", &self.keys.len())
            .field("lifetime", &self.lifetime)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: [u8; 16] = *b"sixteen bytes ok";

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
    }

    #[test]
    fn it_is_good_for_its_account_until_it_expires() {
        let keys = DeviceKeys::new([1; 32]).with_lifetime(Duration::from_secs(60));
        let text = keys.issue(b"alice", NONCE, now());
        let device = keys.verify(b"alice", &text, now()).unwrap();
        assert_eq!((device.account(), device.id()), (&b"alice"[..], &NONCE));
        let later = |secs| keys.verify(b"alice", &text, now() + Duration::from_secs(secs));
        assert!(later(59).is_some());
        assert!(later(60).is_none());
        for other in [&b"Alice"[..], b"alic", b"alice\0", b""] {
            assert!(keys.verify(other, &text, now()).is_none());
        }
    }

    #[test]
    fn the_newest_key_signs_and_older_ones_verify() {
        let old = DeviceKeys::new([1; 32]);
        let new = DeviceKeys::new([2; 32]).with_older([1; 32]);
        let verifies = |keys: &DeviceKeys, text: &str| keys.verify(b"a", text, now()).is_some();
        let (by_old, by_new) = (old.issue(b"a", NONCE, now()), new.issue(b"a", NONCE, now()));
        assert!(verifies(&new, &by_old) && verifies(&new, &by_new));
        assert!(!verifies(&old, &by_new));
        assert!(!verifies(&DeviceKeys::new([2; 32]), &by_old));
    }

    #[test]
    fn every_other_text_is_none() {
        let keys = DeviceKeys::new([1; 32]);
        let text = keys.issue(b"alice", NONCE, now());
        assert_eq!(text.len(), 76);
        assert!(
            text.bytes()
                .all(|c| c.is_ascii_alphanumeric() || b"-_".contains(&c))
        );
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            for other in [b'A', b'B', b'=', b' ', b'+', 0, 0x7f] {
                if changed[at] != other {
                    changed[at] = other;
                    let changed = String::from_utf8(changed.clone()).unwrap();
                    assert!(
                        keys.verify(b"alice", &changed, now()).is_none(),
                        "{changed:?}"
                    );
                }
            }
            assert!(keys.verify(b"alice", &text[..at], now()).is_none());
        }
        for hostile in [
            "",
            "=",
            &"A".repeat(76),
            &"A".repeat(100_000),
            &"é".repeat(38),
        ] {
            assert!(keys.verify(b"alice", hostile, now()).is_none());
        }
    }

    #[test]
    fn another_implementation_makes_the_same_text() {
        // python3: base64.urlsafe_b64encode(h + hmac.new(bytes(32), b"bartizan-ratelimit/device/1" +
        // struct.pack("<Q", 5) + b"alice" + h, "sha256").digest()), h = b"\1" + nonce + struct.pack("<Q", 1715552000)
        let text = DeviceKeys::new([0; 32]).issue(b"alice", NONCE, now());
        assert_eq!(
            text,
            "AXNpeHRlZW4gYnl0ZXMgb2sAP0FmAAAAAJQTKSgJNZxtfgm1XkjyswHSL_vF6fi25VjwfClesXOJ"
        );
    }

    #[test]
    fn a_clock_before_1970_does_not_panic() {
        let keys = DeviceKeys::new([1; 32]).with_lifetime(Duration::MAX);
        let before = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
        let text = keys.issue(b"alice", NONCE, before);
        assert!(keys.verify(b"alice", &text, before).is_some());
    }

    #[test]
    fn nothing_shows_a_key_or_a_device() {
        let keys = DeviceKeys::new([0x5a; 32]);
        let device = Device::recognised(b"alice", NONCE);
        let shown = format!("{keys:?} {device:?}");
        assert_eq!(
            shown,
            "DeviceKeys { keys: 1, lifetime: 15552000s } Device(..)"
        );
    }
}
