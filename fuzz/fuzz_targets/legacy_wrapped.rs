//! What `Wrapped` writes: no text panics, and what is let through can be computed below the ceilings.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "legacy/mod.rs"]
mod legacy;

const MARKS: &[&str] = &["$argon2id-wrap$", "$argon2id-wrap$v=19$m=64,t=1,p=1$"];

fuzz_target!(|data: &[u8]| legacy::check(MARKS, data));
