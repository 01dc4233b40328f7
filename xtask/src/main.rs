//! Developer commands of Bartizan: `cargo xtask test`, `cargo xtask ci`, `cargo xtask compare`, `cargo xtask enumeration`.
//!
//! The commands only call cargo and the tools named in CONTRIBUTING.md, so each step can be repeated by hand: every command
//! line is printed before it runs.

mod asvs;
mod ci;
mod compare;
mod features;
mod house;
mod npm;
mod pip;
mod run;
mod steps;
mod test;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask <command>

  test [--core]             run every test; --core needs nothing but cargo
  ci                        run every check that a change must pass
  compare [AREA] [--json]   measure ours and the rivals in one run
                            areas: password, breach, token, ratelimit, headers, client-ip, edge, store, validate, problem
  enumeration [--json]      measure whether answers tell which accounts exist, and what a flood of logins does
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["test"] => test::run(test::Scope::Full),
        ["test", "--core"] => test::run(test::Scope::Core),
        ["ci"] => ci::run(),
        ["compare", rest @ ..] => match compare::Request::parse(rest) {
            Some(request) => compare::run(&request),
            None => return usage(),
        },
        ["enumeration"] => compare::enumeration(false),
        ["enumeration", "--json"] => compare::enumeration(true),
        ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => return usage(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("xtask: {reason}");
            ExitCode::FAILURE
        }
    }
}

/// Two, as shells and clap do, tells a mistyped command from a failed one.
fn usage() -> ExitCode {
    eprint!("{USAGE}");
    ExitCode::from(2)
}
