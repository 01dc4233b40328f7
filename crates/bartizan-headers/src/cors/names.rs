//! Names with a meaning of their own in Fetch.

use http::{HeaderName, Method};

/// Fields whose values tell scripts how to behave towards this service: nobody lists them, nobody should have to.
pub(super) const DEFAULT_EXPOSED: [&str; 4] = [
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "x-request-id",
];

/// Fetch, section 2.2.1: needs no permission.
pub(super) fn is_safelisted_method(name: &[u8]) -> bool {
    matches!(name, b"GET" | b"HEAD" | b"POST")
}

/// Fetch, section 2.2.1: no script can send it.
pub(super) fn is_forbidden_method(name: &str) -> bool {
    ["CONNECT", "TRACE", "TRACK"]
        .iter()
        .any(|forbidden| forbidden.eq_ignore_ascii_case(name))
}

/// What is meant by a method's name in the wrong case.
///
/// Browsers turn `delete` into `DELETE`, and so on for GET, HEAD, OPTIONS, POST and PUT, so it never comes. They leave
/// `patch` as it is, which is no method of any service: the page has the same slip, and listing `patch` would hide it.
pub(super) fn meant_method(name: &str) -> Option<&'static str> {
    ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(name) && *known != name)
}

/// RFC 9110, section 5.6.2. [`Method::from_bytes`] allocates for longer names.
pub(super) fn is_token(name: &[u8]) -> bool {
    let legal = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !name.is_empty() && name.iter().all(legal)
}

pub(super) fn is_method(name: &str) -> bool {
    Method::from_bytes(name.as_bytes()).is_ok()
}

/// Fetch, section 2.2.2, "forbidden request-header": no script can set it. Those that depend on the value are not here.
pub(super) fn is_forbidden_request_header(name: &str) -> bool {
    let listed = [
        "accept-charset",
        "accept-encoding",
        "access-control-request-headers",
        "access-control-request-method",
        "connection",
        "content-length",
        "cookie",
        "cookie2",
        "date",
        "dnt",
        "expect",
        "host",
        "keep-alive",
        "origin",
        "referer",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    ];
    name.starts_with("proxy-") || name.starts_with("sec-") || listed.contains(&name)
}

/// A field of CORS answers, which nobody sends in a request and no script needs to read.
pub(super) fn is_cors_response_header(name: &str) -> bool {
    [
        "access-control-allow-credentials",
        "access-control-allow-headers",
        "access-control-allow-methods",
        "access-control-allow-origin",
        "access-control-allow-private-network",
        "access-control-expose-headers",
        "access-control-max-age",
    ]
    .contains(&name)
}

/// Fetch, section 2.2.2, "forbidden response-header name": scripts never see it.
pub(super) fn is_forbidden_response_header(name: &str) -> bool {
    matches!(name, "set-cookie" | "set-cookie2")
}

/// Fetch, section 2.2.2, "CORS-safelisted response-header name": scripts always see it.
pub(super) fn is_safelisted_response_header(name: &str) -> bool {
    matches!(
        name,
        "cache-control"
            | "content-language"
            | "content-length"
            | "content-type"
            | "expires"
            | "last-modified"
            | "pragma"
    )
}

/// The name in lower case, if it is one.
pub(super) fn header_name(text: &str) -> Option<HeaderName> {
    HeaderName::from_bytes(text.as_bytes()).ok()
}
