//! Windows of the UTC calendar.

use std::time::Duration;

const DAY_SECS: u64 = 24 * 60 * 60;

/// Windows that turn with the clock, in UTC and without leap seconds, as POSIX time counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Calendar {
    /// Turns at second 0 of each minute.
    Minute,
    /// Turns at minute 0.
    Hour,
    /// Turns at 00:00.
    Day,
    /// Turns on Monday at 00:00 (ISO 8601).
    Week,
    /// Turns on the first of the month at 00:00.
    Month,
}

/// Which window a moment is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// Grows by one from window to window.
    pub(crate) number: u32,
    /// Nanoseconds until it turns.
    pub(crate) left_ns: u64,
}

impl Calendar {
    /// The window of a moment, in nanoseconds since 1970-01-01 00:00 UTC.
    pub(crate) fn window(self, unix_ns: u64) -> Window {
        let secs = unix_ns / 1_000_000_000;
        let (number, end_secs) = match self {
            Self::Minute => every(secs, 60, 0),
            Self::Hour => every(secs, 60 * 60, 0),
            Self::Day => every(secs, DAY_SECS, 0),
            // 1970-01-01 was a Thursday: the window began three days before.
            Self::Week => every(secs, 7 * DAY_SECS, 3 * DAY_SECS),
            Self::Month => month(secs),
        };
        Window {
            number: u32::try_from(number).unwrap_or(u32::MAX),
            left_ns: end_secs
                .saturating_mul(1_000_000_000)
                .saturating_sub(unix_ns),
        }
    }

    /// The longest window of this kind.
    pub(crate) const fn longest(self) -> Duration {
        Duration::from_secs(match self {
            Self::Minute => 60,
            Self::Hour => 60 * 60,
            Self::Day => DAY_SECS,
            Self::Week => 7 * DAY_SECS,
            Self::Month => 31 * DAY_SECS,
        })
    }
}

fn every(secs: u64, length: u64, shift: u64) -> (u64, u64) {
    let number = (secs + shift) / length;
    (number, (number + 1) * length - shift)
}

/// Months since 1970-01, and when the next one begins.
fn month(secs: u64) -> (u64, u64) {
    // Days from 0000-03-01 of the proleptic Gregorian calendar: years that begin in March end with the leap day, so a
    // month's place in the year is linear (153 days in five months from March on).
    let days = secs / DAY_SECS + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let months_from_march_0 = (era * 400 + year_of_era) * 12 + march_month;
    let next = first_day(months_from_march_0 + 1);
    // 1970-01 is ten months after 1969-03.
    (
        months_from_march_0 - (1969 * 12 + 10),
        (next - 719_468) * DAY_SECS,
    )
}

/// Days from 0000-03-01 to the first of a month, counted from that March.
fn first_day(months_from_march_0: u64) -> u64 {
    let (year, month) = (months_from_march_0 / 12, months_from_march_0 % 12);
    year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, ToSpan, Unit, tz::TimeZone};

    use super::*;

    fn unix_ns(text: &str) -> u64 {
        u64::try_from(text.parse::<Timestamp>().unwrap().as_nanosecond()).unwrap()
    }

    #[test]
    fn windows_turn_when_the_clock_says_so() {
        for (calendar, last, next) in [
            (
                Calendar::Minute,
                "2026-11-25T10:00:59.999999999Z",
                "2026-11-25T10:01:00Z",
            ),
            (
                Calendar::Hour,
                "2026-11-25T10:59:59Z",
                "2026-11-25T11:00:00Z",
            ),
            (
                Calendar::Day,
                "2026-11-25T23:59:59Z",
                "2026-11-26T00:00:00Z",
            ),
            (
                Calendar::Week,
                "2026-11-29T23:59:59Z",
                "2026-11-30T00:00:00Z",
            ),
            (
                Calendar::Month,
                "2024-02-29T23:59:59Z",
                "2024-03-01T00:00:00Z",
            ),
            (
                Calendar::Month,
                "2026-12-31T23:59:59Z",
                "2027-01-01T00:00:00Z",
            ),
        ] {
            let (last, next) = (unix_ns(last), unix_ns(next));
            let before = calendar.window(last);
            assert_eq!(before.left_ns, next - last, "{calendar:?}");
            assert_eq!(
                calendar.window(next).number,
                before.number + 1,
                "{calendar:?}"
            );
            assert!(calendar.window(next).left_ns <= calendar.longest().as_nanos() as u64);
        }
    }

    #[test]
    fn months_are_those_of_a_calendar_library_for_two_centuries() {
        let mut first = "1970-01-01T00:00:00Z"
            .parse::<Timestamp>()
            .unwrap()
            .to_zoned(TimeZone::UTC);
        for number in 0..2400 {
            let next = first.checked_add(1.month()).unwrap();
            let start = u64::try_from(first.timestamp().as_nanosecond()).unwrap();
            let length =
                next.since((Unit::Hour, &first)).unwrap().get_hours() as u64 * 3_600_000_000_000;
            for (at, left) in [(start, length), (start + length - 1, 1)] {
                let window = Calendar::Month.window(at);
                assert_eq!((window.number, window.left_ns), (number, left), "{first}");
            }
            first = next;
        }
    }

    #[test]
    fn the_end_of_time_does_not_overflow() {
        for calendar in [Calendar::Minute, Calendar::Week, Calendar::Month] {
            assert!(calendar.window(u64::MAX).number > 0);
        }
    }
}
