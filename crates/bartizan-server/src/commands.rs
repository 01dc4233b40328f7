//! Commands that serve nobody: each does one thing and ends.

pub mod account;
pub mod breach_filter;
pub mod calibrate;
pub mod census;
pub mod inventory;
pub mod pepper;
mod progress;

use std::{error::Error, fmt::Display, io::Write, process::ExitCode};

use crate::{
    cli,
    config::{self, Config},
};

/// The configuration of the server that a command is about, with the folder that was named beside it.
fn configuration(place: &cli::Place) -> Result<Config, Box<dyn Error>> {
    let mut config = config::load(place.config.as_deref(), config::environment())?.config;
    if let Some(data) = &place.data {
        config.server.data_dir.clone_from(data);
    }
    Ok(config)
}

/// Prints an answer.
fn print(text: impl Display) -> ExitCode {
    // A closed pipe is the reader's wish.
    drop(writeln!(std::io::stdout(), "{text}"));
    ExitCode::SUCCESS
}

/// Prints a failure, with its causes.
fn fail(error: &dyn Error) -> ExitCode {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    drop(writeln!(std::io::stderr(), "bartizan-server: {text}"));
    ExitCode::FAILURE
}
