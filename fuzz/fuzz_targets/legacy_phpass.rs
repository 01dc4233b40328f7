//! phpass: no text panics, and what is let through can be computed below the ceilings.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "legacy/mod.rs"]
mod legacy;

const MARKS: &[&str] = &["$P$", "$H$", "$P$7"];

fuzz_target!(|data: &[u8]| legacy::check(MARKS, data));
