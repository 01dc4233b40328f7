//! `GET /healthz`: the process answers. `GET /readyz`: it can serve.

use axum::{extract::State, http::StatusCode};

use crate::{app::App, error::AppError};

pub(crate) async fn live() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// Not ready while draining, or when the database does not commit.
pub(crate) async fn ready(State(app): State<App>) -> Result<StatusCode, AppError> {
    if app.is_draining() {
        return Err(AppError::Unavailable {
            retry_after_secs: 10,
        });
    }
    app.store.check().await?;
    Ok(StatusCode::NO_CONTENT)
}
