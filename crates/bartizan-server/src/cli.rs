//! The command line.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};

/// A hardened HTTP server on embedded SQLite.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "bartizan-server",
    version,
    args_conflicts_with_subcommands = true
)]
#[non_exhaustive]
pub struct Cli {
    /// What to do; serve when there is none.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Options of `serve`.
    #[command(flatten)]
    pub serve: Serve,
}

/// What to do.
#[derive(Debug, Clone, Subcommand)]
#[non_exhaustive]
pub enum Command {
    /// Serve until SIGTERM or SIGINT.
    Serve(Serve),
    /// Say what is wrong with a configuration, or what it means.
    Check(Check),
    /// Print the API as OpenAPI 3.1.
    Openapi,
    /// Look at an account, disable it, or end its sessions; the server may be serving.
    Account(crate::commands::account::Args),
    /// Count the stored hashes by scheme and cost; the server may be serving.
    Census(crate::commands::census::Args),
    /// Make, rotate and remove the key that stored hashes are masked with.
    #[command(subcommand)]
    Pepper(crate::commands::pepper::Command),
    /// Build and try a filter of leaked passwords.
    #[command(subcommand)]
    BreachFilter(crate::commands::breach_filter::Command),
    /// Find the cost of a password hash that fits this machine.
    Calibrate(crate::commands::calibrate::Args),
    /// Print the cryptography in use as CycloneDX 1.6.
    Inventory,
}

/// Options of `serve`.
#[derive(Debug, Clone, Default, Args)]
#[non_exhaustive]
pub struct Serve {
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where clients come in, in place of `server.listen`.
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Database, keys and mail, in place of `server.data_dir`.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// Options of `check`.
#[derive(Debug, Clone, Default, Args)]
#[non_exhaustive]
pub struct Check {
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// For machines.
    #[arg(long)]
    pub json: bool,
}

/// Where a command finds the server's files.
#[derive(Debug, Clone, Default, Args)]
#[non_exhaustive]
pub struct Place {
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The folder, in place of `server.data_dir`.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}
