//! The most requests a second from all clients together: tower-governor, outermost.
//!
//! One key for everybody, so nothing grows and no address is asked for. What it refuses passes no other layer, so its answer is
//! made here in full, with the security fields.

use std::{error::Error, num::NonZeroU32, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use bartizan::problem::{MEDIA_TYPE, Problem};
use bartizan_headers::Policy;
use tower_governor::{
    GovernorError, GovernorLayer, governor::GovernorConfigBuilder,
    key_extractor::GlobalKeyExtractor,
};

/// Puts the ceiling around a router.
///
/// # Errors
///
/// A rate above one request a nanosecond.
pub fn under(
    router: Router,
    per_second: NonZeroU32,
    headers: &Policy,
) -> Result<Router, Box<dyn Error>> {
    let config = GovernorConfigBuilder::default()
        .period(Duration::from_secs(1) / per_second.get())
        .burst_size(per_second.get())
        .key_extractor(GlobalKeyExtractor)
        .finish()
        .ok_or("server.max_requests_per_second is too high")?;
    let refusal = refusal(headers);
    let layer = GovernorLayer::new(Arc::new(config)).error_handler(move |_: GovernorError| {
        let mut response = Response::new(Body::from(refusal.body().clone()));
        *response.status_mut() = refusal.status();
        *response.headers_mut() = refusal.headers().clone();
        response
    });
    Ok(router.layer(layer))
}

/// 503: the server as a whole has too much to do, and the caller may have done nothing wrong.
fn refusal(headers: &Policy) -> Response<axum::body::Bytes> {
    let problem =
        Problem::new(StatusCode::SERVICE_UNAVAILABLE).with_detail("too busy now; try again later");
    let mut response = Response::new(problem.to_json());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    fields.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Whether the connection is HTTPS is found out further inside; the field would be ignored over plain HTTP.
    headers.apply(&mut response, false);
    response
}
