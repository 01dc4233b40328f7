//! `Cache-Control` (RFC 9111, section 5.2), read so that no mistake in it makes an answer live longer.

mod scan;

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, header};

pub(crate) use self::scan::is_token;
use self::scan::{Argument, scan};

/// The largest number of seconds (RFC 9111, section 1.2.2). More than that counts as this.
pub const MOST_SECONDS: u32 = 1 << 31;

/// The directives of a request's or a response's `Cache-Control`, all lines together.
///
/// | what is sent | counts as | why |
/// |---|---|---|
/// | a directive twice | the stricter one | RFC 9111, section 4.2.1 |
/// | `max-age=x`, `max-age=-1`, `max-age = 5`, `max-age` | `max-age=0` | RFC 9111, section 4.2.1: invalid freshness is staleness |
/// | `max-age=99999999999` | 2^31 seconds | RFC 9111, section 1.2.2 |
/// | `max-age="5"` | `max-age=5` | RFC 9111, section 5.2: both forms are accepted |
/// | `stale-while-revalidate=x` | none | it only permits |
/// | `private="f"`, `no-cache="f"` | the fields named | RFC 9111, sections 5.2.2.4 and 5.2.2.7 |
/// | `private=""`, `private=f g` | `private` | a list that is none names nothing that could be left out |
/// | `no-store=x` | `no-store` | the stricter reading |
/// | `public=x`, `must-understand=x` | nothing | it only permits |
/// | a quoted string without an end | [`is_broken`](Self::is_broken) | it may hide any directive |
///
/// ```
/// use bartizan_cache::CacheControl;
/// use std::time::Duration;
///
/// # let mut headers = http::HeaderMap::new();
/// headers.insert("cache-control", "max-age=60, max-age=10, private=\"x-user\"".parse().unwrap());
/// let control = CacheControl::of(&headers);
/// assert_eq!(control.max_age(), Some(Duration::from_secs(10)));
/// assert!(!control.is_private() && control.private_fields().len() == 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CacheControl {
    flags: u16,
    max_age: Option<u32>,
    s_maxage: Option<u32>,
    min_fresh: Option<u32>,
    max_stale: Option<u32>,
    stale_while_revalidate: Option<u32>,
    stale_if_error: Option<u32>,
    no_cache_fields: Vec<HeaderName>,
    private_fields: Vec<HeaderName>,
}

const NO_STORE: u16 = 1;
const NO_CACHE: u16 = 1 << 1;
const PRIVATE: u16 = 1 << 2;
const PUBLIC: u16 = 1 << 3;
const MUST_REVALIDATE: u16 = 1 << 4;
const PROXY_REVALIDATE: u16 = 1 << 5;
const MUST_UNDERSTAND: u16 = 1 << 6;
const ONLY_IF_CACHED: u16 = 1 << 7;
const BROKEN: u16 = 1 << 8;
const PRESENT: u16 = 1 << 9;

impl CacheControl {
    /// Reads every `Cache-Control` line.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        Self::of_lines(headers.get_all(header::CACHE_CONTROL))
    }

    /// Reads these lines.
    #[must_use]
    pub fn of_lines<'a>(lines: impl IntoIterator<Item = &'a HeaderValue>) -> Self {
        let mut control = Self::default();
        for line in lines {
            control.flags |= PRESENT;
            let (directives, closed) = scan(line.as_bytes());
            if !closed {
                control.flags |= BROKEN;
            }
            for directive in directives {
                control.take(directive.name, &directive.argument);
            }
        }
        control
    }

    /// Whether there was such a field at all.
    #[must_use]
    pub const fn is_present(&self) -> bool {
        self.has(PRESENT)
    }

    /// A quoted string does not end. What it swallowed is unknown, so the answer is not stored.
    #[must_use]
    pub const fn is_broken(&self) -> bool {
        self.has(BROKEN)
    }

    /// Section 5.2.2.5, and 5.2.1.5 in a request.
    #[must_use]
    pub const fn is_no_store(&self) -> bool {
        self.has(NO_STORE)
    }

    /// Section 5.2.2.4 without a list of fields, and 5.2.1.4 in a request.
    #[must_use]
    pub const fn is_no_cache(&self) -> bool {
        self.has(NO_CACHE)
    }

    /// Section 5.2.2.7 without a list of fields.
    #[must_use]
    pub const fn is_private(&self) -> bool {
        self.has(PRIVATE)
    }

    /// Section 5.2.2.9.
    #[must_use]
    pub const fn is_public(&self) -> bool {
        self.has(PUBLIC)
    }

    /// Section 5.2.2.2.
    #[must_use]
    pub const fn is_must_revalidate(&self) -> bool {
        self.has(MUST_REVALIDATE)
    }

    /// Section 5.2.2.8.
    #[must_use]
    pub const fn is_proxy_revalidate(&self) -> bool {
        self.has(PROXY_REVALIDATE)
    }

    /// Section 5.2.2.3.
    #[must_use]
    pub const fn is_must_understand(&self) -> bool {
        self.has(MUST_UNDERSTAND)
    }

    /// Section 5.2.1.7, of a request.
    #[must_use]
    pub const fn is_only_if_cached(&self) -> bool {
        self.has(ONLY_IF_CACHED)
    }

    /// Sections 5.2.2.1 and 5.2.1.1.
    #[must_use]
    pub fn max_age(&self) -> Option<Duration> {
        seconds(self.max_age)
    }

    /// Section 5.2.2.10.
    #[must_use]
    pub fn s_maxage(&self) -> Option<Duration> {
        seconds(self.s_maxage)
    }

    /// Section 5.2.1.3, of a request.
    #[must_use]
    pub fn min_fresh(&self) -> Option<Duration> {
        seconds(self.min_fresh)
    }

    /// Section 5.2.1.2, of a request. Without a number it is [`MOST_SECONDS`].
    #[must_use]
    pub fn max_stale(&self) -> Option<Duration> {
        seconds(self.max_stale)
    }

    /// RFC 5861, section 3.
    #[must_use]
    pub fn stale_while_revalidate(&self) -> Option<Duration> {
        seconds(self.stale_while_revalidate)
    }

    /// RFC 5861, section 4.
    #[must_use]
    pub fn stale_if_error(&self) -> Option<Duration> {
        seconds(self.stale_if_error)
    }

    /// The fields of `no-cache="..."`, which are not stored.
    #[must_use]
    pub fn no_cache_fields(&self) -> &[HeaderName] {
        &self.no_cache_fields
    }

    /// The fields of `private="..."`, which are not stored.
    #[must_use]
    pub fn private_fields(&self) -> &[HeaderName] {
        &self.private_fields
    }

    const fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }

    /// Any directive, by its name and a number or a plain yes: also what a structured field says (RFC 9213).
    pub(crate) fn take_structured(&mut self, name: &[u8], value: Structured) {
        self.flags |= PRESENT;
        let number;
        let argument = match value {
            Structured::True => Argument::None,
            Structured::Number(seconds) => {
                number = seconds.to_string();
                Argument::Value(number.as_bytes().into())
            }
            // a text is a list of fields, never a number (RFC 9213, section 2.1: the types are those of RFC 9651)
            Structured::Text(ref text) if delta_seconds(text.as_bytes()).is_none() => {
                Argument::Value(text.as_bytes().into())
            }
            Structured::Text(_) => Argument::Malformed,
            Structured::Other => Argument::Malformed,
        };
        self.take(name, &argument);
    }

    fn take(&mut self, name: &[u8], argument: &Argument<'_>) {
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        let plain = *argument == Argument::None;
        if is("no-store") {
            self.flags |= NO_STORE;
        } else if is("no-cache") {
            match fields(argument) {
                Some(names) => self.no_cache_fields.extend(names),
                None => self.flags |= NO_CACHE,
            }
        } else if is("private") {
            match fields(argument) {
                Some(names) => self.private_fields.extend(names),
                None => self.flags |= PRIVATE,
            }
        } else if is("must-revalidate") {
            self.flags |= MUST_REVALIDATE;
        } else if is("proxy-revalidate") {
            self.flags |= PROXY_REVALIDATE;
        } else if is("only-if-cached") {
            self.flags |= ONLY_IF_CACHED;
        } else if is("public") && plain {
            self.flags |= PUBLIC;
        } else if is("must-understand") && plain {
            self.flags |= MUST_UNDERSTAND;
        } else if is("max-age") {
            strictest(&mut self.max_age, number(argument).unwrap_or(0));
        } else if is("s-maxage") {
            strictest(&mut self.s_maxage, number(argument).unwrap_or(0));
        } else if is("min-fresh") {
            // the longer, the stricter
            let asked = number(argument).unwrap_or(MOST_SECONDS);
            self.min_fresh = Some(self.min_fresh.map_or(asked, |before| before.max(asked)));
        } else if is("max-stale") {
            let most = if plain {
                Some(MOST_SECONDS)
            } else {
                number(argument)
            };
            strictest(&mut self.max_stale, most.unwrap_or(0));
        } else if is("stale-while-revalidate") {
            strictest(
                &mut self.stale_while_revalidate,
                number(argument).unwrap_or(0),
            );
        } else if is("stale-if-error") {
            strictest(&mut self.stale_if_error, number(argument).unwrap_or(0));
        }
    }
}

/// What a member of a structured field says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Structured {
    True,
    Number(u32),
    Text(String),
    Other,
}

fn strictest(place: &mut Option<u32>, seconds: u32) {
    *place = Some(place.map_or(seconds, |before| before.min(seconds)));
}

fn seconds(count: Option<u32>) -> Option<Duration> {
    count.map(|count| Duration::from_secs(count.into()))
}

fn number(argument: &Argument<'_>) -> Option<u32> {
    match argument {
        Argument::Value(digits) => delta_seconds(digits),
        Argument::None | Argument::Malformed => None,
    }
}

/// `delta-seconds` (RFC 9111, section 1.2.2): digits only, at most [`MOST_SECONDS`].
pub(crate) fn delta_seconds(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let count = digits.iter().fold(0_u32, |count, digit| {
        let digit = u32::from(digit - b'0');
        count.saturating_mul(10).saturating_add(digit)
    });
    Some(count.min(MOST_SECONDS))
}

/// The list of a qualified directive, or `None` for the whole answer.
fn fields(argument: &Argument<'_>) -> Option<Vec<HeaderName>> {
    let Argument::Value(list) = argument else {
        return None;
    };
    let names: Option<Vec<HeaderName>> = list
        .split(|byte| *byte == b',')
        .map(<[u8]>::trim_ascii)
        .filter(|name| !name.is_empty())
        .map(|name| HeaderName::from_bytes(name).ok())
        .collect();
    names.filter(|names| !names.is_empty())
}

#[cfg(test)]
mod tests;
