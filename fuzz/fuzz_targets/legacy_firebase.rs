//! Firebase: no project and no row of it panics, and what is let through can be computed below the ceilings.

#![no_main]

use bartizan_password::FirebaseProject;
use libfuzzer_sys::fuzz_target;

#[path = "legacy/mod.rs"]
mod legacy;

const KEY: &str =
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==";

fuzz_target!(|input: (u32, u32, &str, &str, &str)| {
    let (rounds, memory_cost, separator, salt, hash) = input;
    if let Ok(project) = FirebaseProject::new(KEY, separator, rounds % 64, memory_cost % 64)
        && let Ok(stored) = project.read(salt, hash, &legacy::ceilings())
    {
        legacy::check_hash(stored);
    }
});
