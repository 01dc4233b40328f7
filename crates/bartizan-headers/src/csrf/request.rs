//! What a request says about itself.

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use crate::CrossOriginRefuse;

// a static hashes once per look-up, a text would be normalised first
static FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
static FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
static FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// Who asks, by `Sec-Fetch-Site` (Fetch Metadata Request Headers, section 2.4). Scripts cannot set it: names that begin with
/// `Sec-` are forbidden to them (Fetch, section 2.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FetchSite {
    SameOrigin,
    SameSite,
    CrossSite,
    /// No site: an address that was typed, a bookmark.
    User,
}

impl FetchSite {
    /// `None` if the field is absent. Its values are tokens of structured fields, so their case counts.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Option<Self>, CrossOriginRefuse> {
        let wrong = CrossOriginRefuse::MalformedFetchSite;
        match single(headers, &FETCH_SITE).map_err(|Twice| wrong)? {
            None => Ok(None),
            Some(b"same-origin") => Ok(Some(Self::SameOrigin)),
            Some(b"same-site") => Ok(Some(Self::SameSite)),
            Some(b"cross-site") => Ok(Some(Self::CrossSite)),
            Some(b"none") => Ok(Some(Self::User)),
            Some(_) => Err(wrong),
        }
    }
}

/// A field that must stand once stands more often.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Twice;

/// The field's one value, if it has any.
pub(crate) fn single<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'a [u8]>, Twice> {
    let mut values = headers.get_all(name).iter();
    let first = values.next().map(HeaderValue::as_bytes);
    match values.next() {
        None => Ok(first),
        Some(_) => Err(Twice),
    }
}

/// Whether the request opens a WebSocket, or by extended CONNECT any other connection.
///
/// Browsers put no CORS on it and read the answer (RFC 6455, section 10.2: the server checks `Origin`), so its `GET` is not
/// safe. To an origin server every `CONNECT` is an extended one (RFC 8441, section 4).
pub(crate) fn is_handshake(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::CONNECT
        || headers.get_all(header::UPGRADE).iter().any(|value| {
            value.as_bytes().split(|byte| *byte == b',').any(|item| {
                // a protocol may have a version (RFC 9110, section 7.8)
                let name = item.split(|byte| *byte == b'/').next().unwrap_or_default();
                name.trim_ascii().eq_ignore_ascii_case(b"websocket")
            })
        })
}

/// Whether another site's read is one that isolation lets through (OWASP ASVS 5.0, 3.5.8).
///
/// An allow-list: somebody follows a link or shows the page in a frame, on which `frame-ancestors` decides; or a script asks
/// in the mode `cors`, and CORS decides what it may read.
pub(crate) fn is_open_read(headers: &HeaderMap) -> bool {
    let (Ok(mode), Ok(dest)) = (single(headers, &FETCH_MODE), single(headers, &FETCH_DEST)) else {
        return false;
    };
    match mode {
        Some(b"cors") => true,
        // Chromium 76 to 79 sends the mode and no destination
        Some(b"navigate") => matches!(dest, None | Some(b"document" | b"iframe" | b"frame")),
        _ => false,
    }
}

/// Whether a script asks, and CORS decides what it learns. No form and no element of a page does.
pub(crate) fn is_under_cors(headers: &HeaderMap) -> bool {
    single(headers, &FETCH_MODE).is_ok_and(|mode| mode == Some(b"cors"))
}

/// Whether the request carries what a browser may have added by itself: cookies, or a login that it remembers (RFC 9110, section
/// 11). `Bearer` comes from scripts alone: browsers know no such login (RFC 6750).
pub(crate) fn has_credentials(headers: &HeaderMap) -> bool {
    let is_bearer = |value: &HeaderValue| {
        let scheme = value.as_bytes().split(|byte| *byte == b' ').next();
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer"))
    };
    headers.contains_key(header::COOKIE)
        || !headers.get_all(header::AUTHORIZATION).iter().all(is_bearer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        let field = |(name, value): &(&'static str, &'static str)| {
            let name = HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        };
        fields.iter().map(field).collect()
    }

    #[test]
    fn a_handshake_is_found_in_any_spelling() {
        for value in [
            "websocket",
            "WebSocket",
            "h2c, websocket",
            "h2c,WEBSOCKET",
            " websocket ",
            "websocket/13",
        ] {
            let headers = headers(&[("upgrade", value)]);
            assert!(is_handshake(&Method::GET, &headers), "{value}");
        }
        let two = headers(&[("upgrade", "h2c"), ("upgrade", "websocket")]);
        assert!(is_handshake(&Method::GET, &two));
        assert!(is_handshake(&Method::CONNECT, &HeaderMap::new()));
        for value in ["", "h2c", "websockets", "web socket", "TLS/1.3"] {
            let headers = headers(&[("upgrade", value)]);
            assert!(!is_handshake(&Method::GET, &headers), "{value}");
        }
    }

    #[test]
    fn links_frames_and_cors_are_open_reads() {
        let read = |mode, dest| headers(&[("sec-fetch-mode", mode), ("sec-fetch-dest", dest)]);
        for (mode, dest, open) in [
            ("navigate", "document", true),
            ("navigate", "iframe", true),
            ("cors", "empty", true),
            ("cors", "font", true),
            ("navigate", "object", false),
            ("navigate", "embed", false),
            ("navigate", "x", false),
            ("no-cors", "image", false),
            ("no-cors", "script", false),
            ("no-cors", "document", false),
            ("same-origin", "empty", false),
            ("", "", false),
        ] {
            assert_eq!(is_open_read(&read(mode, dest)), open, "{mode} {dest}");
        }
        assert!(is_open_read(&headers(&[("sec-fetch-mode", "navigate")])));
        assert!(!is_open_read(&HeaderMap::new()));
        let twice = [("sec-fetch-mode", "cors"), ("sec-fetch-mode", "cors")];
        assert!(!is_open_read(&headers(&twice)));
    }
}
