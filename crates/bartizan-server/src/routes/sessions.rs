//! `POST`, `GET` and `DELETE /v1/sessions`, `DELETE /v1/sessions/current`, `DELETE /v1/sessions/{id}`.

use std::{net::SocketAddr, time::SystemTime};

use axum::{
    Json,
    extract::{ConnectInfo, Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bartizan::{
    password::{Rehash, StoredHash, Verdict},
    token::{Entropy, Validity},
};
use serde::Deserialize;
use serde_json::json;

use super::{
    accounts::{normalize, read_password},
    hash_deadline, rfc3339,
};
use crate::{
    app::{App, address_text},
    auth::{Caller, refuse_cross_origin},
    error::AppError,
    store::{
        accounts::Credentials,
        sessions::{Listed, NewSession},
    },
};

/// The most characters of a `User-Agent` that the session list shows.
const MAX_DEVICE_CHARS: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogIn {
    email: String,
    password: String,
    #[serde(default)]
    cookie: bool,
}

/// A new token at every login. Unknown, unconfirmed and wrong cost the same and get the same answer.
pub(crate) async fn log_in(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Json(LogIn {
        email,
        password,
        cookie,
    }): Json<LogIn>,
) -> Result<Response, AppError> {
    let settings = app.settings();
    if cookie {
        // Else another site could log a browser in to an account of its own.
        refuse_cross_origin(&headers, &settings.server.public_origin)?;
    }
    let password = read_password(password)?;
    let found = match normalize(email) {
        Some(email) => app.store.find_for_login(email).await?,
        None => None,
    };
    let stored = found.as_ref().and_then(|found| stored_hash(&app, found));
    let verdict = app.pool.verify(password, stored, hash_deadline()).await?;
    let (Some(found), Verdict::Match { rehash }) = (found, verdict) else {
        return Err(AppError::LoginRefused);
    };
    if !found.confirmed {
        return Err(AppError::LoginRefused);
    }
    let token = app.sessions.mint(Entropy::from_os()?);
    let now = SystemTime::now();
    let session = NewSession {
        digest: app.sessions.digest(&token),
        account: found.account,
        credential_version: found.credential_version,
        device: device(&headers),
        address: address_text(peer),
    };
    app.store.insert_session(session, now).await?;
    if let Some(rehash) = rehash {
        tokio::spawn(store_rehash(app.clone(), found, rehash));
    }

    let lifetime = settings.token.session;
    let expires_at = rfc3339(now + lifetime.absolute_duration());
    let text = token.expose();
    if !cookie {
        return Ok((
            StatusCode::CREATED,
            Json(json!({"token": &*text, "expires_at": expires_at})),
        )
            .into_response());
    }
    let line = app.cookie.set(&text, Some(lifetime.absolute_duration()));
    let mut line = line
        .ok()
        .and_then(|line| HeaderValue::from_str(&line).ok())
        .ok_or(AppError::Unavailable {
            retry_after_secs: 5,
        })?;
    line.set_sensitive(true);
    Ok((
        StatusCode::CREATED,
        [(header::SET_COOKIE, line)],
        Json(json!({"expires_at": expires_at})),
    )
        .into_response())
}

/// A row that cannot be checked counts as no account for the client, and as an alarm for the operator.
fn stored_hash(app: &App, credentials: &Credentials) -> Option<StoredHash> {
    let parsed = StoredHash::parse(&credentials.password, &app.ceilings);
    if let Err(error) = &parsed {
        tracing::error!(account = credentials.account, "{error}");
    }
    parsed.ok()
}

async fn store_rehash(app: App, old: Credentials, rehash: Rehash) {
    // A busy pool leaves it undone: the next login asks again.
    let Ok(new) = rehash.await else { return };
    if let Err(error) = app.store.rehash(old, new.to_string()).await {
        tracing::warn!("stronger hash not stored: {error}");
    }
}

fn device(headers: &HeaderMap) -> String {
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok());
    agent
        .unwrap_or("unknown")
        .chars()
        .take(MAX_DEVICE_CHARS)
        .collect()
}

pub(crate) async fn list(
    State(app): State<App>,
    Caller { session, .. }: Caller,
) -> Result<Response, AppError> {
    let sessions = app.store.list_sessions(session.account).await?;
    let (lifetime, now) = (app.settings().token.session, SystemTime::now());
    // A dead one stays in the table until the next sweep.
    let lives = |listed: &&Listed| {
        let validity = lifetime.check(listed.created, listed.last_used, now);
        matches!(validity, Validity::Live { .. })
    };
    let items: Vec<_> = sessions
        .iter()
        .filter(lives)
        .map(|listed| {
            json!({
                "id": listed.id,
                "device": listed.device,
                "address": listed.address,
                "created_at": rfc3339(listed.created),
                "last_seen_at": rfc3339(listed.last_used),
                "current": listed.id == session.id,
            })
        })
        .collect();
    Ok(Json(json!({"items": items})).into_response())
}

pub(crate) async fn end(
    State(app): State<App>,
    Caller { session, .. }: Caller,
    Path(id): Path<i64>,
) -> Result<StatusCode, AppError> {
    match app.store.end_session(id, session.account).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(AppError::NotFound),
    }
}

pub(crate) async fn end_others(
    State(app): State<App>,
    Caller { session, .. }: Caller,
) -> Result<StatusCode, AppError> {
    app.store
        .end_other_sessions(session.account, session.id)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Logs out: the store forgets the digest, the browser the cookie and what it kept of this site.
pub(crate) async fn end_current(
    State(app): State<App>,
    Caller { session, by_cookie }: Caller,
) -> Result<Response, AppError> {
    app.store.end_session(session.id, session.account).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    if !by_cookie {
        // The browser's cookie, if this came from one, is another session's.
        return Ok(response);
    }
    let headers = response.headers_mut();
    if let Ok(line) = HeaderValue::from_str(&app.cookie.delete()) {
        headers.append(header::SET_COOKIE, line);
    }
    // https://w3c.github.io/webappsec-clear-site-data/: what was cached or stored for this session goes with it.
    headers.insert(
        "clear-site-data",
        HeaderValue::from_static("\"cache\", \"storage\""),
    );
    Ok(response)
}
