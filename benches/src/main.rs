//! Measures ours and the rivals alternately in one run and prints a row for each comparison.
//!
//! `cargo xtask compare [AREA] [--json]` builds and starts it; docs/compare.md says what each row measures.

mod breach;
mod client_ip;
mod cors;
mod csrf;
mod edge;
mod enumeration;
mod harness;
mod headers;
mod machine;
mod password;
mod password_import;
mod password_memory;
mod pepper;
mod problem;
mod ratelimit;
mod ratelimit_redis;
mod row;
mod socket;
mod store;
mod store_sessions;
mod token;
mod validate;
mod validate_rules;

use std::process::ExitCode;

use harness::Outcome;
use row::Row;

/// An area's name and what measures it.
type Area = (&'static str, fn() -> Outcome<Vec<Row>>);

const AREAS: [Area; 10] = [
    ("password", password::rows),
    ("breach", breach::rows),
    ("token", token::rows),
    ("ratelimit", ratelimit::rows),
    ("headers", headers::rows),
    ("client-ip", client_ip::rows),
    ("edge", edge::rows),
    ("store", store::rows),
    ("validate", validate::rows),
    // last: its log and its panic hook are the process's
    ("problem", problem::rows),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        // Peak memory is a process's; each side gets a process of its own.
        [password_memory::CHILD, side, hash, logins] => password_memory::child(side, hash, logins),
        [ratelimit::CHILD, side, keys] => ratelimit::child(side, keys),
        [enumeration::COMMAND, rest @ ..] => enumeration::run(rest),
        _ => compare(&words),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("compare: {error}");
            ExitCode::FAILURE
        }
    }
}

fn compare(words: &[&str]) -> Outcome<()> {
    let json = words.contains(&"--json");
    let wanted: Vec<&str> = words.iter().copied().filter(|w| *w != "--json").collect();
    let known = |word: &&str| AREAS.iter().any(|(name, _)| name == word);
    if wanted.len() > 1 || !wanted.iter().all(known) {
        let names: Vec<_> = AREAS.iter().map(|(name, _)| *name).collect();
        return Err(format!("expected [AREA] [--json], AREA one of {}", names.join(", ")).into());
    }
    let mut rows = Vec::new();
    for (name, measure) in AREAS {
        if wanted.is_empty() || wanted.contains(&name) {
            eprintln!("measuring {name}");
            rows.extend(measure()?);
        }
    }
    if json {
        println!("{:#}", row::json(&machine::describe()?, &rows));
    } else {
        println!("{}\n\n{}", machine::describe()?, row::table(&rows));
    }
    Ok(())
}
