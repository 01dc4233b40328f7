//! The event of an answer of 5xx (feature `tracing`).

use http::{HeaderValue, Method, Response, StatusCode, header};

use crate::{OperatorNote, Rejection};

/// Too busy, and said when to come back: under a flood that would be a line for each request. Whoever refuses says so himself,
/// once in a while.
fn is_shed<B>(response: &Response<B>) -> bool {
    response.status() == StatusCode::SERVICE_UNAVAILABLE
        && response.headers().contains_key(header::RETRY_AFTER)
        && response.extensions().get::<OperatorNote>().is_none()
}

/// One event for each answer of 5xx but those of overload. Texts are recorded as strings, which subscribers escape; a value
/// written through `Display` would carry line breaks into the log.
pub(crate) fn record<B>(response: &Response<B>, id: Option<&HeaderValue>, method: &Method) {
    let status = response.status();
    if !status.is_server_error() || is_shed(response) {
        return;
    }
    let note = response
        .extensions()
        .get::<OperatorNote>()
        .map(OperatorNote::as_str);
    let panicked = response.extensions().get::<Rejection>() == Some(&Rejection::Panicked);
    tracing::error!(
        target: "bartizan::problem",
        request_id = id.and_then(|id| id.to_str().ok()),
        status = status.as_u16(),
        method = method.as_str(),
        panicked,
        operator = note,
        "request failed"
    );
}
