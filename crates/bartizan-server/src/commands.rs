//! What the program does beside serving.

pub mod account;

use std::{error::Error, path::PathBuf, process::ExitCode};

use crate::{cli, config};

/// The folder of the server that a command is about.
fn data_dir(place: &cli::Place) -> Result<PathBuf, Box<dyn Error>> {
    match &place.data {
        Some(data) => Ok(data.clone()),
        None => {
            let loaded = config::load(place.config.as_deref(), config::environment())?;
            Ok(loaded.config.server.data_dir)
        }
    }
}

/// Any failure is one line on stderr and exit code 1.
fn exit(outcome: Result<(), Box<dyn Error>>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bartizan-server: {error}");
            ExitCode::FAILURE
        }
    }
}
