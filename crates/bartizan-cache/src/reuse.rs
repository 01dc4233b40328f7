//! Whether a stored answer serves a request (RFC 9111, section 4; RFC 5861).

use std::time::{Duration, SystemTime};

use crate::{CacheControl, Freshness};

/// What to do with a stored answer.
// Exhaustive: a caller must know every case.
#[allow(clippy::exhaustive_enums, reason = "an answer that callers must match")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// It serves.
    Fresh,
    /// It is stale and serves all the same, by the request's `max-stale`.
    Stale,
    /// It is stale and serves; one request in the background must refresh it (RFC 5861, section 3).
    StaleWhileRevalidate,
    /// The handler must be asked. If it fails, the answer serves all the same when `or_if_error` is true (RFC 5861, section 4).
    Ask {
        /// Whether it may stand in for an error.
        or_if_error: bool,
    },
}

/// Decides by an answer's freshness, by the request's directives where the route honours them, and by whether the answer was
/// purged softly: then it counts as stale from that moment.
#[must_use]
pub fn reuse(
    freshness: &Freshness,
    request: Option<&CacheControl>,
    is_purged_softly: bool,
    now: SystemTime,
) -> Reuse {
    let stale_for = match freshness.stale_for(now) {
        None if is_purged_softly => Some(Duration::ZERO),
        known => known,
    };
    let serves_stale = !freshness.never_serves_stale();
    let or_if_error = serves_stale && stale_for.unwrap_or_default() < freshness.if_error();
    let ask = Reuse::Ask { or_if_error };
    if freshness.always_asks() {
        return Reuse::Ask { or_if_error: false };
    }
    if let Some(request) = request {
        if request.is_no_cache() {
            return ask;
        }
        // section 5.2.1.1: at an age equal to the limit it still serves, but `max-age=0` always asks
        let age = freshness.age(now);
        if request
            .max_age()
            .is_some_and(|most| age > most || most.is_zero())
        {
            return ask;
        }
        let asked_for = request.min_fresh().unwrap_or_default();
        if freshness.fresh_for(now) < asked_for {
            return ask;
        }
        if let (Some(by), Some(most)) = (stale_for, request.max_stale())
            && serves_stale
            && by <= most
        {
            return Reuse::Stale;
        }
    }
    match stale_for {
        None => Reuse::Fresh,
        Some(by) if serves_stale && by < freshness.while_revalidate() => {
            Reuse::StaleWhileRevalidate
        }
        Some(_) => ask,
    }
}

/// Whether an answer of this status is a failure that a stale answer may stand in for (RFC 5861, section 4).
#[must_use]
pub fn is_failure(status: http::StatusCode) -> bool {
    matches!(status.as_u16(), 500 | 502 | 503 | 504)
}

/// What a request says to caches: `Cache-Control`, and without it `Pragma: no-cache` (RFC 9111, section 5.4).
#[must_use]
pub fn request_control(headers: &http::HeaderMap) -> CacheControl {
    let control = CacheControl::of(headers);
    if control.is_present() {
        return control;
    }
    let mut lines = headers.get_all(http::header::PRAGMA).iter();
    let asks = lines.any(|line| {
        let mut members = line.as_bytes().split(|byte| *byte == b',');
        members.any(|member| member.trim_ascii().eq_ignore_ascii_case(b"no-cache"))
    });
    if asks {
        CacheControl::of_lines([&http::HeaderValue::from_static("no-cache")])
    } else {
        control
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};

    use super::*;
    use crate::{Policy, Times};

    fn t0() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
    }

    fn control(text: &str) -> CacheControl {
        CacheControl::of_lines([&text.parse().unwrap()])
    }

    fn answer(text: &str) -> Freshness {
        let times = Times::new(t0(), t0());
        let policy = Policy::default();
        Freshness::of(
            &policy,
            StatusCode::OK,
            &HeaderMap::new(),
            &control(text),
            false,
            times,
        )
        .unwrap()
    }

    const ASK: Reuse = Reuse::Ask { or_if_error: false };
    const ASK_OR: Reuse = Reuse::Ask { or_if_error: true };

    #[test]
    fn time_and_windows_decide() {
        let windows = "max-age=10, stale-while-revalidate=5, stale-if-error=20";
        for (stored, after, expected) in [
            (windows, 9, Reuse::Fresh),
            (windows, 10, Reuse::StaleWhileRevalidate),
            (windows, 14, Reuse::StaleWhileRevalidate),
            (windows, 15, ASK_OR),
            (windows, 29, ASK_OR),
            (windows, 30, ASK),
            ("max-age=10", 10, ASK),
            ("max-age=10, must-revalidate, stale-if-error=20", 11, ASK),
            ("s-maxage=10, stale-if-error=20", 11, ASK),
            ("max-age=10, no-cache", 1, ASK),
        ] {
            let now = t0() + Duration::from_secs(after);
            assert_eq!(
                reuse(&answer(stored), None, false, now),
                expected,
                "{stored} {after}"
            );
        }
    }

    #[test]
    fn a_soft_purge_makes_it_stale_at_once() {
        let now = t0() + Duration::from_secs(1);
        assert_eq!(reuse(&answer("max-age=10"), None, true, now), ASK);
        let windows = answer("max-age=10, stale-while-revalidate=5");
        assert_eq!(
            reuse(&windows, None, true, now),
            Reuse::StaleWhileRevalidate
        );
    }

    #[test]
    fn a_request_that_is_honoured_can_ask_for_less_or_more() {
        for (stored, request, after, expected) in [
            ("max-age=10", "no-cache", 1, ASK),
            ("max-age=10", "max-age=0", 0, ASK),
            ("max-age=10", "max-age=5", 5, Reuse::Fresh),
            ("max-age=10", "max-age=5", 6, ASK),
            ("max-age=10", "min-fresh=4", 6, Reuse::Fresh),
            ("max-age=10", "min-fresh=5", 6, ASK),
            ("max-age=10", "max-stale=5", 15, Reuse::Stale),
            ("max-age=10", "max-stale=5", 16, ASK),
            ("max-age=10", "max-stale", 99_999, Reuse::Stale),
            ("max-age=10", "max-stale=x", 11, ASK),
            ("max-age=10, must-revalidate", "max-stale", 11, ASK),
            ("s-maxage=10", "max-stale", 11, ASK),
            ("max-age=10, stale-if-error=5", "no-cache", 1, ASK_OR),
        ] {
            let now = t0() + Duration::from_secs(after);
            let request = control(request);
            let found = reuse(&answer(stored), Some(&request), false, now);
            assert_eq!(found, expected, "{stored}; {request:?}; {after}");
        }
    }

    #[test]
    fn pragma_speaks_only_where_cache_control_is_silent() {
        let mut headers = HeaderMap::new();
        headers.insert("pragma", "x, No-Cache".parse().unwrap());
        assert!(request_control(&headers).is_no_cache());
        headers.insert("cache-control", "max-age=5".parse().unwrap());
        assert!(!request_control(&headers).is_no_cache());
    }
}
