//! The reference server: Bartizan's crates put together, on embedded SQLite.
//!
//! A library only so that its parts can be tested and measured; it is not published.

pub mod app;
pub mod auth;
pub mod ceiling;
pub mod check;
pub mod cli;
pub mod commands;
pub mod config;
pub mod data_dir;
pub mod error;
pub mod keys;
pub mod log;
pub mod login_limits;
pub mod mail;
pub mod openapi;
mod problem_types;
pub mod reports;
mod routes;
pub mod serve;
pub mod store;

pub use problem_types::problem_types;
