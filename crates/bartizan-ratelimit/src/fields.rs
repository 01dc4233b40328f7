//! What a response tells about quotas: draft-ietf-httpapi-ratelimit-headers-11, and `Retry-After` (RFC 9110 section 10.2.3).

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::quota::Quota;

const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const X_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const X_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const X_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

const SEPARATOR: &[u8] = b", ";

/// The longest list that another layer's is joined to, in bytes.
const MAX_LIST: usize = 2048;

/// Which fields tell clients about their quotas. The draft is not finished: a later one is a new variant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// `RateLimit` and `RateLimit-Policy`, of version 11 of the IETF's draft. `pk` is never sent.
    #[default]
    Draft11,
    /// `X-RateLimit-Limit`, `-Remaining` and `-Reset` (seconds from now), of the quota with the fewest left.
    Legacy,
    /// Both.
    Draft11AndLegacy,
    /// None. `Retry-After` is sent with refusals all the same.
    Off,
}

/// What is told of one rule.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item<'a> {
    /// `"name";r=`, as every value of `RateLimit` begins.
    pub(crate) prefix: &'a str,
    /// Its item of `RateLimit-Policy`.
    pub(crate) policy: &'a HeaderValue,
    pub(crate) quota: u32,
    pub(crate) remaining: u32,
    pub(crate) next: Duration,
}

/// The fields of one response, ready to be written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields {
    draft: Option<(HeaderValue, HeaderValue)>,
    legacy: Option<Legacy>,
}

#[derive(Clone, Copy, Debug)]
struct Legacy {
    limit: u32,
    remaining: u32,
    reset_secs: u64,
}

impl Fields {
    pub(crate) fn new(dialect: Dialect, items: &[Item<'_>]) -> Self {
        let mut fields = Self::default();
        if items.is_empty() {
            return fields;
        }
        if matches!(dialect, Dialect::Draft11 | Dialect::Draft11AndLegacy) {
            let mut limit = Text::new();
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    limit.push(SEPARATOR);
                }
                limit.push(item.prefix.as_bytes());
                limit.push_number(u64::from(item.remaining));
                limit.push(b";t=");
                limit.push_number(seconds_up(item.next));
            }
            // Names have only characters that need no escape, so both are legal values.
            fields.draft = limit.value().zip(policies(items));
        }
        if matches!(dialect, Dialect::Legacy | Dialect::Draft11AndLegacy) {
            let tightest = items.iter().min_by_key(|item| item.remaining);
            fields.legacy = tightest.map(|item| Legacy {
                limit: item.quota,
                remaining: item.remaining,
                reset_secs: seconds_up(item.next),
            });
        }
        fields
    }

    /// Writes them; a list that an inner layer has written becomes one list with ours, ours first.
    pub(crate) fn write(self, headers: &mut HeaderMap) {
        if let Some((limit, policy)) = self.draft {
            put(headers, RATELIMIT, limit);
            put(headers, RATELIMIT_POLICY, policy);
        }
        if let Some(legacy) = self.legacy {
            headers.insert(X_LIMIT, legacy.limit.into());
            headers.insert(X_REMAINING, legacy.remaining.into());
            headers.insert(X_RESET, legacy.reset_secs.into());
        }
    }
}

/// One rule's item is ready to be shared; of several one value is made.
fn policies(items: &[Item<'_>]) -> Option<HeaderValue> {
    if let [only] = items {
        return Some(only.policy.clone());
    }
    let mut text = Text::new();
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            text.push(SEPARATOR);
        }
        text.push(item.policy.as_bytes());
    }
    text.value()
}

fn put(headers: &mut HeaderMap, name: HeaderName, ours: HeaderValue) {
    // Nearly always there is none: one look-up, and another only when there is.
    let Some(theirs) = headers.insert(name.clone(), ours) else {
        return;
    };
    let mut list = Text::new();
    if let Some(ours) = headers.get(&name) {
        list.push(ours.as_bytes());
    }
    list.push(SEPARATOR);
    list.push(theirs.as_bytes());
    if let Some(list) = list.value().filter(|list| list.len() <= MAX_LIST) {
        headers.insert(name, list);
    }
}

/// `"name";q=100;w=60`: quota and window as a client sees them, the burst and how long all of it takes to come back.
pub(crate) fn policy_item(name: &str, quota: Quota) -> Option<HeaderValue> {
    // To the nearest second: intervals are rounded up to a nanosecond, and 3 a second take 1.000000002 s to come back.
    let window = (quota.horizon() + Duration::from_millis(500))
        .as_secs()
        .max(1);
    HeaderValue::try_from(format!("\"{name}\";q={};w={window}", quota.burst())).ok()
}

/// Writes `Retry-After`: whole seconds, rounded up, at least one. A client that obeys it is not refused again.
pub(crate) fn write_retry_after(headers: &mut HeaderMap, wait: Duration) {
    headers.insert(header::RETRY_AFTER, seconds_up(wait).max(1).into());
}

pub(crate) const fn seconds_up(duration: Duration) -> u64 {
    match duration.subsec_nanos() {
        0 => duration.as_secs(),
        _ => duration.as_secs().saturating_add(1),
    }
}

/// A text that is put together without an allocation while it is short, as nearly all are.
struct Text {
    short: [u8; 128],
    len: usize,
    /// Everything, once it did not fit any more.
    long: Vec<u8>,
}

impl Text {
    const fn new() -> Self {
        Self {
            short: [0; 128],
            len: 0,
            long: Vec::new(),
        }
    }

    fn push(&mut self, part: &[u8]) {
        let end = self.len + part.len();
        match self.short.get_mut(self.len..end) {
            Some(place) if self.long.is_empty() => {
                place.copy_from_slice(part);
                self.len = end;
            }
            _ => self.push_long(part),
        }
    }

    #[cold]
    fn push_long(&mut self, part: &[u8]) {
        if self.long.is_empty() {
            self.long.extend_from_slice(&self.short[..self.len]);
        }
        self.long.extend_from_slice(part);
    }

    fn push_number(&mut self, mut number: u64) {
        let mut digits = [0_u8; 20];
        let mut at = digits.len();
        loop {
            at -= 1;
            digits[at] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        self.push(&digits[at..]);
    }

    fn bytes(&self) -> &[u8] {
        match self.long.is_empty() {
            true => &self.short[..self.len],
            false => &self.long,
        }
    }

    fn value(&self) -> Option<HeaderValue> {
        HeaderValue::from_bytes(self.bytes()).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    const POLICY: HeaderValue = HeaderValue::from_static("\"a\";q=5;w=1");

    fn item(prefix: &'static str, remaining: u32, millis: u64) -> Item<'static> {
        static SHARED: HeaderValue = POLICY;
        Item {
            prefix,
            policy: &SHARED,
            quota: 5,
            remaining,
            next: Duration::from_millis(millis),
        }
    }

    fn written(dialect: Dialect, items: &[Item<'_>]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        Fields::new(dialect, items).write(&mut headers);
        headers
    }

    #[test]
    fn several_rules_make_one_list() {
        let headers = written(
            Dialect::Draft11,
            &[item("\"a\";r=", 4, 200), item("\"b\";r=", 0, 61_001)],
        );
        assert_eq!(headers["ratelimit"], "\"a\";r=4;t=1, \"b\";r=0;t=62");
        assert_eq!(headers["ratelimit-policy"], "\"a\";q=5;w=1, \"a\";q=5;w=1");
        assert_eq!(headers.len(), 2);
    }

    #[test]
    fn a_list_of_an_inner_layer_is_joined() {
        let mut headers = written(Dialect::Draft11, &[item("\"inner\";r=", 1, 0)]);
        Fields::new(Dialect::Draft11, &[item("\"outer\";r=", 2, 0)]).write(&mut headers);
        assert_eq!(headers["ratelimit"], "\"outer\";r=2;t=0, \"inner\";r=1;t=0");
        assert_eq!(headers.get_all("ratelimit").iter().count(), 1);
    }

    #[test]
    fn legacy_fields_tell_of_the_quota_with_the_fewest_left() {
        let headers = written(
            Dialect::Legacy,
            &[item("\"a\";r=", 4, 200), item("\"b\";r=", 1, 1500)],
        );
        assert_eq!(headers["x-ratelimit-limit"], "5");
        assert_eq!(headers["x-ratelimit-remaining"], "1");
        assert_eq!(headers["x-ratelimit-reset"], "2");
        assert!(!headers.contains_key("ratelimit"));
        assert!(written(Dialect::Off, &[item("\"a\";r=", 4, 200)]).is_empty());
        assert!(written(Dialect::Draft11AndLegacy, &[]).is_empty());
    }

    #[test]
    fn retry_after_is_rounded_up_and_never_zero() {
        for (wait, text) in [(0, "1"), (1, "1"), (1000, "1"), (1001, "2"), (59_999, "60")] {
            let mut headers = HeaderMap::new();
            write_retry_after(&mut headers, Duration::from_millis(wait));
            assert_eq!(headers["retry-after"], text);
        }
    }

    #[test]
    fn a_policy_tells_burst_and_window() {
        let quota = Quota::per_second(NonZeroU32::new(3).unwrap()).unwrap();
        assert_eq!(policy_item("edge", quota).unwrap(), "\"edge\";q=3;w=1");
        let mut text = Text::new();
        text.push_number(u64::MAX);
        assert_eq!(text.bytes(), u64::MAX.to_string().as_bytes());
        for _ in 0..10 {
            text.push(b"0123456789012345");
        }
        assert_eq!(text.bytes().len(), 180);
        assert!(text.bytes().ends_with(b"5"));
    }
}
