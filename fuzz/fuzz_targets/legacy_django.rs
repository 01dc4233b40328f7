//! What Django writes: no text panics, and what is let through can be computed below the ceilings.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "legacy/mod.rs"]
mod legacy;

const MARKS: &[&str] = &[
    "pbkdf2_sha256$",
    "pbkdf2_sha1$",
    "bcrypt_sha256$$2b$04$",
    "bcrypt$$2b$",
    "scrypt$",
    "argon2$argon2id$",
    "md5$",
    "sha1$",
];

fuzz_target!(|data: &[u8]| legacy::check(MARKS, data));
