//! What the layer promises of requests one after the other.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "layer/bodies.rs"]
mod bodies;
#[path = "layer/flights.rs"]
mod flights;
#[path = "layer/hits.rs"]
mod hits;
#[path = "layer/router.rs"]
mod router;
#[path = "support/service.rs"]
mod service;
#[path = "layer/stale.rs"]
mod stale;
mod support;
#[path = "layer/who.rs"]
mod who;

use crate::support::t0;
