//! Who a request comes from: a bearer token, or the session cookie.

use std::time::{Duration, SystemTime};

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    middleware::Next,
    response::Response,
};
use bartizan::{
    Principal,
    token::{self as kind, Cookie, Token, Validity},
};

use crate::{app::App, error::AppError, store::sessions::Session};

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

/// Finds out who asks, before the limits that count by it and the handler. Whoever has no live session gets no further.
pub(crate) async fn authenticate(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Result<Response, AppError> {
    // Not over an await: a body need not be shared between threads.
    let (token, by_cookie) = token(&app, request.headers())?;
    let caller = caller(&app, token, by_cookie).await?;
    // an id of a row is never negative
    let account = caller.session.account.unsigned_abs();
    request.extensions_mut().insert(Principal::new(account));
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

/// Handlers get the caller that the middleware `authenticate` has found. A route without it has none, and refuses everybody.
impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AppError> {
        parts.extensions.remove().ok_or(AppError::Unauthorized)
    }
}

fn token(app: &App, headers: &HeaderMap) -> Result<(Token<kind::Session>, bool), AppError> {
    let (text, by_cookie) = match bearer(headers) {
        Some(text) => (text, false),
        None => {
            // A browser sends it whoever made it ask: the layer outside has refused what other sites made it ask for.
            let text = cookie(&app.cookie, headers).ok_or(AppError::Unauthorized)?;
            (text, true)
        }
    };
    // A text that this server did not make costs one HMAC and no statement.
    let token = app
        .sessions
        .parse(text)
        .map_err(|_| AppError::Unauthorized)?;
    Ok((token, by_cookie))
}

async fn caller(
    app: &App,
    token: Token<kind::Session>,
    by_cookie: bool,
) -> Result<Caller, AppError> {
    let digest = app.sessions.digest(&token);
    drop(token);
    let session = app
        .store
        .find_session(digest)
        .await?
        .ok_or(AppError::Unauthorized)?;

    let lifetime = app.settings().token.session;
    let now = SystemTime::now();
    let Validity::Live { .. } = lifetime.check(session.created, session.last_used, now) else {
        return Err(AppError::Unauthorized);
    };
    let every = TOUCH_EVERY.min(lifetime.idle_duration() / 4);
    if now
        .duration_since(session.last_used)
        .is_ok_and(|unused| unused >= every)
    {
        let (store, id) = (app.store.clone(), session.id);
        // Not awaited: a request does not wait for the disk to be read.
        tokio::spawn(async move {
            if let Err(error) = store.touch_session(id, now).await {
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
