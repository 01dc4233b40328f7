//! Which languages a client reads (RFC 9110, section 12.5.4).

use http::{HeaderMap, header};

/// Bytes of a field that is read at all.
const MAX_BYTES: usize = 512;
/// Ranges of a field that is read at all.
const MAX_RANGES: usize = 16;

/// What a client reads, by `Accept-Language`. A field that is malformed, longer than 512 bytes or of more than 16 ranges counts as
/// none.
///
/// ```
/// use bartizan_problem::Languages;
///
/// let languages = Languages::parse(b"de-CH, en;q=0.5").expect("well-formed");
/// assert_eq!(languages.choose(&["en", "de"]), Some("de"));
/// assert_eq!(languages.choose(&["fr"]), None);
/// assert!(Languages::parse(b"de;q=7").is_none());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Languages {
    /// In lower case, with their weights in thousandths, the most wanted first.
    ranges: Vec<(String, u16)>,
}

impl Languages {
    /// The languages of these fields.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let mut fields = headers.get_all(header::ACCEPT_LANGUAGE).iter();
        let field = fields.next().filter(|_| fields.next().is_none());
        let field = field.and_then(|field| Self::parse(field.as_bytes()));
        field.unwrap_or_default()
    }

    /// Reads a field's value. `None` if it is not well-formed or too long.
    #[must_use]
    pub fn parse(field: &[u8]) -> Option<Self> {
        if field.len() > MAX_BYTES {
            return None;
        }
        let text = std::str::from_utf8(field).ok()?;
        let mut ranges = Vec::new();
        for part in text.split(',').map(trim).filter(|part| !part.is_empty()) {
            let (range, weight) = match part.split_once(';') {
                Some((range, parameter)) => (trim(range), weight(trim(parameter))?),
                None => (part, 1_000),
            };
            if !is_range(range) || ranges.len() == MAX_RANGES {
                return None;
            }
            ranges.push((range.to_ascii_lowercase(), weight));
        }
        // stable: of equal weights the first stays first
        ranges.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
        Some(Self { ranges })
    }

    /// The best of the languages that there are, by the lookup of RFC 4647, section 3.4. `None`: the client reads none of them, or
    /// did not say.
    #[must_use]
    pub fn choose<'a>(&self, available: &[&'a str]) -> Option<&'a str> {
        let wanted = self.ranges.iter().filter(|(_, weight)| *weight > 0);
        for (range, _) in wanted {
            let found = available.iter().find(|language| {
                let allowed = !self.refuses(language);
                allowed && (range == "*" || is_prefix(language, range))
            });
            if let Some(found) = found {
                return Some(found);
            }
        }
        None
    }

    fn refuses(&self, language: &str) -> bool {
        let mut refused = self.ranges.iter().filter(|(_, weight)| *weight == 0);
        refused.any(|(range, _)| range.eq_ignore_ascii_case(language))
    }
}

/// Whether the wanted range is the language or one of its kinds: `de` serves who wants `de-CH`.
fn is_prefix(language: &str, range: &str) -> bool {
    let start = range.get(..language.len());
    let rest = range.get(language.len()..).unwrap_or_default();
    start.is_some_and(|start| start.eq_ignore_ascii_case(language))
        && (rest.is_empty() || rest.starts_with('-'))
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// `language-range` of RFC 4647, section 2.1.
fn is_range(range: &str) -> bool {
    let mut parts = range.split('-');
    let fits = |part: &str| (1..=8).contains(&part.len());
    let first = parts.next().unwrap_or_default();
    range == "*"
        || fits(first)
            && first.bytes().all(|byte| byte.is_ascii_alphabetic())
            && parts.all(|part| fits(part) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// `q=0.5` in thousandths (RFC 9110, section 12.4.2).
fn weight(parameter: &str) -> Option<u16> {
    let value = parameter.strip_prefix(['q', 'Q'])?.strip_prefix('=')?;
    let (whole, places) = value.split_once('.').unwrap_or((value, ""));
    if places.len() > 3 || !places.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{places:0<3}").parse().ok()?;
    match (whole, thousandths) {
        ("0", thousandths) => Some(thousandths),
        ("1", 0) => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(field: &str, available: &[&'static str]) -> Option<&'static str> {
        Languages::parse(field.as_bytes())?.choose(available)
    }

    #[test]
    fn the_most_wanted_language_that_there_is() {
        for (field, chosen) in [
            ("en;q=0.1, de", Some("de")),
            ("fr, de-Latn-CH;q=0.3, en;q=0.2", Some("de")),
            ("DE-ch", Some("de")),
            ("*", Some("en")),
            ("en;q=0, *", Some("de")),
            ("fr", None),
            ("d", None),
            ("", None),
            ("de;q=0", None),
            (" , de\t; Q=0.001 ,", Some("de")),
        ] {
            assert_eq!(choose(field, &["en", "de"]), chosen, "{field}");
        }
    }

    #[test]
    fn what_is_malformed_or_too_long_counts_as_none() {
        for field in [
            "de;q=1.001",
            "de;q=2",
            "de;q=0.1234",
            "de;q=.5",
            "de;q=",
            "de;x=1",
            "de;q=1;q=1",
            "d e",
            "de-",
            "abcdefghi",
            "d3",
            "de,\u{fc}",
            "**",
            "de;q=-1",
            "de;q=0.+1",
        ] {
            assert_eq!(Languages::parse(field.as_bytes()), None, "{field}");
        }
        assert!(Languages::parse("a,".repeat(16).as_bytes()).is_some());
        assert!(Languages::parse("a,".repeat(17).as_bytes()).is_none());
        assert!(Languages::parse(&[b' '; 513]).is_none());
        let mut two = HeaderMap::new();
        two.append(
            header::ACCEPT_LANGUAGE,
            http::HeaderValue::from_static("de"),
        );
        assert_eq!(Languages::of(&two).choose(&["de"]), Some("de"));
        two.append(
            header::ACCEPT_LANGUAGE,
            http::HeaderValue::from_static("de"),
        );
        assert_eq!(Languages::of(&two).choose(&["de"]), None);
    }
}
