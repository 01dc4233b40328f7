//! Which language a client likes.

use std::cmp::Reverse;

use http::HeaderValue;

/// More of the field is not read.
const MOST_BYTES: usize = 256;

/// More languages are not looked at.
const MOST_RANGES: usize = 16;

/// The one of `known` that the client likes best, by its `Accept-Language` (RFC 9110, section 12.5.4) and the lookup of RFC 4647,
/// section 3.4: `de-CH` finds `de`. `*` finds the first. `None` if it likes none of them, or if the field is malformed or longer
/// than 256 bytes or 16 languages.
///
/// ```
/// use bartizan_validate::choose_language;
/// use http::HeaderValue;
///
/// let field = HeaderValue::from_static("fr;q=0.5, de-CH");
/// assert_eq!(choose_language(&field, &["en", "fr", "de"]), Some("de"));
/// assert_eq!(choose_language(&HeaderValue::from_static("de;q=2"), &["en", "de"]), None);
/// ```
#[must_use]
pub fn choose_language<'k>(field: &HeaderValue, known: &[&'k str]) -> Option<&'k str> {
    let text = field
        .to_str()
        .ok()
        .filter(|text| text.len() <= MOST_BYTES)?;
    let mut ranges = Vec::new();
    for element in text.split(',').map(trimmed).filter(|e| !e.is_empty()) {
        if ranges.len() == MOST_RANGES {
            return None;
        }
        ranges.push(range(element)?);
    }
    let refused = |tag: &str| {
        ranges
            .iter()
            .any(|(range, q)| *q == 0 && range.eq_ignore_ascii_case(tag))
    };
    let mut liked: Vec<_> = ranges.iter().filter(|(_, quality)| *quality > 0).collect();
    // Stable: of two that are liked alike the first.
    liked.sort_by_key(|(_, quality)| Reverse(*quality));
    liked.into_iter().find_map(|(range, _)| {
        let mut allowed = known.iter().copied().filter(|tag| !refused(tag));
        match *range {
            "*" => allowed.next(),
            range => prefixes(range)
                .find_map(|prefix| {
                    known
                        .iter()
                        .copied()
                        .find(|tag| tag.eq_ignore_ascii_case(prefix))
                })
                .filter(|tag| !refused(tag)),
        }
    })
}

/// A range and its quality in thousandths.
fn range(element: &str) -> Option<(&str, u16)> {
    let (range, quality) = match element.split_once(';') {
        None => (element, 1_000),
        Some((range, weight)) => {
            let weight = trimmed(weight);
            let value = weight
                .strip_prefix("q=")
                .or_else(|| weight.strip_prefix("Q="))?;
            (trimmed(range), thousandths(value)?)
        }
    };
    let is_tag = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    (range == "*" || range.split('-').all(is_tag)).then_some((range, quality))
}

/// `0` to `1` with up to three digits after the point (RFC 9110, section 12.4.2).
fn thousandths(text: &str) -> Option<u16> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    let value = match whole {
        "0" if digits => format!("{part:0<3}").parse().ok()?,
        "1" if digits => format!("1{part:0<3}").parse().ok()?,
        _ => return None,
    };
    (value <= 1_000).then_some(value)
}

/// `zh-Hant-TW`, `zh-Hant`, `zh`.
fn prefixes(range: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(range), |range| {
        let (shorter, _) = range.rsplit_once('-')?;
        // A single letter is only the start of a subtag (RFC 4647, section 3.4).
        match shorter.rsplit_once('-') {
            Some((before, last)) if last.len() == 1 => Some(before),
            _ => Some(shorter),
        }
    })
}

fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::choose_language;

    fn chosen(field: &str) -> Option<&'static str> {
        choose_language(
            &HeaderValue::from_str(field).expect("a field value"),
            &["en", "de", "zh-Hant", "pt-BR"],
        )
    }

    #[test]
    fn the_best_liked_language_wins() {
        for (field, expected) in [
            ("de", Some("de")),
            ("DE", Some("de")),
            ("de-AT-1996", Some("de")),
            ("fr, de;q=0.9", Some("de")),
            ("de;q=0.3, en;q=0.7", Some("en")),
            ("zh-Hant-TW", Some("zh-Hant")),
            ("zh-Hans", None),
            ("pt", None),
            ("pt-br", Some("pt-BR")),
            ("fr, *;q=0.1", Some("en")),
            ("en;q=0, *", Some("de")),
            ("de;q=0", None),
            (" de ; q=1.000 ", Some("de")),
            ("", None),
        ] {
            assert_eq!(chosen(field), expected, "{field}");
        }
    }

    #[test]
    fn a_malformed_or_endless_field_chooses_nothing() {
        let many = vec!["de"; 17].join(",");
        let long = format!("de,{}", "a".repeat(300));
        for field in [
            "de;q=2",
            "de;q=0.1234",
            "de;level=1",
            "de_AT",
            "de;q",
            "-",
            &many,
            &long,
        ] {
            assert_eq!(chosen(field), None, "{field}");
        }
        let field = HeaderValue::from_bytes(b"de\xff").expect("a field value");
        assert_eq!(choose_language(&field, &["de"]), None);
    }
}
