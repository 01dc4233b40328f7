//! The `bartizan-server` program: reads the command line and runs what it asks for.

use std::process::ExitCode;

use bartizan_server::{
    check,
    cli::{Cli, Command},
    commands::{account, breach_filter, calibrate, census, inventory, pepper},
    openapi, serve,
};
use clap::Parser;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match &cli.command {
        None => serve::run(&cli.serve),
        Some(Command::Serve(args)) => serve::run(args),
        Some(Command::Check(args)) => check::run(args),
        Some(Command::Openapi) => openapi::run(),
        Some(Command::Account(args)) => account::run(args),
        Some(Command::Census(args)) => census::run(args),
        Some(Command::Pepper(command)) => pepper::run(command),
        Some(Command::BreachFilter(command)) => breach_filter::run(command),
        Some(Command::Calibrate(args)) => calibrate::run(args),
        Some(Command::Inventory) => inventory::run(),
        Some(_) => ExitCode::from(2),
    }
}
