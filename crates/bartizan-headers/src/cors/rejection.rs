//! Why a request is not allowed to be cross-origin.

use std::{error::Error, fmt};

/// Why a preflight was refused: 403 with an empty body, and this in the response's extensions.
///
/// It holds no text of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CorsRejection {
    /// The origin is not one of the policy's, or there is more than one.
    Origin,
    /// `Access-Control-Request-Method` does not name one method of the policy.
    Method,
    /// `Access-Control-Request-Headers` names a field that the policy does not.
    RequestHeader,
    /// `Access-Control-Request-Headers` is longer than all fields of the policy together.
    TooManyRequestHeaders,
}

impl fmt::Display for CorsRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Origin => "the origin is not allowed",
            Self::Method => "the method is not allowed across origins",
            Self::RequestHeader => "a request header is not allowed across origins",
            Self::TooManyRequestHeaders => "more request headers are asked for than are allowed",
        })
    }
}

impl Error for CorsRejection {}
