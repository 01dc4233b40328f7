//! The events of answers and bodies that fail (feature `tracing`).

use std::error::Error;

use http::{Response, StatusCode, header};
use tracing::Level;

use crate::{
    OperatorNote, Rejection,
    caught::Seen,
    security::{Bucket, seconds},
    watch::About,
};

/// Answers of 4xx a second that have a line of their own.
const MOST_REFUSALS: u64 = 10;
static REFUSALS: Bucket = Bucket::new();

/// Whether anybody hears of failures.
pub(crate) fn is_heard() -> bool {
    tracing::enabled!(target: "bartizan::problem", Level::ERROR)
}

/// The level of an answer, by its cause: the server's fault is an error, the client's is not, and that a client went away
/// (499, as proxies call it) is for who looks closely.
#[must_use]
pub fn level_of(status: StatusCode) -> Level {
    match status.as_u16() {
        500.. => Level::ERROR,
        499 => Level::DEBUG,
        400.. => Level::INFO,
        _ => Level::DEBUG,
    }
}

/// Too busy, and said when to come back: under a flood that would be a line for each request. Whoever refuses says so himself,
/// once in a while.
fn is_shed<B>(response: &Response<B>) -> bool {
    response.status() == StatusCode::SERVICE_UNAVAILABLE
        && response.headers().contains_key(header::RETRY_AFTER)
        && response.extensions().get::<OperatorNote>().is_none()
}

/// One event for each answer of 5xx but those of overload, ten a second for those of 4xx. Texts are recorded as strings, which
/// subscribers escape; a value written through `Display` would carry line breaks into the log.
pub(crate) fn record<B>(response: &Response<B>, about: &About) {
    let status = response.status();
    if status.is_server_error() {
        if !is_shed(response) {
            failed(response, about);
        }
    } else if status.is_client_error() {
        refused(status, about);
    }
}

fn refused(status: StatusCode, about: &About) {
    let (request_id, trace_id, route) = (about.id(), about.trace_id(), about.route.as_deref());
    let (status, method) = (status.as_u16(), about.method());
    if status == 499 {
        tracing::debug!(target: "bartizan::problem", request_id, trace_id, status, method, route, "client gone");
        return;
    }
    if let Some(suppressed) = REFUSALS.admit(seconds(), MOST_REFUSALS) {
        let suppressed = (suppressed > 0).then_some(suppressed);
        tracing::info!(target: "bartizan::problem", request_id, trace_id, status, method, route, suppressed, "request refused");
    }
}

#[cfg(feature = "report")]
fn failed<B>(response: &Response<B>, about: &About) {
    let extensions = response.extensions();
    let panicked = extensions.get::<Rejection>() == Some(&Rejection::Panicked);
    let report = extensions.get::<crate::Report>();
    let fingerprint = report.map(crate::Report::fingerprint);
    let noted = fingerprint.map(crate::report::note);
    // the first and then once a second; the others have the fingerprint, which leads there
    let details = report
        .zip(noted)
        .filter(|(_, noted)| noted.since_last.is_some());
    let attachments = details.and_then(|(report, _)| {
        let attachments = report.attachments();
        (!attachments.is_empty()).then_some(attachments as &(dyn Error + 'static))
    });
    let causes = details.map(|(report, _)| report.causes());
    tracing::error!(
        target: "bartizan::problem",
        request_id = about.id(),
        trace_id = about.trace_id(),
        status = response.status().as_u16(),
        method = about.method(),
        route = about.route.as_deref(),
        panicked,
        operator = extensions.get::<OperatorNote>().map(OperatorNote::as_str),
        error_type = report.map(crate::Report::kind),
        place = report.map(crate::Report::place),
        fingerprint = fingerprint.map(tracing::field::display),
        count = details.map(|(_, noted)| noted.count),
        since_last = details.and_then(|(_, noted)| noted.since_last),
        causes = causes.filter(|causes| !causes.is_empty()),
        attachments,
        "request failed"
    );
    if let Some(said) = extensions.get::<crate::report::Said>() {
        said.record(about.id());
    }
    if let (Some(report), Some(fingerprint)) = (report, fingerprint)
        && let Some(trace) = report.take_trace()
    {
        crate::report::submit(trace, fingerprint, about.id());
    }
}

#[cfg(not(feature = "report"))]
fn failed<B>(response: &Response<B>, about: &About) {
    let extensions = response.extensions();
    let panicked = extensions.get::<Rejection>() == Some(&Rejection::Panicked);
    tracing::error!(
        target: "bartizan::problem",
        request_id = about.id(),
        trace_id = about.trace_id(),
        status = response.status().as_u16(),
        method = about.method(),
        route = about.route.as_deref(),
        panicked,
        operator = extensions.get::<OperatorNote>().map(OperatorNote::as_str),
        "request failed"
    );
}

/// An answer whose head is out, and whose body cannot go on.
pub(crate) fn body_failed(about: &About, causes: &(dyn Error + 'static)) {
    tracing::error!(
        target: "bartizan::problem",
        request_id = about.id(),
        trace_id = about.trace_id(),
        method = about.method(),
        route = about.route.as_deref(),
        causes,
        "response body failed"
    );
}

/// The same by a panic.
pub(crate) fn body_panicked(about: &About, seen: Seen) {
    #[cfg(feature = "report")]
    let (report, said) = seen.told.map(|told| *told).unzip();
    #[cfg(feature = "report")]
    let place = report.as_ref().map(crate::Report::place);
    #[cfg(not(feature = "report"))]
    let (place, Seen {}) = (None::<&str>, seen);
    tracing::error!(
        target: "bartizan::problem",
        request_id = about.id(),
        trace_id = about.trace_id(),
        method = about.method(),
        route = about.route.as_deref(),
        panicked = true,
        place,
        "response body panicked"
    );
    #[cfg(feature = "report")]
    if let Some(report) = report {
        let fingerprint = report.fingerprint();
        crate::report::note(fingerprint);
        if let Some(trace) = report.take_trace() {
            crate::report::submit(trace, fingerprint, about.id());
        }
        said.unwrap_or_default().record(about.id());
    }
}
