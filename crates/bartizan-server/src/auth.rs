//! Who a request comes from: a bearer token, or the session cookie.
//!
//! A session is a login: it may all that its account may. An API token is a program: it may what its scopes name, and never
//! what changes the account itself.

use std::time::{Duration, SystemTime};

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    middleware::Next,
    response::Response,
};
use bartizan::{
    Principal,
    token::{
        self as kind, Cookie, Token, Validity,
        api::{self, ApiToken, Scope},
    },
};

use crate::{
    app::App,
    error::AppError,
    store::{articles::Author, sessions::Session},
};

/// A use is written down at most this often.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// A request with a live session.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Caller {
    /// The session and its account.
    pub session: Session,
    /// Whether it came by the cookie, as from a browser.
    pub by_cookie: bool,
}

/// A request with a live session, or with an API token.
#[derive(Debug, Clone)]
pub(crate) enum Actor {
    /// May everything.
    Caller(Box<Caller>),
    /// May what its scopes name.
    Program(Box<ApiToken>),
}

impl Actor {
    pub(crate) fn account(&self) -> u64 {
        match self {
            // an id of a row is never negative
            Self::Caller(caller) => caller.session.account.unsigned_abs(),
            Self::Program(token) => u64::try_from(token.account.get()).unwrap_or_default(),
        }
    }

    /// Whose account it is, if this may be done.
    pub(crate) fn may(&self, scope: &'static str) -> Result<i64, AppError> {
        if let Self::Program(token) = self {
            allows(token, scope)?;
        }
        Ok(i64::try_from(self.account()).unwrap_or(-1))
    }

    /// Who writes, if this may be done.
    pub(crate) fn author(&self, scope: &'static str) -> Result<Author, AppError> {
        match self {
            Self::Caller(caller) => Ok(Author::by_session(
                caller.session.account,
                caller.session.id,
            )),
            Self::Program(token) => {
                let account = self.may(scope)?;
                Ok(Author::by_api_token(
                    account,
                    i64::try_from(token.id).unwrap_or(-1),
                ))
            }
        }
    }
}

fn allows(token: &ApiToken, scope: &'static str) -> Result<(), AppError> {
    let has = Scope::new(scope).is_ok_and(|scope| token.scopes.allows(&scope));
    has.then_some(()).ok_or(AppError::ScopeMissing(scope))
}

/// Finds out who asks, before the limits that count by it and the handler. Whoever has no live session gets no further.
pub(crate) async fn authenticate(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Result<Response, AppError> {
    // Not over an await: a body need not be shared between threads.
    let shown = shown(&app, request.headers())?;
    let actor = match shown {
        Shown::Session(token, by_cookie) => {
            Actor::Caller(Box::new(caller(&app, token, by_cookie).await?))
        }
        Shown::Api(token) => Actor::Program(Box::new(program(&app, token).await?)),
    };
    request
        .extensions_mut()
        .insert(Principal::new(actor.account()));
    request.extensions_mut().insert(actor);
    Ok(next.run(request).await)
}

/// Handlers get whoever the middleware `authenticate` has found. A route without it has none, and refuses everybody.
impl<S: Sync> FromRequestParts<S> for Actor {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AppError> {
        parts.extensions.remove().ok_or(AppError::Unauthorized)
    }
}

/// A login alone: a program's token is refused.
impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        match Actor::from_request_parts(parts, state).await? {
            Actor::Caller(caller) => Ok(*caller),
            Actor::Program(_) => Err(AppError::Forbidden("an API token may not do this; log in")),
        }
    }
}

/// A login by somebody who has shown the password lately (ASVS 5.0, 7.5.1 and 7.5.3).
#[derive(Debug, Clone)]
pub(crate) struct FreshCaller(pub(crate) Caller);

impl FromRequestParts<App> for FreshCaller {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let most = app.settings().token.fresh;
        match kind::session::is_fresh(caller.session.authenticated, most, SystemTime::now()) {
            true => Ok(Self(caller)),
            false => Err(AppError::NotFresh { max_age: most }),
        }
    }
}

/// What a client shows: made by this server, which says nothing about whether it still counts.
enum Shown {
    Session(Token<kind::Session>, bool),
    Api(Token<kind::Api>),
}

/// A text that this server did not make costs one HMAC and no statement.
fn shown(app: &App, headers: &HeaderMap) -> Result<Shown, AppError> {
    let Some(text) = bearer(headers) else {
        // A browser sends it whoever made it ask: the layer outside has refused what other sites made it ask for.
        let text = cookie(&app.cookie, headers).ok_or(AppError::Unauthorized)?;
        let token = app.sessions.parse(text);
        return token
            .map(|token| Shown::Session(token, true))
            .map_err(|_| AppError::Unauthorized);
    };
    // The kind stands in the text: a token of one kind is refused by the other before anything is computed.
    match app.sessions.parse(text) {
        Ok(token) => Ok(Shown::Session(token, false)),
        Err(_) => app
            .api_tokens
            .parse(text)
            .map(Shown::Api)
            .map_err(|_| AppError::Unauthorized),
    }
}

async fn program(app: &App, token: Token<kind::Api>) -> Result<ApiToken, AppError> {
    let tokens = app.store.tokens();
    let found = api::find(&tokens, &app.api_tokens, &token, SystemTime::now());
    found.await?.ok_or(AppError::Unauthorized)
}

async fn caller(
    app: &App,
    token: Token<kind::Session>,
    by_cookie: bool,
) -> Result<Caller, AppError> {
    let lookup = app.sessions.lookup(&token);
    drop(token);
    let (session, digest) = app
        .store
        .find_session(lookup.clone())
        .await?
        .ok_or(AppError::Unauthorized)?;

    let lifetime = app.settings().token.session;
    let now = SystemTime::now();
    let Validity::Live { .. } = lifetime.check(session.created, session.last_used, now) else {
        return Err(AppError::Unauthorized);
    };
    if session.expires.is_some_and(|end| end <= now) {
        return Err(AppError::Unauthorized);
    }
    // Under the newest key, when the row is still under an older one: then the older one can go.
    let rekey = lookup.rekey(digest);
    let every = TOUCH_EVERY.min(lifetime.idle_duration() / 4);
    let unused = now.duration_since(session.last_used);
    if rekey.is_some() || unused.is_ok_and(|unused| unused >= every) {
        let (store, id) = (app.store.clone(), session.id);
        // Not awaited: a request does not wait for the disk to be read.
        tokio::spawn(async move {
            if let Err(error) = store.touch_session(id, now, rekey).await {
                tracing::warn!(%error, "session's last use not written");
            }
        });
    }
    Ok(Caller { session, by_cookie })
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next()?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    // Two of them are a request nobody sends by accident: none is taken.
    (values.next().is_none() && scheme.eq_ignore_ascii_case("bearer")).then_some(token.trim())
}

pub(crate) fn cookie<'a>(cookie: &Cookie, headers: &'a HeaderMap) -> Option<&'a str> {
    let lines = headers
        .get_all(header::COOKIE)
        .iter()
        .map(HeaderValue::as_bytes);
    cookie.read(lines).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn the_scheme_of_a_bearer_token_has_no_case_and_two_tokens_are_none() {
        assert_eq!(
            bearer(&headers(&[("authorization", "bEARER abc")])),
            Some("abc")
        );
        assert_eq!(bearer(&headers(&[("authorization", "Basic abc")])), None);
        assert_eq!(bearer(&headers(&[("authorization", "Bearer")])), None);
        assert_eq!(
            bearer(&headers(&[
                ("authorization", "Bearer a"),
                ("authorization", "Bearer b")
            ])),
            None
        );
    }
}
