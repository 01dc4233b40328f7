//! Durations as people write them.

use std::time::Duration;

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
