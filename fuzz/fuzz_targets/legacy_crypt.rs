//! md5-crypt and sha-crypt: no text panics, and what is let through can be computed below the ceilings.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "legacy/mod.rs"]
mod legacy;

const MARKS: &[&str] = &["$1$", "$apr1$", "$5$", "$6$", "$5$rounds=", "$6$rounds="];

fuzz_target!(|data: &[u8]| legacy::check(MARKS, data));
