//! Which requests an answer fits (RFC 9111, section 4.1).

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Fields that one answer may name.
const MOST_FIELDS: usize = 16;
/// Bytes of the request that one answer may depend on.
const MOST_BYTES: usize = 4096;

/// The fields that `Vary` names, in order and once each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VaryFields(Vec<HeaderName>);

impl VaryFields {
    /// Of an answer. `None` for `*`, for what is no name, and for more than 16 names: no other request can be known to fit.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut names = Vec::new();
        for line in headers.get_all(header::VARY) {
            for name in line.as_bytes().split(|byte| *byte == b',') {
                let name = name.trim_ascii();
                if name.is_empty() {
                    continue;
                }
                if name == b"*" {
                    return None;
                }
                names.push(HeaderName::from_bytes(name).ok()?);
            }
        }
        names.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
        names.dedup();
        (names.len() <= MOST_FIELDS).then_some(Self(names))
    }

    /// What a request says in these fields. `None` beyond 4 KiB.
    #[must_use]
    pub fn values(&self, request: &HeaderMap) -> Option<VaryValues> {
        let values: Vec<_> = self.0.iter().map(|name| normal(request, name)).collect();
        let bytes: usize = values.iter().flatten().map(Vec::len).sum();
        (bytes <= MOST_BYTES).then(|| VaryValues {
            names: self.0.clone(),
            values,
        })
    }

    /// The names, in order.
    #[must_use]
    pub fn names(&self) -> &[HeaderName] {
        &self.0
    }
}

/// What the request said that an answer was made for.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct VaryValues {
    names: Vec<HeaderName>,
    values: Vec<Option<Vec<u8>>>,
}

impl VaryValues {
    /// Whether another request says the same: all lines of each field, but for spaces about commas. An absent field equals only
    /// an absent one.
    #[must_use]
    pub fn fits(&self, request: &HeaderMap) -> bool {
        let pairs = self.names.iter().zip(&self.values);
        pairs
            .into_iter()
            .all(|(name, value)| normal(request, name) == *value)
    }

    /// The bytes that it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let names: usize = self.names.iter().map(|name| name.as_str().len()).sum();
        let values: usize = self.values.iter().flatten().map(Vec::len).sum();
        names + values + self.names.len() * 56
    }
}

// The values may be secrets of the request.
impl std::fmt::Debug for VaryValues {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VaryValues")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

/// All lines as one list, without spaces about commas and without empty members. A quoted comma does not matter: what is
/// joined alike was sent alike, or fits less often.
fn normal(request: &HeaderMap, name: &HeaderName) -> Option<Vec<u8>> {
    let mut lines = request.get_all(name).iter().peekable();
    lines.peek()?;
    let mut list = Vec::new();
    for line in lines {
        for member in line.as_bytes().split(|byte| *byte == b',') {
            let member = member.trim_ascii();
            if member.is_empty() {
                continue;
            }
            if !list.is_empty() {
                list.push(b',');
            }
            list.extend_from_slice(member);
        }
    }
    Some(list)
}

/// The first of `offered` that the request's `Accept-Encoding` allows, or `identity` (RFC 9110, section 12.5.3).
///
/// A layer may set the field to this before it looks anything up. Then there are as many variants as codings, not as many as
/// browsers; the handler must see the same field.
///
/// ```
/// use bartizan_cache::accept_encoding;
///
/// let mut headers = http::HeaderMap::new();
/// headers.insert("accept-encoding", "gzip;q=0.5, deflate, br;q=0".parse().unwrap());
/// assert_eq!(accept_encoding(&headers, &["br", "gzip"]), "gzip");
/// ```
#[must_use]
pub fn accept_encoding(request: &HeaderMap, offered: &[&'static str]) -> HeaderValue {
    let allows = |coding: &str| {
        let (mut named, mut any) = (None, None);
        for line in request.get_all(header::ACCEPT_ENCODING) {
            for member in line.as_bytes().split(|byte| *byte == b',') {
                let mut parts = member.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
                let name = parts.next().unwrap_or_default();
                let refused = parts.any(is_zero_weight);
                if name.eq_ignore_ascii_case(coding.as_bytes()) {
                    named = Some(!refused);
                } else if name == b"*" {
                    any = Some(!refused);
                }
            }
        }
        named.or(any).unwrap_or(false)
    };
    let chosen = offered.iter().find(|coding| allows(coding));
    chosen.map_or(HeaderValue::from_static("identity"), |coding| {
        HeaderValue::from_static(coding)
    })
}

fn is_zero_weight(parameter: &[u8]) -> bool {
    let Some((b'q' | b'Q', value)) = parameter.split_first() else {
        return false;
    };
    let Some(value) = value.trim_ascii_start().strip_prefix(b"=") else {
        return false;
    };
    value
        .trim_ascii()
        .iter()
        .all(|byte| matches!(byte, b'0' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn fields(vary: &[&str]) -> Option<VaryFields> {
        let lines: Vec<_> = vary.iter().map(|line| ("vary", *line)).collect();
        VaryFields::of(&request(&lines))
    }

    #[test]
    fn every_line_and_an_absence_are_compared() {
        let made_for = fields(&["A, b"])
            .unwrap()
            .values(&request(&[("a", "1"), ("a", "2, 3")]))
            .unwrap();
        for (pairs, fits) in [
            (&[("a", "1"), ("a", "2, 3")][..], true),
            (&[("a", "1 ,2,, 3"), ("x", "9")], true),
            (&[("a", "1")], false),
            (&[("a", "1, 3, 2")], false),
            (&[("a", "1, 2, 3"), ("b", "")], false),
            (&[], false),
        ] {
            assert_eq!(made_for.fits(&request(pairs)), fits, "{pairs:?}");
        }
    }

    #[test]
    fn a_star_and_what_is_no_name_fit_nobody() {
        for vary in [&["*"][..], &["a, *"], &["a", "*"], &["a b"], &["a;q=1"]] {
            assert_eq!(fields(vary), None, "{vary:?}");
        }
        let many: Vec<String> = (0..17).map(|number| format!("x-{number}")).collect();
        assert_eq!(fields(&[&many.join(",")]), None);
        assert!(fields(&[&many[..16].join(",")]).is_some());
        assert_eq!(fields(&["b, A", "a"]).unwrap().names(), ["a", "b"]);
    }

    #[test]
    fn long_values_are_not_kept() {
        let long = "x".repeat(4097);
        assert!(
            fields(&["a"])
                .unwrap()
                .values(&request(&[("a", &long)]))
                .is_none()
        );
        assert!(
            fields(&["b"])
                .unwrap()
                .values(&request(&[("a", &long)]))
                .is_some()
        );
    }

    #[test]
    fn values_do_not_show() {
        let made_for = fields(&["cookie"])
            .unwrap()
            .values(&request(&[("cookie", "s=secret")]))
            .unwrap();
        assert!(!format!("{made_for:?}").contains("secret"));
    }

    #[test]
    fn codings_are_few() {
        for (sent, chosen) in [
            ("br, gzip", "br"),
            ("gzip, br;q=0.1", "br"),
            ("gzip;q=1.0, br; q=0", "gzip"),
            ("*", "br"),
            ("*;q=0, gzip", "gzip"),
            ("br;q=0.000, *", "gzip"),
            ("deflate", "identity"),
            ("", "identity"),
            ("GZIP", "gzip"),
        ] {
            let headers = request(&[("accept-encoding", sent)]);
            assert_eq!(accept_encoding(&headers, &["br", "gzip"]), chosen, "{sent}");
        }
    }
}
