//! `POST /v1/sessions/refresh`, `POST /v1/sessions/current/password`.

use std::time::SystemTime;

use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use bartizan::{
    client_ip::Client,
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
    login::{self, From},
    new_password::read_password,
    rfc3339,
    sessions::{NewSessionView, open, set_cookie},
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
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    ValidJson(body): ValidJson<RefreshBody>,
) -> Result<Response, AppError> {
    let token = app
        .refresh_tokens
        .parse(&body.refresh_token)
        .map_err(|_| AppError::Unauthorized)?;
    let now = SystemTime::now();
    let (shared, entropy, origin) = (app.clone(), Entropy::from_os()?, login::origin(&client));
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
    let from = From {
        client: &client,
        headers: &headers,
    };
    let account = number(family.account);
    let version = i64::try_from(family.credential_version).unwrap_or(-1);
    // Whoever refreshes has shown no password: the login's moment counts on.
    let opened = open(
        &app,
        (account, version),
        Some(&family),
        &from,
        Some(family.created),
        now,
    );
    let (session, expires) = opened.await.map_err(|error| match error {
        // Ended between the two writes.
        AppError::LoginRefused => AppError::Unauthorized,
        error => error,
    })?;
    let session = session.expose();
    let token = token.expose();
    let shown = NewSessionView {
        token: Some(&session),
        refresh_token: Some(&token),
        expires_at: rfc3339(expires),
    };
    Ok((StatusCode::CREATED, Json(shown)).into_response())
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
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    Caller { session, by_cookie }: Caller,
    ValidJson(body): ValidJson<PasswordBody>,
) -> Result<Response, AppError> {
    let password = read_password(body.into_inner().password, "#/password")?;
    let from = From {
        client: &client,
        headers: &headers,
    };
    login::check_own(&app, &from, &session, password).await?;
    let token = app.sessions.mint(Entropy::from_os()?);
    let row = (session.id, session.account);
    let origin = from.origin(SystemTime::now());
    let digest = app.sessions.digest(&token);
    if !app.store.reauthenticate(row, digest, origin).await? {
        return Err(AppError::Unauthorized);
    }
    let lifetime = app.settings().token.session.absolute_duration();
    let end = session.created + lifetime;
    let text = token.expose();
    let shown = NewSessionView {
        token: (!by_cookie).then_some(&*text),
        refresh_token: None,
        expires_at: rfc3339(session.expires.map_or(end, |own| own.min(end))),
    };
    let mut response = Json(shown).into_response();
    if by_cookie {
        set_cookie(&mut response, &app.cookie, &text, lifetime)?;
    }
    Ok(response)
}
