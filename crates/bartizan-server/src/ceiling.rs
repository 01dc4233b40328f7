//! The most requests a second from all clients together: tower-governor with one key, so that nothing grows and no address is
//! asked for.
//!
//! It stands inside the limits by address: what they refuse does not use it up, or one address could empty it for all.

use std::{error::Error, num::NonZeroU32, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use tower_governor::{
    GovernorError, GovernorLayer, governor::GovernorConfigBuilder,
    key_extractor::GlobalKeyExtractor,
};

/// Puts the ceiling around a router.
///
/// # Errors
///
/// A rate above one request a nanosecond.
pub fn under<S: Clone + Send + Sync + 'static>(
    router: Router<S>,
    per_second: NonZeroU32,
) -> Result<Router<S>, Box<dyn Error>> {
    let config = GovernorConfigBuilder::default()
        .period(Duration::from_secs(1) / per_second.get())
        .burst_size(per_second.get())
        .key_extractor(GlobalKeyExtractor)
        .finish()
        .ok_or("server.max_requests_per_second is too high")?;
    let layer = GovernorLayer::new(Arc::new(config)).error_handler(|_: GovernorError| refusal());
    Ok(router.layer(layer))
}

/// 503: the server as a whole has too much to do, and the caller may have done nothing wrong. The layers outside make a problem
/// of it, with all fields.
fn refusal() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let fields = response.headers_mut();
    fields.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}
