//! `userPassword` of LDAP: no text panics, and what is let through can be computed below the ceilings.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "legacy/mod.rs"]
mod legacy;

const MARKS: &[&str] = &[
    "{SSHA}",
    "{SSHA256}",
    "{SSHA512}",
    "{PBKDF2-SHA512}",
    "{CRYPT}$6$",
    "{CRYPT}",
    "{",
];

fuzz_target!(|data: &[u8]| legacy::check(MARKS, data));
