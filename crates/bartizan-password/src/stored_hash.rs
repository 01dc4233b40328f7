use std::fmt;

use base64ct::{Base64Unpadded, Encoding};

use crate::{Ceilings, Cost, Policy};

/// A stored Argon2id hash that is well formed and affordable: any other cannot be built.
///
/// Its text is the PHC string `$argon2id$v=19$m=M,t=T,p=P$SALT$TAG`, salt and tag in base64 without padding. With feature
/// `rules`, `,norm=nfkc` after the costs says that the password was normalised; without it such a text is malformed.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredHash {
    pub(crate) cost: Cost,
    pub(crate) salt: Bytes,
    pub(crate) tag: Bytes,
    pub(crate) nfkc: bool,
}

/// At most 64 bytes, the most of [`Ceilings`], without an allocation.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Bytes {
    bytes: [u8; 64],
    len: usize,
}

impl Bytes {
    /// `None` above 64 bytes.
    pub(crate) fn new(from: &[u8]) -> Option<Self> {
        let mut bytes = [0; 64];
        bytes.get_mut(..from.len())?.copy_from_slice(from);
        Some(Self {
            bytes,
            len: from.len(),
        })
    }

    fn decode(text: &str) -> Option<Self> {
        let mut bytes = [0; 64];
        let len = Base64Unpadded::decode(text, &mut bytes).ok()?.len();
        Some(Self { bytes, len })
    }

    /// Makes `as_slice` panic: how a test makes a worker panic.
    #[cfg(test)]
    pub(crate) fn broken() -> Self {
        Self {
            bytes: [0; 64],
            len: usize::MAX,
        }
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl StoredHash {
    /// The longest text: 64 bytes each of salt and tag, and the largest numbers.
    const MAX_TEXT: usize = 256;

    /// Reads a stored text, the cheapest check first, and allocates nothing.
    ///
    /// # Errors
    ///
    /// Another scheme or version, a malformed text, or a cost or length beyond the ceilings. All of them mean "could not
    /// check", never "wrong password": log it with the account's id and answer as for an unknown account.
    pub fn parse(text: &str, ceilings: &Ceilings) -> Result<Self, StoredHashError> {
        use StoredHashError::{Length, Malformed, TooCostly, UnknownScheme, UnknownVersion};
        if text.len() > Self::MAX_TEXT {
            return Err(Length {
                part: "text",
                bytes: text.len(),
            });
        }
        let mut parts = text.strip_prefix('$').ok_or(UnknownScheme)?.split('$');
        let mut next = |part| parts.next().ok_or(Malformed { part });
        if next("scheme")? != "argon2id" {
            return Err(UnknownScheme);
        }
        if next("version")? != "v=19" {
            return Err(UnknownVersion);
        }
        let cost = next("cost")?;
        let normal = match cfg!(feature = "rules") {
            true => cost.strip_suffix(NFKC),
            false => None,
        };
        let [memory_kib, passes, lanes] =
            numbers(normal.unwrap_or(cost)).ok_or(Malformed { part: "cost" })?;
        let (salt, tag) = (next("salt")?, next("tag")?);
        if parts.next().is_some() {
            return Err(Malformed { part: "end" });
        }
        let most = ceilings.cost;
        for (what, asked, ceiling) in [
            ("memory in KiB", memory_kib, most.memory_kib),
            ("passes", passes, most.passes),
            ("lanes", lanes, most.lanes),
        ] {
            if asked > ceiling {
                return Err(TooCostly {
                    what,
                    asked,
                    ceiling,
                });
            }
        }
        let cost = Cost::new(memory_kib, passes, lanes).map_err(|_| Malformed { part: "cost" })?;
        let salt = Bytes::decode(salt).ok_or(Malformed { part: "salt" })?;
        let tag = Bytes::decode(tag).ok_or(Malformed { part: "tag" })?;
        for (part, bytes, range) in [
            ("salt", salt.len, Ceilings::SALT_BYTES),
            ("tag", tag.len, Ceilings::TAG_BYTES),
        ] {
            if !range.contains(&bytes) {
                return Err(Length { part, bytes });
            }
        }
        Ok(Self {
            cost,
            salt,
            tag,
            nfkc: normal.is_some(),
        })
    }

    /// Whether the policy asks for a new hash: it fills more memory in all, or has a longer salt or tag.
    ///
    /// Never when that would lower the strength, so a policy that was set down by mistake weakens no stored hash.
    pub fn is_outdated(&self, policy: &Policy) -> bool {
        let work = self.cost.work();
        let short = self.tag.len < Policy::TAG_BYTES || self.salt.len < Policy::SALT_BYTES;
        work < policy.cost.work() || (short && work <= policy.cost.work())
    }

    /// What checking a password against it costs.
    pub const fn cost(&self) -> Cost {
        self.cost
    }
}

/// The mark of a normalised password.
const NFKC: &str = ",norm=nfkc";

/// `m=M,t=T,p=P`, each a decimal number without sign or leading zero.
fn numbers(text: &str) -> Option<[u32; 3]> {
    let mut numbers = [0; 3];
    let mut fields = text.split(',');
    for (number, name) in numbers.iter_mut().zip(["m=", "t=", "p="]) {
        let digits = fields.next()?.strip_prefix(name)?;
        if digits.starts_with(['+', '0']) {
            return None;
        }
        *number = digits.parse().ok()?;
    }
    fields.next().is_none().then_some(numbers)
}

impl fmt::Display for StoredHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cost {
            memory_kib,
            passes,
            lanes,
        } = self.cost;
        let salt = Base64Unpadded::encode_string(self.salt.as_slice());
        let tag = Base64Unpadded::encode_string(self.tag.as_slice());
        let normal = if self.nfkc { NFKC } else { "" };
        write!(
            f,
            "$argon2id$v=19$m={memory_kib},t={passes},p={lanes}{normal}${salt}${tag}"
        )
    }
}

/// The cost only: a hash in a log can be guessed at.
impl fmt::Debug for StoredHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoredHash({:?}, ..)", self.cost)
    }
}

/// A stored text that is no hash this service can check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoredHashError {
    /// Not Argon2id, or for an import none that is known.
    UnknownScheme,
    /// Not version 19 (0x13), or for an import none that is known.
    UnknownVersion,
    /// A part is missing or has the wrong form.
    #[non_exhaustive]
    Malformed {
        /// Which part.
        part: &'static str,
    },
    /// A part is too short to be safe or too long to be taken.
    #[non_exhaustive]
    Length {
        /// Which part.
        part: &'static str,
        /// Its bytes.
        bytes: usize,
    },
    /// Above a ceiling.
    #[non_exhaustive]
    TooCostly {
        /// Which cost.
        what: &'static str,
        /// What the text asks for.
        asked: u32,
        /// The most.
        ceiling: u32,
    },
}

impl fmt::Display for StoredHashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownScheme => f.write_str("stored hash is of an unknown scheme"),
            Self::UnknownVersion => f.write_str("stored hash is of an unknown version"),
            Self::Malformed { part } => write!(f, "stored hash with a malformed {part}"),
            Self::Length { part, bytes } => write!(f, "stored hash with a {part} of {bytes} bytes"),
            Self::TooCostly {
                what,
                asked,
                ceiling,
            } => {
                write!(
                    f,
                    "stored hash asks for {what} {asked}, ceiling is {ceiling}"
                )
            }
        }
    }
}

impl std::error::Error for StoredHashError {}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: &str = "AAECAwQFBgcICQoLDA0ODw";
    const TAG: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    fn parse(text: &str) -> Result<StoredHash, StoredHashError> {
        StoredHash::parse(text, &Ceilings::default())
    }

    #[test]
    fn a_well_formed_hash_keeps_its_text() {
        let text = format!("$argon2id$v=19$m=19456,t=2,p=1${SALT}${TAG}");
        let hash = parse(&text).unwrap();
        assert_eq!(hash.to_string(), text);
        assert!(!hash.is_outdated(&Policy::default()));
        assert!(!format!("{hash:?}").contains(&TAG[..8]));
    }

    #[test]
    fn hostile_texts_are_refused_and_say_why() {
        use StoredHashError::{Length, Malformed, TooCostly, UnknownScheme, UnknownVersion};
        let long_salt = "A".repeat(1 << 20);
        let cost = |m, t, p| format!("$argon2id$v=19$m={m},t={t},p={p}${SALT}${TAG}");
        let rest = |end: &str| format!("$argon2id$v=19$m=64,t=1,p=1${end}");
        let too_costly = |what, asked, ceiling| TooCostly {
            what,
            asked,
            ceiling,
        };
        for (text, error) in [
            (
                cost("4294967295", "2", "1"),
                too_costly("memory in KiB", u32::MAX, 65_536),
            ), // 4 TiB
            (
                cost("64", "4294967295", "1"),
                too_costly("passes", u32::MAX, 10),
            ),
            (
                cost("64", "1", "16777215"),
                too_costly("lanes", 16_777_215, 4),
            ), // 16 M threads
            (cost("4294967296", "2", "1"), Malformed { part: "cost" }),
            (cost("64", "0", "1"), Malformed { part: "cost" }),
            (cost("7", "1", "1"), Malformed { part: "cost" }),
            (cost("+64", "1", "1"), Malformed { part: "cost" }),
            (cost("064", "1", "1"), Malformed { part: "cost" }),
            (
                rest(&format!("{long_salt}${TAG}")),
                Length {
                    part: "text",
                    bytes: (1 << 20) + 72,
                },
            ),
            (
                rest(&format!("AAAA${TAG}")),
                Length {
                    part: "salt",
                    bytes: 3,
                },
            ),
            (
                rest(&format!("{SALT}$AAAAAAAA")),
                Length {
                    part: "tag",
                    bytes: 6,
                },
            ),
            (
                rest(&format!("{SALT}$")),
                Length {
                    part: "tag",
                    bytes: 0,
                },
            ),
            (rest(SALT), Malformed { part: "tag" }),
            (rest(&format!("{SALT}${TAG}$x")), Malformed { part: "end" }),
            (rest(&format!("{SALT}=${TAG}")), Malformed { part: "salt" }),
            (
                rest(&format!("{SALT}${}!", &TAG[1..])),
                Malformed { part: "tag" },
            ),
            (
                "$argon2id$v=16$m=64,t=1,p=1$".to_owned() + SALT,
                UnknownVersion,
            ),
            (
                "$argon2i$v=19$m=64,t=1,p=1$".to_owned() + SALT,
                UnknownScheme,
            ),
            ("$2b$12$abcdefghijklmnopqrstuv".to_owned(), UnknownScheme),
            (String::new(), UnknownScheme),
            ("$".to_owned(), UnknownScheme),
        ] {
            assert_eq!(parse(&text), Err(error), "{:.80}", text);
        }
    }

    #[test]
    fn a_rehash_is_asked_for_only_when_it_strengthens() {
        let outdated = |m: u32, t: u32, tag: &str| {
            let text = format!("$argon2id$v=19$m={m},t={t},p=1${SALT}${tag}");
            parse(&text).unwrap().is_outdated(&Policy::default())
        };
        assert!(outdated(19_455, 2, TAG));
        assert!(outdated(19_456, 1, TAG));
        assert!(!outdated(47_104, 1, TAG)); // more work than 19 MiB twice
        assert!(!outdated(65_536, 3, TAG));
        assert!(outdated(19_456, 2, SALT)); // a 16-byte tag
    }
}
