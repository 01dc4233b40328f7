//! `POST /v1/reports`: what browsers report about the policy. `GET /reports` for operators.

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use axum::{
    Extension, Json,
    body::{Body, to_bytes},
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
};
use bartizan::client_ip::Client;
use serde_json::Value;

use crate::{app::App, log::Seldom};

/// The most bytes of a body, as `ReportLimits::default`.
const MAX_BYTES: usize = 64 * 1024;

/// A browser sends a report at once.
const DEADLINE: Duration = Duration::from_secs(10);

/// A wrong policy is told once a second, not for each page that breaks.
static TOLD: Seldom = Seldom::new();

/// Always 204: a browser does nothing with an error, and a stranger need not know what we keep.
pub(crate) async fn collect(
    State(app): State<App>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    body: Body,
) -> StatusCode {
    if !app.reports.admits(client.address().ok(), Instant::now()) {
        return StatusCode::NO_CONTENT;
    }
    let body = tokio::time::timeout(DEADLINE, to_bytes(body, MAX_BYTES)).await;
    let Ok(Ok(body)) = body else {
        app.reports.unread();
        return StatusCode::NO_CONTENT;
    };
    let content_type = headers.get(header::CONTENT_TYPE);
    let content_type = content_type.map(HeaderValue::as_bytes).unwrap_or_default();
    for report in app.reports.collect(content_type, &body) {
        if TOLD.may_speak() {
            tracing::warn!(
                directive = report.directive,
                blocked = report.blocked,
                document = report.document,
                "a browser reports what the policy stops; management's /reports has all"
            );
        }
    }
    StatusCode::NO_CONTENT
}

/// By address or as `localhost` only: a name of somebody's choice that leads here (DNS rebinding) would make these pages' paths
/// readable to the scripts of a page that the operator has open.
pub(crate) async fn summary(State(app): State<App>, uri: Uri) -> Result<Json<Value>, StatusCode> {
    let host = uri.host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match host == "localhost" || bare.parse::<IpAddr>().is_ok() {
        true => Ok(Json(app.reports.summary())),
        false => Err(StatusCode::MISDIRECTED_REQUEST),
    }
}
