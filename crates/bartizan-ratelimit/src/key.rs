//! What is counted: 128 bits of a keyed hash.

use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    net::IpAddr,
};

use siphasher::sip128::SipHasher13;
use smallvec::SmallVec;

/// What is counted under one limit: 128 bits of SipHash-1-3, keyed by a [`Secret`] and the limit's name.
///
/// Nothing of the caller is kept, and without the secret nobody can choose an address or a name whose key falls on another's
/// cell. At full load two callers of one limit share a key with a probability of 2^-63 for each cell that is compared: below
/// 10^-18 a check.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    // two halves rather than one number, which would make everything that holds a key 16 bytes longer
    upper: u64,
    lower: u64,
}

impl Key {
    /// The key of this value, which must be a keyed hash already.
    #[must_use]
    pub const fn from_u128(hash: u128) -> Self {
        Self {
            upper: (hash >> 64) as u64,
            lower: hash as u64,
        }
    }

    /// Its 128 bits.
    #[must_use]
    pub const fn as_u128(self) -> u128 {
        (self.upper as u128) << 64 | self.lower as u128
    }

    /// The half that chooses a bucket of so many: scaled, so that any number will do.
    pub(crate) const fn scaled(self, buckets: usize) -> usize {
        // below the number of buckets, so it fits
        ((self.upper as u128 * buckets as u128) >> 64) as usize
    }

    /// The half that tells keys of one bucket apart.
    pub(crate) const fn lower(self) -> u64 {
        self.lower
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({:032x})", self.as_u128())
    }
}

/// What keys are made with: 128 bits that no client may know. Its `Debug` shows nothing.
#[derive(Clone)]
pub struct Secret([u8; 16]);

impl Secret {
    /// A secret of these bytes: one that all instances share, when they share a store.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// A secret of this process alone. The standard library keys its hasher with randomness of the operating system.
    #[must_use]
    pub fn random() -> Self {
        let random = RandomState::new();
        let (low, high) = (random.hash_one(0_u8), random.hash_one(1_u8));
        Self((u128::from(high) << 64 | u128::from(low)).to_le_bytes())
    }

    pub(crate) const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Makes the keys of one limit. The limit's name is part of the hash, so two limits never share a cell.
#[derive(Clone)]
pub struct Keyer {
    hasher: SipHasher13,
}

impl Keyer {
    /// A maker of keys for the limit of this name.
    #[must_use]
    pub fn new(secret: &Secret, limit: &str) -> Self {
        let own = SipHasher13::new_with_key(secret.bytes()).hash(limit.as_bytes());
        Self {
            hasher: SipHasher13::new_with_key(&own.as_bytes()),
        }
    }

    /// The key of an address, or of a prefix of it that [`prefix`] has cut.
    #[must_use]
    #[inline]
    pub fn address(&self, address: IpAddr) -> Key {
        // The same text as that of `parts`, without a buffer that could grow: this is most limits' way.
        let hash = match address.to_canonical() {
            IpAddr::V4(address) => {
                let [a, b, c, d] = address.octets();
                self.hasher.hash(&[V4, a, b, c, d])
            }
            IpAddr::V6(address) => {
                let mut text = [V6; 17];
                text[1..].copy_from_slice(&address.octets());
                self.hasher.hash(&text)
            }
        };
        Key::from_u128(hash.into())
    }

    /// The key of several parts together. Lists that differ in any part, its kind, its length or the order have different
    /// texts under the hash.
    #[must_use]
    pub fn parts(&self, parts: &[KeyPart<'_>]) -> Key {
        if let [KeyPart::Address(address)] = parts {
            return self.address(*address);
        }
        let mut text = SmallVec::<[u8; 64]>::new();
        for part in parts {
            part.write(&mut text);
        }
        Key::from_u128(self.hasher.hash(&text).into())
    }
}

impl fmt::Debug for Keyer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyer(..)")
    }
}

/// What the text of a part begins with.
const V4: u8 = 4;
const V6: u8 = 6;

/// One part of what is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyPart<'a> {
    /// An address or prefix; IPv4 and IPv4 mapped into IPv6 are the same.
    Address(IpAddr),
    /// A number, as an account's.
    Number(u64),
    /// A text, as a name or a route.
    Bytes(&'a [u8]),
}

impl KeyPart<'_> {
    fn write(self, text: &mut SmallVec<[u8; 64]>) {
        match self {
            Self::Address(address) => match address.to_canonical() {
                IpAddr::V4(address) => {
                    text.push(V4);
                    text.extend_from_slice(&address.octets());
                }
                IpAddr::V6(address) => {
                    text.push(V6);
                    text.extend_from_slice(&address.octets());
                }
            },
            Self::Number(number) => {
                text.push(1);
                text.extend_from_slice(&number.to_le_bytes());
            }
            Self::Bytes(bytes) => {
                // The length stands before the bytes, or `a` + `bc` would be `ab` + `c`.
                text.push(2);
                text.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
                text.extend_from_slice(bytes);
            }
        }
    }
}

/// The address with all but its first `v6_bits` bits cut off; IPv4 mapped into IPv6 becomes IPv4, which is kept whole.
///
/// ```
/// use bartizan_ratelimit::prefix;
/// assert_eq!(prefix("2001:db8:1:2:3::4".parse()?, 64), "2001:db8:1:2::".parse::<std::net::IpAddr>()?);
/// assert_eq!(prefix("::ffff:192.0.2.7".parse()?, 64), "192.0.2.7".parse::<std::net::IpAddr>()?);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[must_use]
pub fn prefix(address: IpAddr, v6_bits: u8) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let rest = 128_u32.saturating_sub(u32::from(v6_bits));
            let mask = u128::MAX.checked_shl(rest).unwrap_or(0);
            IpAddr::V6((u128::from(address) & mask).into())
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_limits_name_and_the_secret_are_in_the_key() {
        let secret = Secret::from_bytes([7; 16]);
        let key = |secret: &Secret, name| Keyer::new(secret, name).address(ip("192.0.2.7"));
        assert_eq!(key(&secret, "a"), key(&secret, "a"));
        assert_ne!(key(&secret, "a"), key(&secret, "b"));
        assert_ne!(key(&secret, "a"), key(&Secret::random(), "a"));
        assert!(!format!("{secret:?} {:?}", Keyer::new(&secret, "a")).contains('7'));
    }

    #[test]
    fn parts_cannot_be_shifted_into_each_other() {
        use KeyPart::{Address, Bytes, Number};
        let keyer = Keyer::new(&Secret::random(), "x");
        let number = u64::from_le_bytes(*b"abcdefgh");
        let lists: [&[KeyPart<'_>]; 9] = [
            &[],
            &[Bytes(b"")],
            &[Bytes(b"a"), Bytes(b"bc")],
            &[Bytes(b"ab"), Bytes(b"c")],
            &[Bytes(b"abc")],
            &[Bytes(b"abcdefgh")],
            &[Number(number)],
            &[Address(ip("97.98.99.100"))],
            &[Address(ip("6162:6364:6566:6768::"))],
        ];
        let keys: std::collections::HashSet<_> =
            lists.iter().map(|parts| keyer.parts(parts)).collect();
        assert_eq!(keys.len(), lists.len());
        for address in ["192.0.2.7", "2001:db8::7"] {
            let mut text = SmallVec::new();
            Address(ip(address)).write(&mut text);
            assert_eq!(
                keyer.address(ip(address)),
                Key::from_u128(keyer.hasher.hash(&text).into())
            );
        }
        assert_eq!(
            keyer.address(ip("::ffff:192.0.2.7")),
            keyer.address(ip("192.0.2.7"))
        );
    }

    #[test]
    fn a_prefix_is_cut_at_any_bit() {
        let address = ip("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff");
        assert_eq!(prefix(address, 48), ip("2001:db8:ffff::"));
        assert_eq!(prefix(address, 128), address);
        assert_eq!(prefix(address, 200), address);
        assert_eq!(prefix(address, 0), ip("::"));
    }
}
