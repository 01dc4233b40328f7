//! The `bartizan-server` program: reads the command line and runs what it asks for.

use std::{alloc::System, process::ExitCode};

use bartizan_server::{
    check,
    cli::{Cli, Command},
    commands::{account, breach_filter, calibrate, census, inventory, pepper},
    openapi, serve,
};
use clap::Parser;
use zeroizing_alloc::ZeroAlloc;

/// Overwrites what is freed: passwords and tokens pass through buffers of the HTTP library, of the JSON reader and of the mail
/// that nobody else wipes, and a core dump, a swapped page or a read beyond a buffer would show them.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

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
