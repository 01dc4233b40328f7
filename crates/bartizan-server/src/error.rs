//! What a route answers instead of success.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
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
        CONFLICT, LOGIN_REFUSED, LOGIN_REQUIRED, NOT_ALLOWED, TOO_MANY_LOGINS, UNAVAILABLE,
    },
    store::StoreError,
};

/// What a route answers instead of success. The client's text and the operator's are two things: the second goes to the log.
#[derive(Debug)]
#[non_exhaustive]
pub enum AppError {
    /// 401: no session, or a dead one. One answer for every reason.
    Unauthorized,
    /// 401: the login was refused. One answer for unknown, unconfirmed and wrong.
    LoginRefused,
    /// 403, with the reason.
    Forbidden(&'static str),
    /// 404.
    NotFound,
    /// 409, with the reason.
    Conflict(&'static str),
    /// 422: a field of the body breaks a rule that its type cannot know. The value is not repeated.
    Invalid(Violation),
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
        Self::Invalid(Violation::new(place, code, message))
    }

    fn problem(&self) -> Problem {
        match self {
            Self::Unauthorized => Problem::of(&LOGIN_REQUIRED),
            Self::LoginRefused => Problem::of(&LOGIN_REFUSED),
            Self::Forbidden(reason) => Problem::of(&NOT_ALLOWED).with_detail(*reason),
            Self::NotFound => Problem::new(StatusCode::NOT_FOUND),
            Self::Conflict(reason) => Problem::of(&CONFLICT).with_detail(*reason),
            Self::Invalid(violation) => {
                let mut violations = Violations::default();
                violations.push(violation.clone());
                validation_problem(&Rejection::Invalid(violations))
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
