//! `POST`, `GET` and `DELETE /v1/sessions`, `DELETE /v1/sessions/current`, `DELETE /v1/sessions/{id}`.

use std::{
    net::Ipv4Addr,
    time::{Duration, Instant, SystemTime},
};

use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bartizan::{
    LimitStore,
    client_ip::Client,
    password::{Rehash, StoredHash, Verdict},
    problem::SecurityEvent,
    token::{Cookie, Entropy, Validity},
    validate::{ValidJson, ValidPath, Wire},
};
use bartizan_ratelimit::{Attempt, Device};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::{
    accounts::{normalize, read_password},
    hash_deadline, rfc3339,
};
use crate::{
    app::App,
    auth::{Caller, cookie as cookie_text},
    error::AppError,
    store::{
        accounts::Credentials,
        sessions::{Listed, NewSession},
    },
};

/// The most characters of a `User-Agent` that the session list shows.
const MAX_DEVICE_CHARS: usize = 200;

/// Who logs in. What is no address is an account that does not exist: it is told like one.
#[derive(Deserialize, Validate, Wire)]
pub(crate) struct LogInBody {
    #[validate(length(max = 254))]
    email: String,
    #[validate(length(min = 1, max = 1024))]
    password: String,
    #[serde(default)]
    cookie: bool,
}

/// One of the account's sessions.
#[derive(Deserialize, Validate, Wire)]
pub(crate) struct SessionPath {
    #[validate(range(min = 1))]
    id: i64,
}

/// A new token at every login. Unknown, unconfirmed and wrong cost the same and get the same answer.
pub(crate) async fn log_in(
    State(app): State<App>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    ValidJson(body): ValidJson<LogInBody>,
) -> Result<Response, AppError> {
    let LogInBody {
        email,
        password,
        cookie,
    } = body.into_inner();
    let settings = app.settings();
    let password = read_password(password)?;
    let email = normalize(email);
    let device = known_device(&app, email.as_deref(), &headers);
    let attempt = begin(&app, email.as_deref(), &client, device.as_ref()).await?;
    let found = match email.clone() {
        Some(email) => app.store.find_for_login(email).await,
        None => Ok(None),
    };
    let checked = match found {
        Ok(found) => {
            let stored = found.as_ref().and_then(|found| stored_hash(&app, found));
            let verdict = app.pool.verify(password, stored, hash_deadline()).await;
            verdict
                .map_err(AppError::from)
                .map(|verdict| (found, verdict))
        }
        Err(error) => Err(error.into()),
    };
    let (found, verdict) = match checked {
        Ok(checked) => checked,
        Err(error) => {
            // Our own failure is no guess of the client.
            attempt.not_checked(Instant::now());
            return Err(error);
        }
    };
    let (Some(found), Verdict::Match { rehash }) = (found, verdict) else {
        attempt.failed();
        return Err(AppError::LoginRefused);
    };
    if !found.confirmed {
        attempt.failed();
        return Err(AppError::LoginRefused);
    }
    attempt.succeeded(Instant::now());
    let token = app.sessions.mint(Entropy::from_os()?);
    let now = SystemTime::now();
    let session = NewSession {
        digest: app.sessions.digest(&token),
        account: found.account,
        credential_version: found.credential_version,
        device: user_agent(&headers),
        address: client
            .address()
            .map_or_else(|_| "unknown".to_owned(), |ip| ip.to_string()),
    };
    app.store.insert_session(session, now).await?;
    if let Some(rehash) = rehash {
        tokio::spawn(store_rehash(app.clone(), found, rehash));
    }

    let lifetime = settings.token.session.absolute_duration();
    let expires_at = rfc3339(now + lifetime);
    let text = token.expose();
    let told = Extension(SecurityEvent::LoginSucceeded {
        mechanism: "password",
    });
    if !cookie {
        return Ok((
            StatusCode::CREATED,
            told,
            Json(NewSessionView {
                token: Some(&text),
                expires_at,
            }),
        )
            .into_response());
    }
    let shown = Json(NewSessionView {
        token: None,
        expires_at,
    });
    let mut response = (StatusCode::CREATED, told, shown).into_response();
    set_cookie(&mut response, &app.cookie, &text, lifetime)?;
    if let Some(email) = email {
        // This browser is no stranger any more: whoever guesses at the account elsewhere cannot lock it out.
        let nonce = match &device {
            // It stays one device.
            Some(device) => *device.id(),
            None => nonce()?,
        };
        let text = app.devices.issue(email.as_bytes(), nonce, now);
        let lifetime = app.devices.lifetime();
        set_cookie(&mut response, &app.device_cookie, &text, lifetime)?;
    }
    Ok(response)
}

/// Reserves a failure before the password is checked: of a hundred guesses at once no more pass than one after another.
async fn begin(
    app: &App,
    email: Option<&str>,
    client: &Client,
    device: Option<&Device>,
) -> Result<Attempt<LimitStore>, AppError> {
    // What is no address is one account: it exists as little as any other that is not there.
    let account = email.unwrap_or_default().as_bytes();
    // Within the process, or behind a socket without addresses, all callers are one.
    let address = client.address().unwrap_or(Ipv4Addr::UNSPECIFIED.into());
    let now = Instant::now();
    Ok(app.logins.begin(account, address, device, now).await?)
}

/// The device that has logged in to this account before, if its cookie says so.
fn known_device(app: &App, email: Option<&str>, headers: &HeaderMap) -> Option<Device> {
    let text = cookie_text(&app.device_cookie, headers)?;
    app.devices
        .verify(email?.as_bytes(), text, SystemTime::now())
}

fn nonce() -> Result<[u8; 16], AppError> {
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce).map_err(|error| {
        tracing::error!(%error, "no randomness");
        AppError::Unavailable {
            retry_after_secs: 5,
        }
    })?;
    Ok(nonce)
}

fn set_cookie(
    response: &mut Response,
    cookie: &Cookie,
    text: &str,
    max_age: Duration,
) -> Result<(), AppError> {
    let line = cookie.set(text, Some(max_age)).ok();
    let mut line = line
        .and_then(|line| HeaderValue::from_str(&line).ok())
        .ok_or(AppError::Unavailable {
            retry_after_secs: 5,
        })?;
    line.set_sensitive(true);
    response.headers_mut().append(header::SET_COOKIE, line);
    Ok(())
}

/// A row that cannot be checked counts as no account for the client, and as an alarm for the operator.
fn stored_hash(app: &App, credentials: &Credentials) -> Option<StoredHash> {
    let parsed = StoredHash::parse(&credentials.password, &app.ceilings);
    if let Err(error) = &parsed {
        tracing::error!(account = credentials.account, %error, "a stored hash cannot be read");
    }
    parsed.ok()
}

async fn store_rehash(app: App, old: Credentials, rehash: Rehash) {
    // A busy pool leaves it undone: the next login asks again.
    let Ok(new) = rehash.await else { return };
    if let Err(error) = app.store.rehash(old, new.to_string()).await {
        tracing::warn!(%error, "stronger hash not stored");
    }
}

fn user_agent(headers: &HeaderMap) -> String {
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok());
    agent
        .unwrap_or("unknown")
        .chars()
        .take(MAX_DEVICE_CHARS)
        .collect()
}

/// What a login gives: the token, or nothing of it if it stands in a cookie.
#[derive(Serialize, Wire)]
pub(crate) struct NewSessionView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[wire(like = "Option<String>")]
    token: Option<&'a str>,
    expires_at: String,
}

/// One of the account's sessions; never a token.
#[derive(Serialize, Wire)]
pub(crate) struct SessionView {
    id: i64,
    device: String,
    address: String,
    created_at: String,
    last_seen_at: String,
    current: bool,
}

/// All of them.
#[derive(Serialize, Wire)]
pub(crate) struct SessionList {
    items: Vec<SessionView>,
}

pub(crate) async fn list(
    State(app): State<App>,
    Caller { session, .. }: Caller,
) -> Result<Json<SessionList>, AppError> {
    let sessions = app.store.list_sessions(session.account).await?;
    let (lifetime, now) = (app.settings().token.session, SystemTime::now());
    // A dead one stays in the table until the next sweep.
    let lives = |listed: &&Listed| {
        let validity = lifetime.check(listed.created, listed.last_used, now);
        matches!(validity, Validity::Live { .. })
    };
    let views = sessions.iter().filter(lives).map(|listed| SessionView {
        id: listed.id,
        device: listed.device.clone(),
        address: listed.address.clone(),
        created_at: rfc3339(listed.created),
        last_seen_at: rfc3339(listed.last_used),
        current: listed.id == session.id,
    });
    Ok(Json(SessionList {
        items: views.collect(),
    }))
}

pub(crate) async fn end(
    State(app): State<App>,
    Caller { session, .. }: Caller,
    ValidPath(path): ValidPath<SessionPath>,
) -> Result<StatusCode, AppError> {
    match app.store.end_session(path.id, session.account).await? {
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
