//! `POST /v1/reports`: what browsers report about the policy. `GET /reports` for operators.

use std::time::Instant;

use axum::{
    Extension, Json,
    body::{Body, to_bytes},
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
};
use bartizan::client_ip::Client;
use serde_json::Value;

use crate::{app::App, log::Seldom};

/// The most bytes of a body, as `ReportLimits::default`.
const MAX_BYTES: usize = 64 * 1024;

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
    let Ok(body) = to_bytes(body, MAX_BYTES).await else {
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

pub(crate) async fn summary(State(app): State<App>) -> Json<Value> {
    Json(app.reports.summary())
}
