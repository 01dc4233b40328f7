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
    headers.contains_key(header::AUTHORIZATION) || has_cookie(headers, cookies)
}

/// Whether one of these cookies is there.
pub(crate) fn has_cookie(headers: &HeaderMap, names: &[impl AsRef<str>]) -> bool {
    !names.is_empty()
        && headers.get_all(header::COOKIE).iter().any(|line| {
            line.as_bytes().split(|byte| *byte == b';').any(|pair| {
                let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default();
                let name = name.trim_ascii();
                names
                    .iter()
                    .any(|wanted| wanted.as_ref().as_bytes() == name)
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

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let names = ["__Host-session", "sid"];
        for (value, found) in [
            ("__Host-session=abc", true),
            ("theme=dark; sid=1", true),
            ("theme=dark;sid=", true),
            ("sid", true),
            ("theme=sid", false),
            ("SID=1; xsid=1; sidx=1", false),
            ("", false),
        ] {
            assert_eq!(has_cookie(&lines(&[value]), &names), found, "{value}");
        }
        // HTTP/2 may split the field (RFC 9113, section 8.2.3)
        let split = lines(&["a=1", "sid=1"]);
        assert!(has_cookie(&split, &names));
    }

    fn lines(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, line.parse().unwrap());
        }
        headers
    }
}
