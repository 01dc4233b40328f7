//! The event of an answer of 5xx (feature `tracing`).

use http::{HeaderValue, Method, Response};

use crate::{OperatorNote, Rejection};

/// One event for each answer of 5xx. Texts are recorded as strings, which subscribers escape; a value written through
/// `Display` would carry line breaks into the log.
pub(crate) fn record<B>(response: &Response<B>, id: Option<&HeaderValue>, method: &Method) {
    let status = response.status();
    if !status.is_server_error() {
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
