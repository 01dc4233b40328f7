//! The shared store against a real server: `redis-server` has to be installed (Debian's package `redis-server`).

#![allow(missing_docs)]

mod redis_server;
