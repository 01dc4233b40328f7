//! pbkdf2: no text panics, and what is let through can be computed below the ceilings.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "legacy/mod.rs"]
mod legacy;

const MARKS: &[&str] = &[
    "$pbkdf2$",
    "$pbkdf2-sha1$",
    "$pbkdf2-sha256$",
    "$pbkdf2-sha512$",
    "$pbkdf2-sha256$i=",
    "$pbkdf2",
];

fuzz_target!(|data: &[u8]| legacy::check(MARKS, data));
