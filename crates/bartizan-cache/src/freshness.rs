//! How old an answer is and how long it is fresh (RFC 9111, section 4.2).

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, StatusCode, header};

use crate::{
    CacheControl, Policy,
    control::{MOST_SECONDS, delta_seconds},
    policy::is_heuristically_cacheable,
};

/// A clock may go back this far, over an entry's arrival, before the entry counts as stale.
const CLOCK_SLACK: Duration = Duration::from_secs(60);

/// When the handler was asked and when it answered, by the same clock as `now` elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Times {
    /// The request went to the handler.
    pub asked: SystemTime,
    /// The head of its answer came back.
    pub received: SystemTime,
}

impl Times {
    /// Of one exchange.
    #[must_use]
    pub const fn new(asked: SystemTime, received: SystemTime) -> Self {
        Self { asked, received }
    }
}

/// How old an answer was when it came, how long it is fresh, and how long it may serve when stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    received: SystemTime,
    initial_age: Duration,
    lifetime: Duration,
    while_revalidate: Duration,
    if_error: Duration,
    always_ask: bool,
    never_stale: bool,
}

impl Freshness {
    /// Of an answer with these fields. `control` is what stands in its `Cache-Control`, or in the targeted field in its place;
    /// `Expires` counts only without a targeted field (RFC 9213, section 2.2).
    ///
    /// `None` if neither the answer nor the policy says how long it is fresh.
    #[must_use]
    pub fn of(
        policy: &Policy,
        status: StatusCode,
        headers: &HeaderMap,
        control: &CacheControl,
        is_targeted: bool,
        times: Times,
    ) -> Option<Self> {
        let date = single_date(headers, &header::DATE);
        // section 4.2.2: a status that allows it, or an answer that says it may be stored
        let is_guessable = is_heuristically_cacheable(status) || control.is_public();
        let sent = control.s_maxage().or(control.max_age()).or_else(|| {
            if is_targeted {
                None
            } else {
                expires(headers, date, times)
            }
        });
        let known = sent
            .or_else(|| heuristic(policy, is_guessable, headers, date, times))
            .or(policy.default_ttl);
        // What must be asked every time needs no lifetime.
        let lifetime = match known {
            Some(lifetime) => lifetime,
            None if control.is_no_cache() => Duration::ZERO,
            None => return None,
        };
        let ceiling = if status.is_success() {
            policy.max_ttl
        } else {
            policy.max_ttl.min(policy.short_ttl)
        };
        let never_stale = control.is_must_revalidate()
            || control.is_proxy_revalidate()
            || control.s_maxage().is_some()
            || control.is_no_cache();
        let window = |sent: Option<Duration>, default: Duration| {
            if never_stale {
                Duration::ZERO
            } else {
                sent.unwrap_or(default).min(policy.max_stale)
            }
        };
        Some(Self {
            received: times.received,
            initial_age: initial_age(headers, date, times),
            lifetime: lifetime.min(ceiling),
            while_revalidate: window(control.stale_while_revalidate(), policy.while_revalidate),
            if_error: window(control.stale_if_error(), policy.if_error),
            always_ask: control.is_no_cache(),
            never_stale,
        })
    }

    /// Section 4.2.3. A clock that went back makes nothing younger than it came.
    #[must_use]
    pub fn age(&self, now: SystemTime) -> Duration {
        self.initial_age.saturating_add(since(now, self.received))
    }

    /// How long it is fresh in all.
    #[must_use]
    pub const fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// Sets how long it is fresh in all. Only a shorter time counts.
    #[must_use]
    pub fn shortened_to(mut self, lifetime: Duration) -> Self {
        self.lifetime = self.lifetime.min(lifetime);
        self
    }

    /// For how long it is still fresh: zero when stale.
    #[must_use]
    pub fn fresh_for(&self, now: SystemTime) -> Duration {
        if self.came_from_the_future(now) {
            return Duration::ZERO;
        }
        self.lifetime.saturating_sub(self.age(now))
    }

    /// For how long it has been stale: `None` when fresh. An age equal to the lifetime is stale (section 4.2).
    #[must_use]
    pub fn stale_for(&self, now: SystemTime) -> Option<Duration> {
        if self.came_from_the_future(now) {
            return Some(Duration::MAX);
        }
        let age = self.age(now);
        (age >= self.lifetime).then(|| age.saturating_sub(self.lifetime))
    }

    /// For how long after `now` it can be of any use: fresh, or stale and served all the same.
    #[must_use]
    pub fn usable_for(&self, now: SystemTime) -> Duration {
        let window = self.while_revalidate.max(self.if_error);
        self.lifetime
            .saturating_add(window)
            .saturating_sub(self.age(now))
    }

    /// Whether it serves only after the handler was asked (`no-cache`).
    #[must_use]
    pub const fn always_asks(&self) -> bool {
        self.always_ask
    }

    /// Whether it may never serve when stale (section 4.2.4).
    #[must_use]
    pub const fn never_serves_stale(&self) -> bool {
        self.never_stale
    }

    /// RFC 5861, section 3, as cut by the policy.
    #[must_use]
    pub const fn while_revalidate(&self) -> Duration {
        self.while_revalidate
    }

    /// RFC 5861, section 4, as cut by the policy.
    #[must_use]
    pub const fn if_error(&self) -> Duration {
        self.if_error
    }

    fn came_from_the_future(&self, now: SystemTime) -> bool {
        since(self.received, now) > CLOCK_SLACK
    }
}

/// A time to live cut by at most `percent` of itself: `chance` 0 cuts nothing, `u32::MAX` all of that. So what was stored together
/// does not expire together. It is never made longer.
///
/// ```
/// use std::time::Duration;
/// use bartizan_cache::jittered;
///
/// let minute = Duration::from_secs(60);
/// assert_eq!(jittered(minute, 10, 0), minute);
/// assert_eq!(jittered(minute, 10, u32::MAX), Duration::from_secs(54));
/// ```
#[must_use]
pub fn jittered(ttl: Duration, percent: u8, chance: u32) -> Duration {
    let part = f64::from(percent.min(100)) / 100.0 * f64::from(chance) / f64::from(u32::MAX);
    ttl.saturating_sub(Duration::try_from_secs_f64(ttl.as_secs_f64() * part).unwrap_or_default())
}

fn since(later: SystemTime, earlier: SystemTime) -> Duration {
    later.duration_since(earlier).unwrap_or_default()
}

/// Section 4.2.3: `corrected_initial_age`.
fn initial_age(headers: &HeaderMap, date: Option<SystemTime>, times: Times) -> Duration {
    let apparent = date.map_or(Duration::ZERO, |date| since(times.received, date));
    let delay = since(times.received, times.asked);
    apparent.max(sent_age(headers).saturating_add(delay))
}

/// Section 5.1. What is no single number is as old as can be: section 5.1 would ignore it or take the first of a list, which lets
/// a mistake on the way make an old answer young.
fn sent_age(headers: &HeaderMap) -> Duration {
    let mut lines = headers.get_all(header::AGE).iter();
    let age = match (lines.next(), lines.next()) {
        (None, _) => 0,
        (Some(line), None) => delta_seconds(line.as_bytes()).unwrap_or(MOST_SECONDS),
        (Some(_), Some(_)) => MOST_SECONDS,
    };
    Duration::from_secs(age.into())
}

/// Section 4.2.1. Of several the earliest counts, and one that is no date is past (section 5.3).
fn expires(headers: &HeaderMap, date: Option<SystemTime>, times: Times) -> Option<Duration> {
    let from = date.unwrap_or(times.received);
    headers
        .get_all(header::EXPIRES)
        .iter()
        .map(|line| http_date(line).map_or(Duration::ZERO, |until| since(until, from)))
        .min()
}

/// Section 4.2.2: a tenth of the time since it was modified.
fn heuristic(
    policy: &Policy,
    is_guessable: bool,
    headers: &HeaderMap,
    date: Option<SystemTime>,
    times: Times,
) -> Option<Duration> {
    let ceiling = policy.heuristic?;
    if !is_guessable {
        return None;
    }
    let modified = single_date(headers, &header::LAST_MODIFIED)?;
    Some((since(date.unwrap_or(times.received), modified) / 10).min(ceiling))
}

/// The date in this field, if there is one line and it holds one.
pub(crate) fn single_date(headers: &HeaderMap, name: &HeaderName) -> Option<SystemTime> {
    let mut lines = headers.get_all(name).iter();
    match (lines.next(), lines.next()) {
        (Some(line), None) => http_date(line),
        _ => None,
    }
}

/// RFC 9110, section 5.6.7, in all three formats.
pub(crate) fn http_date(line: &http::HeaderValue) -> Option<SystemTime> {
    httpdate::parse_http_date(line.to_str().ok()?).ok()
}

#[cfg(test)]
mod tests;
