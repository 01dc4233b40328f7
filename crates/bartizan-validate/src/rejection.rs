//! Why an input is refused.

use std::{error::Error, fmt};

use http::{HeaderValue, Response, StatusCode, header};

use crate::Violations;

/// Why an input is refused. Nothing of the input is in it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Rejection {
    /// 415: the body is of another type than `accept`.
    UnsupportedMediaType {
        /// What is read here, for the answer's `Accept` (RFC 9110, section 15.5.16).
        accept: &'static str,
    },
    /// 415: the body is compressed.
    UnsupportedEncoding,
    /// 413: more bytes than are read.
    TooLarge {
        /// The most bytes.
        limit: usize,
    },
    /// 400: it cannot be read.
    Malformed(Malformed),
    /// 422: it can be read, and breaks rules.
    Invalid(Violations),
}

/// Why an input cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Malformed {
    /// A stable name for programs: `syntax`, `duplicate_key`, `too_deep`, `utf8`.
    pub code: &'static str,
    /// For people.
    pub message: &'static str,
    /// The byte at which it was noticed, from 0; of a body only.
    pub at: Option<usize>,
}

impl Rejection {
    /// The answer's status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::UnsupportedMediaType { .. } | Self::UnsupportedEncoding => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    /// A response of this status with an empty body, its own fields, and the rejection in its extensions, for a layer to render.
    #[must_use]
    pub fn into_response<B: Default>(self) -> Response<B> {
        let mut response = Response::new(B::default());
        *response.status_mut() = self.status();
        let fields = response.headers_mut();
        match &self {
            Self::UnsupportedMediaType { accept } => {
                fields.insert(header::ACCEPT, HeaderValue::from_static(accept));
            }
            // RFC 9110, section 12.5.3: it tells the client which codings would do.
            Self::UnsupportedEncoding => {
                fields.insert(
                    header::ACCEPT_ENCODING,
                    HeaderValue::from_static("identity"),
                );
            }
            Self::Invalid(violations) => {
                if let Some(language) = violations.language() {
                    fields.insert(header::CONTENT_LANGUAGE, language);
                }
            }
            _ => {}
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnsupportedMediaType { accept } => write!(f, "expected {accept}"),
            Self::UnsupportedEncoding => f.write_str("expected a body that is not compressed"),
            Self::TooLarge { limit } => write!(f, "expected at most {limit} bytes"),
            Self::Malformed(malformed) => f.write_str(malformed.message),
            Self::Invalid(violations) => {
                let count = violations.as_slice().len() + violations.more();
                write!(f, "{count} rules are broken")
            }
        }
    }
}

impl Error for Rejection {}
