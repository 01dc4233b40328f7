//! Who a request comes from: a bearer token, or the session cookie.

use std::time::{Duration, SystemTime};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
};
use bartizan::token::Validity;

use crate::{app::App, error::AppError, store::sessions::Session};

/// A use is written down at most this often.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// A request with a live session.
#[derive(Debug)]
#[non_exhaustive]
pub struct Caller {
    /// The session and its account.
    pub session: Session,
    /// Whether it came by the cookie, as from a browser.
    pub by_cookie: bool,
}

impl FromRequestParts<App> for Caller {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let mut by_cookie = false;
        let token = match bearer(&parts.headers) {
            Some(text) => app.sessions.parse(text),
            None => {
                by_cookie = true;
                let text = cookie(app, &parts.headers).ok_or(AppError::Unauthorized)?;
                // A browser sends the cookie whoever made it ask; a bearer token only ever comes from the client's own code.
                if !is_safe(&parts.method) {
                    refuse_cross_origin(&parts.headers, &app.settings().server.public_origin)?;
                }
                app.sessions.parse(text)
            }
        };
        // A text that this server did not make costs one HMAC and no statement.
        let token = token.map_err(|_| AppError::Unauthorized)?;
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
                    tracing::warn!("session's last use not written: {error}");
                }
            });
        }
        Ok(Self { session, by_cookie })
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next()?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    // Two of them are a request nobody sends by accident: none is taken.
    (values.next().is_none() && scheme.eq_ignore_ascii_case("bearer")).then_some(token.trim())
}

fn cookie<'a>(app: &App, headers: &'a HeaderMap) -> Option<&'a str> {
    let lines = headers
        .get_all(header::COOKIE)
        .iter()
        .map(HeaderValue::as_bytes);
    app.cookie.read(lines).ok().flatten()
}

fn is_safe(method: &Method) -> bool {
    // RFC 9110 section 9.2.1.
    matches!(
        *method,
        Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE
    )
}

/// Refuses what another site made a browser send. `Sec-Fetch-Site` cannot be set by a page (Fetch Metadata); browsers too
/// old for it send `Origin` with unsafe methods. A request with neither is no browser's.
pub(crate) fn refuse_cross_origin(headers: &HeaderMap, own_origin: &str) -> Result<(), AppError> {
    let value = |name: &str| headers.get(name).map(HeaderValue::as_bytes);
    let same = match value("sec-fetch-site") {
        Some(site) => matches!(site, b"same-origin" | b"none"),
        None => value("origin").is_none_or(|origin| origin == own_origin.as_bytes()),
    };
    match same {
        true => Ok(()),
        false => Err(AppError::Forbidden("request made by another site")),
    }
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
    fn only_a_browser_on_another_site_is_refused() {
        let refused =
            |pairs: &[_]| refuse_cross_origin(&headers(pairs), "https://example.com").is_err();
        assert!(!refused(&[]));
        assert!(!refused(&[("sec-fetch-site", "same-origin")]));
        assert!(!refused(&[("sec-fetch-site", "none")]));
        assert!(refused(&[("sec-fetch-site", "cross-site")]));
        assert!(refused(&[
            ("sec-fetch-site", "same-site"),
            ("origin", "https://example.com")
        ]));
        assert!(refused(&[("sec-fetch-site", "nonsense")]));
        assert!(!refused(&[("origin", "https://example.com")]));
        assert!(refused(&[("origin", "https://example.com.evil")]));
        assert!(refused(&[("origin", "null")]));
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
