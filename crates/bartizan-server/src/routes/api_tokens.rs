//! `POST` and `GET /v1/tokens`, `DELETE /v1/tokens/{id}`, `POST /v1/tokens/{id}/roll`.

use std::time::{Duration, SystemTime};

use axum::{
    Extension, Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use bartizan::{
    client_ip::Client,
    read_duration,
    token::{
        Entropy, Token,
        api::{self, ApiToken, ApiTokenStore, Name, Scopes},
        store::AccountId,
    },
    validate::{ValidJson, ValidPath, Wire},
};
use bartizan_token::Api;
use serde::{Deserialize, Serialize};
use validator::{Validate, ValidationError};

use super::{login::origin, rfc3339};
use crate::{
    app::App,
    auth::{Caller, FreshCaller},
    error::AppError,
    notify::Notice,
    store::audit::{Event, Origin},
};

/// Write, change and remove the account's articles.
pub(crate) const ARTICLES_WRITE: &str = "articles:write";
/// Show the account.
pub(crate) const ACCOUNT_READ: &str = "account:read";
const SCOPES: [&str; 2] = [ARTICLES_WRITE, ACCOUNT_READ];

/// The longest life of a token (ASVS 5.0, 7.2.2 wants no static secrets).
const MOST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// What a token is called, what it may do, and for how long.
#[derive(Deserialize, Validate, Wire)]
pub(crate) struct NewTokenBody {
    #[validate(length(min = 1, max = 64), custom(function = is_name))]
    name: String,
    /// Of `articles:write` and `account:read`.
    #[validate(length(min = 1, max = 2), custom(function = are_scopes))]
    scopes: Vec<String>,
    /// A duration such as `90d`, at most 366 days.
    #[validate(custom(function = is_lifetime))]
    expires_in: String,
}

fn refusal(code: &'static str, message: &'static str) -> ValidationError {
    ValidationError::new(code).with_message(message.into())
}

fn is_name(text: &str) -> Result<(), ValidationError> {
    match Name::new(text.to_owned()) {
        Ok(_) => Ok(()),
        Err(_) => Err(refusal("name", "must be one line of readable characters")),
    }
}

fn are_scopes(scopes: &[String]) -> Result<(), ValidationError> {
    let known = scopes.iter().all(|scope| SCOPES.contains(&scope.as_str()));
    match known && Scopes::parse(&scopes.join(" ")).is_ok() {
        true => Ok(()),
        false => Err(refusal(
            "scope",
            "must be of articles:write and account:read, each once",
        )),
    }
}

fn is_lifetime(text: &str) -> Result<(), ValidationError> {
    match read_duration(text) {
        Ok(duration) if !duration.is_zero() && duration <= MOST => Ok(()),
        _ => Err(refusal(
            "duration",
            "must be a duration like 90d, at most 366d",
        )),
    }
}

/// The path of a token.
#[derive(Deserialize, Validate, Wire)]
pub(crate) struct TokenPath {
    #[validate(range(min = 1))]
    id: i64,
}

/// Shown now and never again.
#[derive(Serialize, Wire)]
pub(crate) struct NewTokenView<'a> {
    id: u64,
    #[wire(like = "String")]
    token: &'a str,
}

/// A token as its owner sees it: never the token.
#[derive(Serialize, Wire)]
pub(crate) struct TokenView {
    id: u64,
    name: String,
    scopes: Vec<String>,
    /// Its first characters.
    shown: String,
    created_at: String,
    expires_at: Option<String>,
    last_used_at: Option<String>,
    /// Whether it was replaced and lives on until `expires_at`.
    rolled: bool,
}

/// All of them.
#[derive(Serialize, Wire)]
pub(crate) struct TokenList {
    items: Vec<TokenView>,
}

impl From<ApiToken> for TokenView {
    fn from(token: ApiToken) -> Self {
        Self {
            id: token.id,
            name: token.name.as_str().to_owned(),
            scopes: token
                .scopes
                .iter()
                .map(|scope| scope.as_str().to_owned())
                .collect(),
            shown: token.shown,
            created_at: rfc3339(token.created),
            expires_at: token.expires.map(rfc3339),
            last_used_at: token.last_used.map(rfc3339),
            rolled: token.rolled,
        }
    }
}

fn account(caller: &Caller) -> AccountId {
    AccountId::new(u128::from(caller.session.account.unsigned_abs()))
}

fn shown(made: &(Token<Api>, u64)) -> Response {
    let text = made.0.expose();
    let view = NewTokenView {
        id: made.1,
        token: &text,
    };
    (StatusCode::CREATED, Json(view)).into_response()
}

/// Who asks was looked up before the body came, which may have taken an hour: what has ended the session since ends what was
/// made with it, before its text is shown.
async fn still_lives(
    app: &App,
    caller: &Caller,
    made: u64,
    (event, origin): (Event, Origin),
) -> Result<(), AppError> {
    let by = (caller.session.id, caller.session.account);
    if app.store.record_by(by, event, origin).await? {
        return Ok(());
    }
    let tokens = app.store.tokens();
    tokens.end_api_token(account(caller), made).await?;
    Err(AppError::Unauthorized)
}

/// Asks for a fresh login: whoever finds an open browser must not leave with a key to it.
pub(crate) async fn create(
    State(app): State<App>,
    Extension(client): Extension<Client>,
    FreshCaller(caller): FreshCaller,
    ValidJson(body): ValidJson<NewTokenBody>,
) -> Result<Response, AppError> {
    let body = body.into_inner();
    let origin = origin(&client);
    // They were checked by the rules above.
    let wrong = || AppError::invalid("", "token", "cannot be made");
    let name = Name::new(body.name).map_err(|_| wrong())?;
    let scopes = Scopes::parse(&body.scopes.join(" ")).map_err(|_| wrong())?;
    let lifetime = read_duration(&body.expires_in).map_err(|_| wrong())?;
    let expires = origin.at.checked_add(lifetime).ok_or_else(wrong)?;
    let tokens = app.store.tokens();
    let made = api::create(
        &tokens,
        &app.api_tokens,
        account(&caller),
        (name, scopes, Some(expires)),
        Entropy::from_os()?,
        origin.at,
    );
    let full = AppError::Conflict("the account has 100 API tokens; end one first");
    let made = made.await?.ok_or(full)?;
    still_lives(&app, &caller, made.1, (Event::ApiTokenMade, origin)).await?;
    app.notify(caller.session.email, &Notice::ApiTokenMade);
    Ok(shown(&made))
}

pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<TokenList>, AppError> {
    let store = app.store.tokens();
    let tokens = store
        .list_api_tokens(account(&caller), SystemTime::now())
        .await?;
    let items = tokens.into_iter().map(TokenView::from).collect();
    Ok(Json(TokenList { items }))
}

pub(crate) async fn end(
    State(app): State<App>,
    Extension(client): Extension<Client>,
    caller: Caller,
    ValidPath(path): ValidPath<TokenPath>,
) -> Result<StatusCode, AppError> {
    let store = app.store.tokens();
    let ended = store.end_api_token(account(&caller), path.id.unsigned_abs());
    if !ended.await? {
        return Err(AppError::NotFound);
    }
    app.store
        .record(
            caller.session.account,
            Event::ApiTokenEnded,
            origin(&client),
        )
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How long the old token works on beside the new one.
#[derive(Deserialize, Validate, Wire)]
pub(crate) struct RollBody {
    /// A duration such as `1h`, at most one day; `0s` ends the old one now.
    #[validate(custom(function = is_overlap))]
    overlap: String,
}

fn is_overlap(text: &str) -> Result<(), ValidationError> {
    match overlap(text) {
        Some(_) => Ok(()),
        None => Err(refusal(
            "duration",
            "must be a duration like 1h, at most 1d",
        )),
    }
}

fn overlap(text: &str) -> Option<Duration> {
    let overlap = match text {
        "0s" => Duration::ZERO,
        text => read_duration(text).ok()?,
    };
    (overlap <= api::MAX_OVERLAP).then_some(overlap)
}

/// A token in place of an old one, with its name, scopes and end.
pub(crate) async fn roll(
    State(app): State<App>,
    Extension(client): Extension<Client>,
    FreshCaller(caller): FreshCaller,
    ValidPath(path): ValidPath<TokenPath>,
    ValidJson(body): ValidJson<RollBody>,
) -> Result<Response, AppError> {
    let origin = origin(&client);
    let tokens = app.store.tokens();
    let rolled = api::roll(
        &tokens,
        &app.api_tokens,
        (account(&caller), path.id.unsigned_abs()),
        overlap(&body.overlap).unwrap_or_default(),
        Entropy::from_os()?,
        origin.at,
    );
    let made = rolled.await?.ok_or(AppError::NotFound)?;
    still_lives(&app, &caller, made.1, (Event::ApiTokenRolled, origin)).await?;
    Ok(shown(&made))
}
