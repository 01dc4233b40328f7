//! The shared store against a real server: `redis-server` has to be installed (Debian's package `redis-server`).

#![expect(
    clippy::unwrap_used,
    reason = "functions of tests are tests, which clippy does not know"
)]

mod redis_server;
