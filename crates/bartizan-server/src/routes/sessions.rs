//! `POST`, `GET` and `DELETE /v1/sessions`, `DELETE /v1/sessions/current`, `DELETE /v1/sessions/{id}`.

use std::time::{Duration, SystemTime};

use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bartizan::{
    client_ip::Client,
    problem::SecurityEvent,
    token::{
        self as kind, Cookie, Entropy, Token, Validity,
        refresh::{self, Family},
        store::AccountId,
    },
    validate::{ValidJson, ValidPath, Wire},
};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::{
    accounts::normalize,
    login::{self, CLEAR, Checked, Visitor, origin},
    new_password::read_password,
    password::mail_reset,
    rfc3339,
};
use crate::{
    app::App,
    auth::{Caller, FreshCaller},
    config::LeakedLogin,
    error::AppError,
    notify::Notice,
    store::{
        accounts::Credentials,
        audit::{Event, Origin},
        sessions::{Listed, NewSession},
    },
};

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

/// A new token at every login. Unknown, unconfirmed, disabled and wrong cost the same and get the same answer.
pub(crate) async fn log_in(
    State(app): State<App>,
    visitor: Visitor,
    ValidJson(body): ValidJson<LogInBody>,
) -> Result<Response, AppError> {
    let LogInBody {
        email,
        password,
        cookie,
    } = body.into_inner();
    let password = read_password(password, "#/password")?;
    let email = normalize(email);
    let Checked {
        found,
        leaked,
        device,
    } = login::check(&app, &visitor, email.as_deref(), password).await?;
    let now = SystemTime::now();
    if let (true, Some(email)) = (leaked, &email) {
        leaked_login(&app, &found, email, visitor.origin(now))?;
    }
    let mut response = answer(&app, &found, &visitor, (cookie, None), now).await?;
    // The session that this browser had is over: whoever has a copy of its token is not carried along (ASVS 5.0, 7.2.4).
    if let Some(old) = visitor.cookie(&app.cookie)
        && let Ok(old) = app.sessions.parse(old)
    {
        app.store.end_session_of(app.sessions.lookup(&old)).await?;
    }
    *response.status_mut() = StatusCode::CREATED;
    response
        .extensions_mut()
        .insert(SecurityEvent::LoginSucceeded {
            mechanism: "password",
        });
    if !cookie {
        return Ok(response);
    }
    if let Some(email) = email {
        // This browser is no stranger any more: whoever guesses at the account elsewhere cannot lock it out.
        let nonce = match device {
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

/// A session in place of one that has just ended by its owner's new password.
pub(super) async fn open_again(
    app: &App,
    found: &Credentials,
    visitor: &Visitor,
    by_cookie: bool,
    now: SystemTime,
) -> Result<Response, AppError> {
    answer(app, found, visitor, (by_cookie, Some(now)), now).await
}

/// Opens a session and answers with it: in a cookie, or with a refresh token beside it.
async fn answer(
    app: &App,
    found: &Credentials,
    visitor: &Visitor,
    (cookie, authenticated): (bool, Option<SystemTime>),
    now: SystemTime,
) -> Result<Response, AppError> {
    let (refresh, family) = match cookie {
        true => (None, None),
        false => {
            let (token, family) = start_family(app, found, now).await?;
            (Some(token), Some(family))
        }
    };
    let row = (found.account, found.credential_version);
    let opened = open(app, row, family.as_ref(), visitor, authenticated, now);
    let (token, expires) = opened.await?;
    show(app, &token, refresh.as_ref(), expires, cookie)
}

/// The answer with a session's token: in a cookie, or in the body.
pub(super) fn show(
    app: &App,
    token: &Token<kind::Session>,
    refresh: Option<&Token<kind::Refresh>>,
    expires: SystemTime,
    cookie: bool,
) -> Result<Response, AppError> {
    let text = token.expose();
    let refresh = refresh.map(Token::expose);
    let shown = NewSessionView {
        token: (!cookie).then_some(&*text),
        refresh_token: refresh.as_deref(),
        expires_at: rfc3339(expires),
    };
    let mut response = Json(shown).into_response();
    if cookie {
        let lifetime = app.settings().token.session.absolute_duration();
        set_cookie(&mut response, &app.cookie, &text, lifetime)?;
    }
    Ok(response)
}

/// How often an owner is told that the password has leaked.
const TELL_EVERY: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Off the request: the answer takes as long as any other.
fn leaked_login(
    app: &App,
    found: &Credentials,
    email: &str,
    origin: Origin,
) -> Result<(), AppError> {
    let refuse = app.settings().password.leaked_login == LeakedLogin::Refuse;
    let (account, email) = (found.account, email.to_owned());
    let since = origin.at.checked_sub(TELL_EVERY).unwrap_or(origin.at);
    app.in_background({
        let app = app.clone();
        async move {
            let event = Event::PasswordLeaked;
            let told = app.store.record_once(account, event, since, origin.clone());
            let new = told.await?;
            match refuse {
                true => mail_reset(&app, email, origin).await?,
                false if new => app.notify(email, &Notice::PasswordLeaked),
                false => {}
            }
            Ok(())
        }
    })?;
    match refuse {
        true => Err(AppError::LoginRefused),
        false => Ok(()),
    }
}

async fn start_family(
    app: &App,
    found: &Credentials,
    now: SystemTime,
) -> Result<(Token<kind::Refresh>, Family), AppError> {
    let account = AccountId::new(u128::from(found.account.unsigned_abs()));
    let version = found.credential_version.unsigned_abs();
    let tokens = app.store.tokens();
    let started = refresh::start(
        &tokens,
        &app.refresh_tokens,
        (account, version),
        Entropy::from_os()?,
        app.settings().token.refresh,
        now,
    );
    // Changed or disabled since the password was checked.
    started.await?.ok_or(AppError::LoginRefused)
}

/// Opens a session of an account, and says when it ends. Of a family, no later than that.
pub(super) async fn open(
    app: &App,
    (account, credential_version): (i64, i64),
    family: Option<&Family>,
    visitor: &Visitor,
    authenticated: Option<SystemTime>,
    now: SystemTime,
) -> Result<(Token<kind::Session>, SystemTime), AppError> {
    let token = app.sessions.mint(Entropy::from_os()?);
    let end = now + app.settings().token.session.absolute_duration();
    let expires = family.map(|family| end.min(family.expires));
    let session = NewSession {
        digest: app.sessions.digest(&token),
        account,
        credential_version,
        device: visitor.device(),
        address: visitor.address(),
        family: family.map(|family| family.id),
        expires,
        authenticated,
    };
    let opened = app.store.insert_session(session, now).await?;
    // Changed or disabled since the password was checked, or the family has ended.
    opened.ok_or(AppError::LoginRefused)?;
    Ok((token, expires.unwrap_or(end)))
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

/// What a login gives: the tokens, or nothing of them if it stands in a cookie.
#[derive(Serialize, Wire)]
pub(crate) struct NewSessionView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[wire(like = "Option<String>")]
    token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[wire(like = "Option<String>")]
    refresh_token: Option<&'a str>,
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
        let ended = listed.expires.is_some_and(|end| end <= now);
        matches!(validity, Validity::Live { .. }) && !ended
    };
    // Of a family, only the newest is listed.
    let is_current = |listed: &Listed| {
        listed.id == session.id || (listed.family.is_some() && listed.family == session.family)
    };
    let views = sessions.iter().filter(lives).map(|listed| SessionView {
        id: listed.id,
        device: listed.device.clone(),
        address: listed.address.clone(),
        created_at: rfc3339(listed.created),
        last_seen_at: rfc3339(listed.last_used),
        current: is_current(listed),
    });
    Ok(Json(SessionList {
        items: views.collect(),
    }))
}

pub(crate) async fn end(
    State(app): State<App>,
    Extension(client): Extension<Client>,
    FreshCaller(Caller { session, .. }): FreshCaller,
    ValidPath(path): ValidPath<SessionPath>,
) -> Result<StatusCode, AppError> {
    let row = (path.id, session.account);
    match app.store.end_session(row, origin(&client)).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(AppError::NotFound),
    }
}

pub(crate) async fn end_others(
    State(app): State<App>,
    Extension(client): Extension<Client>,
    FreshCaller(Caller { session, .. }): FreshCaller,
) -> Result<StatusCode, AppError> {
    app.store
        .end_other_sessions(session.account, session.id, origin(&client))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Logs out: the store forgets the digest, the browser the cookie and what it kept of this site.
pub(crate) async fn end_current(
    State(app): State<App>,
    Extension(client): Extension<Client>,
    Caller { session, by_cookie }: Caller,
) -> Result<Response, AppError> {
    let row = (session.id, session.account);
    app.store.end_session(row, origin(&client)).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    // What was cached or stored for this session goes with it.
    headers.insert("clear-site-data", CLEAR);
    if !by_cookie {
        // The browser's cookie, if this came from one, is another session's.
        return Ok(response);
    }
    if let Ok(line) = HeaderValue::from_str(&app.cookie.delete()) {
        headers.append(header::SET_COOKIE, line);
    }
    Ok(response)
}
