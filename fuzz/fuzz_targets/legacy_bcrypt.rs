//! bcrypt: no text panics, and what is let through can be computed below the ceilings.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "legacy/mod.rs"]
mod legacy;

const MARKS: &[&str] = &[
    "$2a$",
    "$2b$",
    "$2x$",
    "$2y$",
    "$2b$04$",
    "$wp$2y$",
    "$bcrypt-sha256$v=2,t=2b,r=",
    "$bcrypt-sha256$",
];

fuzz_target!(|data: &[u8]| legacy::check(MARKS, data));
