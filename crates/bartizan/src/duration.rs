//! Durations as people write them.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error};

const UNITS: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

/// `500ms`, `30s`, `15m`, `12h`, `30d`: a whole number and a unit.
///
/// # Errors
///
/// What it must be.
pub fn read_duration(text: &str) -> Result<Duration, &'static str> {
    let digits = text.trim_end_matches(|char: char| char.is_ascii_lowercase());
    let unit = text.strip_prefix(digits).unwrap_or_default();
    let millis = UNITS
        .iter()
        .find(|(name, _)| *name == unit)
        .map(|(_, millis)| millis);
    match (digits.parse::<u64>(), millis) {
        (Ok(count), Some(millis)) if digits.bytes().all(|byte| byte.is_ascii_digit()) => count
            .checked_mul(*millis)
            .map(Duration::from_millis)
            .ok_or("is too long"),
        _ => Err("must be a number and a unit: ms, s, m, h or d"),
    }
}

/// The same from a configuration.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    read_duration(&text).map_err(D::Error::custom)
}

/// In the largest unit that gives a whole number.
#[must_use]
pub fn show_duration(duration: Duration) -> String {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let unit = UNITS
        .iter()
        .rev()
        .find(|(_, unit)| millis.is_multiple_of(*unit) && millis >= *unit);
    unit.map_or_else(
        || "0s".to_owned(),
        |(name, unit)| format!("{}{name}", millis / unit),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_number_and_a_unit() {
        for text in ["500ms", "30s", "15m", "12h", "30d"] {
            assert_eq!(show_duration(read_duration(text).unwrap()), text);
        }
        assert_eq!(show_duration(read_duration("90m").unwrap()), "90m");
        for text in [
            "",
            "5",
            "s",
            "-5s",
            "+5s",
            "1.5h",
            "5 s",
            "5S",
            "5w",
            "99999999999999999999s",
            "999999999999999999d",
            "٣s",
        ] {
            assert!(read_duration(text).is_err(), "{text}");
        }
    }
}
