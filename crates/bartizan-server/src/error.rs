//! What a route answers instead of success.

use std::{fmt, time::Duration};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bartizan::{
    password::{Unavailable, UnavailableKind},
    problem::{Problem, SecurityEvent},
    ratelimit::LoginRefused,
    validate::{Place, Rejection, Violation, Violations},
    validation_problem,
};
use bartizan_token::EntropyError;

use crate::{
    log::Seldom,
    problem_types::{
        CONFLICT, LOGIN_AGAIN, LOGIN_REFUSED, LOGIN_REQUIRED, NOT_ALLOWED, TOO_MANY_LOGINS,
        UNAVAILABLE,
    },
    store::StoreError,
};

/// What a route answers instead of success. The client's text and the operator's are two things: the second goes to the log.
#[derive(Debug)]
#[non_exhaustive]
pub enum AppError {
    /// 401: no session, or a dead one. One answer for every reason.
    Unauthorized,
    /// 401: the password must have been shown lately (RFC 9470).
    NotFresh {
        /// How lately.
        max_age: Duration,
    },
    /// 401: the login was refused. One answer for unknown, unconfirmed, disabled, unusable and wrong.
    LoginRefused,
    /// 403, with the reason.
    Forbidden(&'static str),
    /// 403: an API token without this scope (RFC 6750 section 3.1).
    ScopeMissing(&'static str),
    /// 404.
    NotFound,
    /// 409, with the reason.
    Conflict(&'static str),
    /// 422: fields of the body break rules that their types cannot know. No value is repeated.
    Invalid(Violations),
    /// 429: too many logins failed; `Retry-After` in seconds. Never which limit it was.
    TooManyLogins {
        /// When to come back.
        retry_after_secs: u64,
    },
    /// 503: too much at once, or a part that failed; `Retry-After` in seconds.
    Unavailable {
        /// When to come back.
        retry_after_secs: u32,
    },
}

impl AppError {
    /// A broken rule: the JSON Pointer of the field, a name of the rule for programs, and what it must be.
    pub fn invalid(pointer: &str, code: &'static str, message: &'static str) -> Self {
        let place = Place::Body(pointer.to_owned());
        let mut violations = Violations::default();
        violations.push(Violation::new(place, code, message));
        Self::Invalid(violations)
    }

    fn problem(&self) -> Problem {
        match self {
            Self::Unauthorized => Problem::of(&LOGIN_REQUIRED),
            Self::NotFresh { .. } => Problem::of(&LOGIN_AGAIN),
            Self::LoginRefused => Problem::of(&LOGIN_REFUSED),
            Self::Forbidden(reason) => Problem::of(&NOT_ALLOWED).with_detail(*reason),
            Self::ScopeMissing(_) => {
                Problem::of(&NOT_ALLOWED).with_detail("the API token lacks the scope for this")
            }
            Self::NotFound => Problem::new(StatusCode::NOT_FOUND),
            Self::Conflict(reason) => Problem::of(&CONFLICT).with_detail(*reason),
            Self::Invalid(violations) => {
                validation_problem(&Rejection::Invalid(violations.clone()))
            }
            Self::TooManyLogins { .. } => Problem::of(&TOO_MANY_LOGINS),
            Self::Unavailable { .. } => Problem::of(&UNAVAILABLE),
        }
    }

    /// What the log tells whoever watches over the service.
    const fn security_event(&self) -> Option<SecurityEvent> {
        Some(match self {
            Self::Unauthorized => SecurityEvent::AccessRefused {
                reason: "no-session",
            },
            Self::Forbidden(_) => SecurityEvent::AccessRefused {
                reason: "not-allowed",
            },
            Self::NotFresh { .. } => SecurityEvent::AccessRefused {
                reason: "not-fresh",
            },
            Self::ScopeMissing(_) => SecurityEvent::AccessRefused { reason: "no-scope" },
            Self::LoginRefused => SecurityEvent::LoginFailed {
                mechanism: "password",
                reason: "refused",
            },
            Self::TooManyLogins { .. } => SecurityEvent::LoginFailed {
                mechanism: "password",
                reason: "too-many",
            },
            Self::Invalid { .. } => SecurityEvent::InputRefused { reason: "field" },
            Self::NotFound | Self::Conflict(_) | Self::Unavailable { .. } => return None,
        })
    }
}

/// For the log: without what a client sent.
impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unauthorized => "no session",
            Self::NotFresh { .. } => "no fresh login",
            Self::LoginRefused => "login refused",
            Self::Forbidden(_) | Self::ScopeMissing(_) => "not allowed",
            Self::NotFound => "not found",
            Self::Conflict(_) => "a conflict",
            Self::Invalid(_) => "invalid input",
            Self::TooManyLogins { .. } => "too many logins failed",
            Self::Unavailable { .. } => "a part that is too busy or has failed",
        })
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let mut response: Response = self.problem().into_response::<Body>();
        if let Some(event) = self.security_event() {
            response.extensions_mut().insert(event);
        }
        let headers = response.headers_mut();
        match self {
            Self::Unauthorized | Self::LoginRefused => {
                // RFC 9110 section 11.6.1: a 401 names a scheme.
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::NotFresh { max_age } => challenge(
                headers,
                &format!(
                    "Bearer error=\"insufficient_user_authentication\", max_age=\"{}\"",
                    max_age.as_secs()
                ),
            ),
            Self::ScopeMissing(scope) => challenge(
                headers,
                &format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\""),
            ),
            Self::TooManyLogins { retry_after_secs } => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_after_secs));
            }
            Self::Unavailable { retry_after_secs } => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_after_secs));
            }
            _ => {}
        }
        response
    }
}

fn challenge(headers: &mut HeaderMap, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(header::WWW_AUTHENTICATE, value);
    }
}

/// Overload is told once a second, not for each request.
static BUSY: Seldom = Seldom::new();

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Busy => {
                if BUSY.may_speak() {
                    tracing::warn!("database queue is full");
                }
            }
            error => {
                let cause = std::error::Error::source(error).map(ToString::to_string);
                tracing::error!(%error, cause, "the database failed");
            }
        }
        Self::Unavailable {
            retry_after_secs: 1,
        }
    }
}

impl From<bartizan_token::store::StoreError> for AppError {
    fn from(error: bartizan_token::store::StoreError) -> Self {
        use std::error::Error;
        match error.source().and_then(|source| source.downcast_ref()) {
            Some(StoreError::Busy) => StoreError::Busy.into(),
            _ => {
                let cause = error.source().map(ToString::to_string);
                tracing::error!(%error, cause, "the database failed");
                Self::Unavailable {
                    retry_after_secs: 1,
                }
            }
        }
    }
}

impl From<LoginRefused> for AppError {
    fn from(refused: LoginRefused) -> Self {
        match refused.retry_after() {
            Some(wait) => Self::TooManyLogins {
                // rounded up, or who obeys is refused again
                retry_after_secs: wait.as_secs() + u64::from(wait.subsec_nanos() > 0),
            },
            None => Self::Unavailable {
                retry_after_secs: 2,
            },
        }
    }
}

impl From<Unavailable> for AppError {
    fn from(error: Unavailable) -> Self {
        match error.kind() {
            UnavailableKind::QueueFull | UnavailableKind::Deadline => {
                if BUSY.may_speak() {
                    tracing::warn!(%error, "no password is checked");
                }
            }
            _ => tracing::error!(%error, "no password can be checked"),
        }
        Self::Unavailable {
            retry_after_secs: 2,
        }
    }
}

impl From<EntropyError> for AppError {
    fn from(error: EntropyError) -> Self {
        tracing::error!(%error, "no randomness");
        Self::Unavailable {
            retry_after_secs: 5,
        }
    }
}
