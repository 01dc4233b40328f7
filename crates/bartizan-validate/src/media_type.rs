//! Which bodies are read, by their `Content-Type`.

use http::HeaderValue;

use crate::Rejection;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// `application/json`, and what says by its suffix that it is JSON (RFC 6839, section 3.1), as `application/merge-patch+json`.
pub(crate) fn json(content_type: Option<&HeaderValue>) -> Result<(), Rejection> {
    accept(content_type, JSON, |kind| {
        let suffixed = kind
            .get(..12)
            .filter(|start| start.eq_ignore_ascii_case("application/"))
            .and_then(|_| kind.get(12..kind.len().saturating_sub(5)))
            .is_some_and(|name| {
                !name.is_empty()
                    && name.bytes().all(is_token)
                    && kind
                        .get(12 + name.len()..)
                        .is_some_and(|end| end.eq_ignore_ascii_case("+json"))
            });
        suffixed || kind.eq_ignore_ascii_case(JSON)
    })
}

/// `application/x-www-form-urlencoded`.
pub(crate) fn form(content_type: Option<&HeaderValue>) -> Result<(), Rejection> {
    accept(content_type, FORM, |kind| kind.eq_ignore_ascii_case(FORM))
}

/// The type, and at most one parameter, `charset=utf-8`. A body of another charset would be read as something that it is not.
fn accept(
    content_type: Option<&HeaderValue>,
    accept: &'static str,
    is_it: impl FnOnce(&str) -> bool,
) -> Result<(), Rejection> {
    let text = content_type.and_then(|value| value.to_str().ok());
    let accepted = text.is_some_and(|text| {
        let (kind, parameters) = match text.split_once(';') {
            Some((kind, parameters)) => (kind, Some(parameters)),
            None => (text, None),
        };
        is_it(kind.trim_matches(BLANKS)) && parameters.is_none_or(is_utf_8)
    });
    accepted
        .then_some(())
        .ok_or(Rejection::UnsupportedMediaType { accept })
}

/// RFC 9110, section 5.6.3: optional white space.
const BLANKS: [char; 2] = [' ', '\t'];

fn is_utf_8(parameters: &str) -> bool {
    let parameters = parameters.trim_matches(BLANKS);
    let Some((name, value)) = parameters.split_once('=') else {
        // `application/json;` is what some clients send
        return parameters.is_empty();
    };
    let unquoted = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'));
    name.eq_ignore_ascii_case("charset") && unquoted.unwrap_or(value).eq_ignore_ascii_case("utf-8")
}

/// RFC 9110, section 5.6.2.
const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::{form, json};

    #[test]
    fn json_is_read_under_its_names_only() {
        for (value, accepted) in [
            ("application/json", true),
            ("APPLICATION/Json", true),
            ("application/json;charset=utf-8", true),
            ("application/json ; charset=\"UTF-8\"", true),
            ("application/json;", true),
            ("application/merge-patch+json", true),
            ("application/vnd.example.v2+JSON; charset=utf-8", true),
            ("application/+json", false),
            ("application/json+xml", false),
            ("application/a b+json", false),
            ("application/json/x+json", false),
            ("application/json; charset=utf-16", false),
            ("application/json; charset=utf-8; x=y", false),
            ("application/json; x", false),
            ("application/json, text/plain", false),
            ("application/jsonx", false),
            ("text/json", false),
            ("text/plain", false),
            ("é/json", false),
            ("application/éé+json", false),
            ("", false),
        ] {
            let header = HeaderValue::from_bytes(value.as_bytes()).expect("a value");
            assert_eq!(json(Some(&header)).is_ok(), accepted, "{value}");
        }
        assert!(json(None).is_err());
    }

    #[test]
    fn a_form_is_read_under_its_name_only() {
        for (value, accepted) in [
            ("application/x-www-form-urlencoded", true),
            ("application/x-www-form-urlencoded; charset=UTF-8", true),
            ("multipart/form-data", false),
            ("application/json", false),
        ] {
            assert_eq!(
                form(Some(&HeaderValue::from_static(value))).is_ok(),
                accepted,
                "{value}"
            );
        }
        assert!(form(None).is_err());
    }
}
