//! Which answers are for one person.

use http::{HeaderMap, header};

/// Put into a response's extensions by whoever has authenticated the request, it makes the answer one for a single person:
/// `Cache-Control: no-store`, unless the handler has set the field.
///
/// It is only needed where neither `Authorization` nor a cookie named by
/// [`PolicyBuilder::session_cookie`](crate::PolicyBuilder::session_cookie) says so: for certificates of clients, or keys in
/// fields of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Authenticated;

impl Authenticated {
    /// The marker.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

/// Whether a request with these fields brings credentials. They need not be good ones: an answer to bad ones is nobody
/// else's either.
pub(crate) fn brings_credentials(headers: &HeaderMap, cookies: &[String]) -> bool {
    headers.contains_key(header::AUTHORIZATION)
        || !cookies.is_empty()
            && headers.get_all(header::COOKIE).iter().any(|line| {
                line.as_bytes().split(|byte| *byte == b';').any(|pair| {
                    let pair = pair.trim_ascii_start();
                    let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default();
                    cookies
                        .iter()
                        .any(|cookie| cookie.as_bytes() == name.trim_ascii_end())
                })
            })
}

/// A token of RFC 9110, section 5.6.2, as cookie names are (RFC 6265bis, section 4.1.1).
pub(crate) fn is_cookie_name(text: &str) -> bool {
    let sign = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_cookie_counts_wherever_it_stands() {
        let names = ["__Host-session".to_owned()];
        for (line, expected) in [
            ("__Host-session=1", true),
            ("theme=dark; __Host-session=1", true),
            ("theme=dark;__Host-session=1", true),
            ("theme=__Host-session=1", false),
            ("x__Host-session=1", false),
            ("__host-session=1", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.append(header::COOKIE, "a=b".parse().unwrap());
            headers.append(header::COOKIE, line.parse().unwrap());
            assert_eq!(brings_credentials(&headers, &names), expected, "{line}");
            assert!(!brings_credentials(&headers, &[]), "{line}");
        }
    }
}
