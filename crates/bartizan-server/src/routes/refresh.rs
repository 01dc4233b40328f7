//! `POST /v1/sessions/refresh`, `POST /v1/sessions/current/password`.

use std::time::SystemTime;

use axum::{extract::State, http::StatusCode, response::Response};
use bartizan::{
    token::{
        Entropy,
        refresh::{self, Refreshed},
        store::AccountId,
    },
    validate::{ValidJson, Wire},
};
use serde::Deserialize;
use validator::Validate;

use super::{
    login::{self, Visitor},
    new_password::read_password,
    sessions::{open, show},
};
use crate::{
    app::App,
    auth::Caller,
    error::AppError,
    notify::Notice,
    store::audit::{Event, Origin},
};

/// What the last login or refresh has given.
#[derive(Deserialize, Validate, Wire)]
pub(crate) struct RefreshBody {
    #[validate(length(min = 1, max = 200))]
    refresh_token: String,
}

/// A new session and a new refresh token; the old one is used up. Within the grace, the same refresh token again.
pub(crate) async fn refresh(
    State(app): State<App>,
    visitor: Visitor,
    ValidJson(body): ValidJson<RefreshBody>,
) -> Result<Response, AppError> {
    let token = app
        .refresh_tokens
        .parse(&body.refresh_token)
        .map_err(|_| AppError::Unauthorized)?;
    let now = SystemTime::now();
    let (shared, entropy, origin) = (app.clone(), Entropy::from_os()?, visitor.origin(now));
    let used = async move {
        let app = shared;
        let (tokens, policy) = (app.store.tokens(), app.settings().token.refresh);
        let used = refresh::refresh(&tokens, &app.refresh_tokens, &token, entropy, policy, now);
        match used.await? {
            Refreshed::Token { token, family } => Ok((token, family)),
            Refreshed::Replayed { account } => {
                replayed(&app, account, origin).await?;
                Err(AppError::Unauthorized)
            }
            Refreshed::Refused => Err(AppError::Unauthorized),
        }
    };
    let (token, family) = app.to_end(used).await?;
    let account = number(family.account);
    let version = i64::try_from(family.credential_version).unwrap_or(-1);
    // Whoever refreshes has shown no password: the login's moment counts on.
    let opened = open(
        &app,
        (account, version),
        Some(&family),
        &visitor,
        Some(family.created),
        now,
    );
    let (session, expires) = opened.await.map_err(|error| match error {
        // Ended between the two writes.
        AppError::LoginRefused => AppError::Unauthorized,
        error => error,
    })?;
    let mut response = show(&app, &session, Some(&token), expires, false)?;
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

fn number(account: AccountId) -> i64 {
    i64::try_from(account.get()).unwrap_or(-1)
}

/// The family has ended. Its owner learns of it: somebody has a copy of a token.
async fn replayed(app: &App, account: AccountId, origin: Origin) -> Result<(), AppError> {
    let account = number(account);
    tracing::warn!(
        account,
        "a refresh token was used again, its family has ended"
    );
    app.store
        .record(account, Event::RefreshReplayed, origin)
        .await?;
    if let Some((email, _)) = app.store.find_account(account).await? {
        app.notify(email, &Notice::RefreshReplayed);
    }
    Ok(())
}

/// The password of the session's account.
#[derive(Deserialize, Validate, Wire)]
pub(crate) struct PasswordBody {
    #[validate(length(min = 1, max = 1024))]
    password: String,
}

/// Makes this session fresh for what asks for it, under a new token: the old one is worth nothing any more. The login limits count
/// wrong passwords here too.
pub(crate) async fn reauthenticate(
    State(app): State<App>,
    visitor: Visitor,
    Caller { session, by_cookie }: Caller,
    ValidJson(body): ValidJson<PasswordBody>,
) -> Result<Response, AppError> {
    let password = read_password(body.into_inner().password, "#/password")?;
    login::check_own(&app, &visitor, &session, password).await?;
    let token = app.sessions.mint(Entropy::from_os()?);
    let row = (session.id, session.account);
    let origin = visitor.origin(SystemTime::now());
    let digest = app.sessions.digest(&token);
    if !app.store.reauthenticate(row, digest, origin).await? {
        return Err(AppError::Unauthorized);
    }
    let end = session.created + app.settings().token.session.absolute_duration();
    let expires = session.expires.map_or(end, |own| own.min(end));
    show(&app, &token, None, expires, by_cookie)
}
