//! Promises that span crates, shown over real sockets. The server's tests run the built binary as its own process.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accounts;
mod api_tokens;
mod articles;
mod asvs;
mod browser;
mod emails;
mod enumeration;
mod exits;
mod graders;
mod hardening;
mod imports;
mod leaked;
mod limits;
mod nginx;
mod operators;
mod origins;
mod passwords;
mod peppers;
mod process;
mod readme;
mod redis_server;
mod refresh;
mod residue;
mod schemathesis;
mod secrets;
mod server;
mod sessions;
mod validation;
