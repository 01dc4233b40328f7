//! Decides whether a text is a token that this service minted, for which purpose, what the database stores for it, and what
//! a stored token still allows.
//!
//! ```
//! use bartizan_token::{Entropy, KeyId, KeyRing, ParseErrorKind, Session};
//!
//! let ring = KeyRing::new([(KeyId::new(1), [7; 32])])?;
//! let sessions = ring.keys::<Session>();
//! let token = sessions.mint(Entropy::new([42; 32])); // `Entropy::from_os()` outside of examples
//! let stored = sessions.digest(&token); // the database keeps this, never the token
//!
//! // The client sends the text back: allowed.
//! let text = token.expose();
//! assert_eq!(sessions.digest(&sessions.parse(&text)?), stored);
//!
//! // One character off: refused, with no look-up.
//! let slip = text.replacen("bz1_s001", "bz1_s002", 1);
//! assert_eq!(sessions.parse(&slip).unwrap_err().kind(), ParseErrorKind::Checksum);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Text form
//!
//! 69 ASCII characters: `bz1_` `s` `001` `_` and 60 base62 characters.
//!
//! | part | characters | content |
//! |---|---|---|
//! | prefix | 4 | `bz1_`: the scheme and its version, for people and secret scanners |
//! | kind | 1 | the [`Purpose`], a lower-case letter |
//! | key id | 3 | [`KeyId`] in base62 |
//! | separator | 1 | `_` |
//! | secret | 43 | 32 random bytes in base62 |
//! | tag | 11 | the first 64 bits of the digest: HMAC-SHA-256 (RFC 2104) over kind, key id and secret |
//! | checksum | 6 | CRC-32 of all that stands before it |
//!
//! A scanner finds it with `bz1_[a-z][0-9A-Za-z]{3}_[0-9A-Za-z]{60}` and proves it with the checksum. The checksum stops
//! slips, not attackers: anyone can compute it. The tag stops attackers: a forged token costs one HMAC and no look-up.
//!
//! # Tokens in a store
//!
//! Each kind has a module with its rules, pure functions of `now`, and a trait that says which of its writes are one write.
//! [`store`] has what they share; [`memory`] is a store for tests and small services; `conformance` proves any other.
//!
//! | module | what it promises |
//! |---|---|
//! | [`session`] | an ended session is refused by the next look-up; a password change ends all, a rehash none |
//! | [`refresh`] | any number of uses at once make one successor; a lost answer is given again; a replay ends the family |
//! | [`one_time`] | of any number of uses at once one succeeds; a newer link kills the older; a change kills reset links |
//! | [`code`] | 6 to 8 digits are slow-hashed, never looked up, and tried five times at most |
//! | [`api`] | scopes, an end, a last use; shown once; replaced with an overlap |
//!
//! # Defaults
//!
//! | what | value | source |
//! |---|---|---|
//! | secret | 256 bits | OWASP ASVS 5.0, 7.2.3 asks for 128 |
//! | digest | HMAC-SHA-256, one subkey per purpose | RFC 2104, RFC 5869 section 2.3 |
//! | cookie | `__Host-`, `Secure`, `HttpOnly`, `SameSite=Lax`, `Path=/` | RFC 6265bis section 4.1.3 |
//! | refresh grace | 10 s, at most 60 s | a retry comes within seconds; for so long a stolen parent goes unnoticed |
//! | sessions, families, API tokens of an account | 100 each | bounds the table; the oldest session ends, a new API token is refused |
//! | code | 5 attempts, at most 10 minutes | the minutes: NIST SP 800-63B-4 section 3.1.3.2; five tries at a million codes: one in 200,000 |
//! | last use | written after 1 minute (session), 5 minutes (API token) | one write, however many requests |
//! | cookie size | at most 4,096 bytes, name, value and attributes | RFC 6265bis section 5.6 |
//!
//! # What it does not protect against
//!
//! A stolen token is as good as its owner until it expires or is ended: the store has to forget the digest. A stolen refresh
//! token is noticed when its owner comes next, not before. How many links, codes and tokens are asked for is a rate limit's
//! to say. Who holds the
//! key ring's root keys *and* the database still cannot make a token that verifies, but can forge tags that cost a look-up.
//!
//! # Features
//!
//! [`inventory`] lists the cryptography of a build. `os-rng`: [`Entropy::from_os`]. `conformance`: the suite for stores. Both off by default. MSRV 1.88.

pub mod api;
mod base62;
pub mod code;
#[cfg(feature = "conformance")]
pub mod conformance;
mod cookie;
mod digest;
mod entropy;
mod inventory;
mod key_ring;
mod keys;
mod lifetime;
pub mod memory;
pub mod one_time;
mod parse_error;
mod purpose;
pub mod refresh;
pub mod session;
pub mod store;
mod token;

pub use cookie::{Cookie, CookieError, DuplicateCookie};
pub use digest::{Digest, Lookup};
pub use entropy::Entropy;
#[cfg(feature = "os-rng")]
pub use entropy::EntropyError;
pub use inventory::{Primitive, PrimitiveKind, inventory};
pub use key_ring::{KeyId, KeyRing, KeyRingError};
pub use keys::Keys;
pub use lifetime::{Lifetime, LifetimeError, Validity};
pub use parse_error::{ParseError, ParseErrorKind};
pub use purpose::{
    Api, Confirmation, EmailChange, EmailUndo, MagicLink, OneTime, Purpose, Refresh, Reset, Session,
};
pub use token::{Token, TokenText};
