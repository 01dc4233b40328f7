//! A secret key over the tag of a row, beside the password: docs/pepper.md has the construction and its argument.
//!
//! What is stored is the tag, masked with a pad that only the holder of the key can compute and that belongs to one account
//! and one salt. So a dump of the table alone is not worth guessing at; a row that was copied to another account matches
//! nothing there; and all rows move to another key in one night, without anybody's password.

mod error;
mod file;
mod key;
mod ring;
mod rotation;
#[cfg(test)]
mod tests;

pub use error::{PeppersError, PeppersFault};
pub use key::PepperKey;
pub use ring::Peppers;
pub use rotation::{Rotation, RotationError};
