//! Decides whether a password is the one that a stored hash was made from, in a constant amount of memory.
//!
//! ```
//! use bartizan_password::{Ceilings, Password, Pool, PoolConfig, StoredHash, Verdict};
//! # use std::{future::Future, pin::pin, task::{Context, Poll, Waker}};
//! # fn wait<F: Future>(future: F) -> F::Output {
//! #     let mut future = pin!(future);
//! #     loop {
//! #         match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
//! #             Poll::Ready(output) => return output,
//! #             Poll::Pending => std::thread::yield_now(),
//! #         }
//! #     }
//! # }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let pool = Pool::start(PoolConfig::default())?;
//! let hash = wait(pool.hash(Password::new("correct horse battery".into())?, None))?;
//! let column = hash.to_string(); // `$argon2id$v=19$m=19456,t=2,p=1$...`
//!
//! let stored = StoredHash::parse(&column, &Ceilings::default())?;
//! let right = Password::new("correct horse battery".into())?;
//! assert!(matches!(wait(pool.verify(right, Some(stored.clone()), None))?, Verdict::Match { .. }));
//! let wrong = Password::new("incorrect horse battery".into())?;
//! assert!(matches!(wait(pool.verify(wrong, Some(stored), None))?, Verdict::Mismatch));
//!
//! // A row that asks for 4 TiB is refused before anything is allocated.
//! let hostile = "$argon2id$v=19$m=4294967295,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA";
//! assert!(StoredHash::parse(hostile, &Ceilings::default()).is_err());
//! # Ok(())
//! # }
//! ```
//!
//! # Defaults
//!
//! | what | value | source |
//! |---|---|---|
//! | algorithm | Argon2id, version 0x13 | RFC 9106 |
//! | memory, passes, lanes | 19,456 KiB, 2, 1 | OWASP Password Storage Cheat Sheet; ASVS 5.0 11.4.2 |
//! | salt, tag | 16 bytes, 32 bytes | RFC 9106 section 3.1 |
//! | password | 1 to 1,024 bytes, as received | NIST SP 800-63B-4 3.1.1.2 asks for at least 64 characters |
//! | ceilings for a stored hash | 65,536 KiB, 10 passes, 4 lanes | three times the default's memory |
//! | workers | cores - 1, at least 1 | the last core serves everything else |
//! | queue | 64 jobs | about 4 s of waiting at 60 ms a hash |
//! | one account | 1 hash at a time, 4 may wait | a browser sends one or two; guesses at one account take no other's place |
//! | a check | at least the work of the policy, whatever the row and the answer | an account that does not exist must cost the same |
//! | pepper (feature `pepper`) | none until configured; then every row must have one | NIST SP 800-63B-4 3.1.1.2: a keyed hash with a key kept apart |
//! | new password (feature `rules`) | 15 characters, not common, not only names | NIST SP 800-63B-4 3.1.1.2; ASVS 5.0 6.2 |
//! | breach filter (feature `breach`) | 8 bits a fingerprint: 9 bits an entry, 0.39 % false alarms | Graf, Lemire: Binary Fuse Filters, 2022 |
//! | range service (feature `breach-range`) | 256 KiB an answer; time and failure: the caller says | answers of Have I Been Pwned are 40 to 70 KB |
//! | estimate (feature `strength`) | none asked for; the first 100 characters | NIST SP 800-63B-4 asks for lists and lengths |
//! | calibration (feature `calibrate`) | at most 64 MiB a hash, 32 clients, never below OWASP's floor | OWASP Password Storage Cheat Sheet |
//! | ceilings for an import (feature `legacy`) | Argon2 128 MiB, 10 passes, 16 lanes; scrypt 128 MiB; bcrypt 14; 2,000,000 rounds | above the defaults of Django 5.2 and passlib 1.7 |
//!
//! # Memory
//!
//! Each worker owns one arena. 1,000 logins at once cost what one does: workers × memory. A stored hash above the policy's
//! memory, but below the ceilings, is checked in memory of its own, which is wiped and given back.
//!
//! An arena that is not wiped gives the password away: one pass run backwards restores the first block, and each guess then
//! costs two calls of BLAKE2b and no memory. So a worker wipes its arena when the queue runs empty, after a panic, and when
//! the pool goes. Under load the next hash overwrites it anyway.
//!
//! # What it does not protect against
//!
//! Weak passwords (the rules know the common ones, a breach filter those that leaked), guessing over the network (limit the rate of logins), and someone who reads the process's memory *while*
//! a hash is computed. Switch core dumps off for a service that takes passwords. What the libraries of scrypt and
//! sha-crypt allocate is not wiped: they have no way to ask for it. A weak foreign hash is weak until its row is replaced or wrapped.
//! A row that costs more than the policy is answered later than an account that does not exist: `PoolConfig::pad_to`, and `Census`
//! to find such rows.
//!
//! # Features
//!
//! | feature | what |
//! |---|---|
//! | `rules` | `Rules` for new passwords; `Policy::with_nfkc` |
//! | `breach` | `BreachFilter`, `BreachFilterBuilder`, `Rules::breach_filter`: leaked passwords by file |
//! | `breach-range` | `BreachLookup`, `BreachRange`: leaked passwords by a service that learns 20 bits |
//! | `calibrate` | `Calibration`: the cost that takes a wanted time on this machine |
//! | `strength` | `Rules::min_strength`: an estimate by zxcvbn, whose own copies of a password are not wiped |
//! | `legacy` | `LegacyHash`, `Pool::verify_legacy`, `Pool::wrap`: hashes of other programs |
//! | `pepper` | `Peppers`, `PoolConfig::peppers`: a secret key over every row, bound to its account, rotated offline |
//!
//! None is on by default. Needs no async runtime: of tokio only the channel of `tokio::sync`. [`inventory`] lists the
//! cryptography of a build. `unsafe` is forbidden, but for the one call of `breach` that maps a file. MSRV 1.88.

#![cfg_attr(not(feature = "breach"), forbid(unsafe_code))]

mod account;
mod account_id;
mod arena;
#[cfg(feature = "breach")]
mod breach;
#[cfg(feature = "breach-range")]
mod breach_range;
#[cfg(feature = "calibrate")]
mod calibrate;
mod census;
mod check;
mod column;
mod gap;
mod inventory;
#[cfg(test)]
mod kat;
mod key_id;
#[cfg(feature = "legacy")]
mod legacy;
mod mask;
mod metrics;
mod password;
#[cfg(feature = "pepper")]
mod pepper;
mod policy;
mod pool;
mod queue;
#[cfg(test)]
mod roll_back;
#[cfg(feature = "rules")]
mod rules;
mod stored_hash;
mod unavailable;
mod worker;

pub use account::AccountPool;
pub use account_id::{AccountId, AccountIdError};
#[cfg(feature = "breach")]
pub use breach::{
    BreachFilter, BreachFilterBuilder, BreachFilterError, BreachFilterErrorKind, BreachLines,
    BreachSummary, FingerprintBits,
};
#[cfg(feature = "breach-range")]
pub use breach_range::{
    BreachLookup, BreachRange, BreachUnavailable, BreachUnavailableKind, OnFailure, RangeFuture,
};
#[cfg(feature = "calibrate")]
pub use calibrate::{
    Calibration, CalibrationError, CalibrationLimits, CalibrationProgress, Fit, Load,
};
pub use census::{Census, CensusLine};
pub use column::{Column, Unusable};
pub use inventory::{Primitive, PrimitiveKind, inventory};
pub use key_id::{PepperKeyId, PepperKeyIdError};
#[cfg(feature = "legacy")]
pub use legacy::{FirebaseProject, LegacyCeilings, LegacyHash, Scheme, Wrappable, Wrapped};
pub use metrics::{Histogram, PoolMetrics};
pub use password::{Password, PasswordError};
#[cfg(feature = "pepper")]
pub use pepper::{PepperKey, Peppers, PeppersError, PeppersFault, Rotation, RotationError};
pub use policy::{Ceilings, Cost, Policy, PolicyError};
pub use pool::{Pool, PoolConfig, Rehash, Verdict};
#[cfg(feature = "strength")]
pub use rules::{Feedback, FeedbackCode, Score};
#[cfg(feature = "rules")]
pub use rules::{Rules, RulesError, Violation, Violations};
pub use stored_hash::{StoredHash, StoredHashError};
pub use unavailable::{Unavailable, UnavailableKind};
