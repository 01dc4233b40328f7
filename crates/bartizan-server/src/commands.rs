//! Commands that serve nobody: each does one thing and ends.

pub mod breach_filter;
pub mod calibrate;
pub mod inventory;
mod progress;

use std::{fmt::Display, io::Write, process::ExitCode};

/// Prints an answer.
fn print(text: impl Display) -> ExitCode {
    // A closed pipe is the reader's wish.
    drop(writeln!(std::io::stdout(), "{text}"));
    ExitCode::SUCCESS
}

/// Prints a failure, with its causes.
fn fail(error: &dyn std::error::Error) -> ExitCode {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    drop(writeln!(std::io::stderr(), "error: {text}"));
    ExitCode::FAILURE
}
