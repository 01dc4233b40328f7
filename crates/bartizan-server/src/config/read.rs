//! How the text of a value is read, and how a value is shown.

use std::{fmt::Display, num::NonZeroUsize, str::FromStr, time::Duration};

use bartizan::{
    LimitFailure, LimitFields, Transport, headers::Origin, read_duration, token::Lifetime,
};

use super::{LeakedLogin, LogFormat, MailKind, Registration, StoreKind};

pub(super) type Names<T> = &'static [(&'static str, T)];
pub(super) const REGISTRATION: Names<Registration> = &[
    ("confirm", Registration::Confirm),
    ("open", Registration::Open),
    ("closed", Registration::Closed),
];
pub(super) const LEAKED: Names<LeakedLogin> =
    &[("tell", LeakedLogin::Tell), ("refuse", LeakedLogin::Refuse)];
pub(super) const MAIL: Names<MailKind> = &[("file", MailKind::File), ("smtp", MailKind::Smtp)];
pub(super) const FORMAT: Names<LogFormat> = &[("json", LogFormat::Json), ("text", LogFormat::Text)];
pub(super) const STORE: Names<StoreKind> =
    &[("memory", StoreKind::Memory), ("redis", StoreKind::Redis)];
pub(super) const FAILURE: Names<LimitFailure> = &[
    ("local", LimitFailure::Local),
    ("open", LimitFailure::Open),
    ("closed", LimitFailure::Closed),
];
pub(super) const FIELDS: Names<LimitFields> = &[
    ("draft11", LimitFields::Draft11),
    ("legacy", LimitFields::Legacy),
    ("both", LimitFields::Both),
    ("off", LimitFields::Off),
];
pub(super) const TRANSPORT: Names<Transport> = &[
    ("from-request", Transport::FromRequest),
    ("https", Transport::Https),
    ("plain", Transport::Plain),
];

pub(super) fn put<T: FromStr>(slot: &mut T, text: &str, what: &str) -> Result<(), String> {
    *slot = text.parse().map_err(|_| format!("must be {what}"))?;
    Ok(())
}

/// A number of threads or places: what is far beyond any machine is a slip, and would end the process at its start.
pub(super) fn put_up_to(slot: &mut NonZeroUsize, text: &str, most: usize) -> Result<(), String> {
    let number: Option<NonZeroUsize> = text.parse().ok();
    *slot = number
        .filter(|number| number.get() <= most)
        .ok_or_else(|| format!("must be 1 to {most}"))?;
    Ok(())
}

pub(super) fn choose<T: Copy>(slot: &mut T, text: &str, names: Names<T>) -> Result<(), String> {
    let Some((_, value)) = names.iter().find(|(name, _)| *name == text) else {
        let names: Vec<_> = names.iter().map(|(name, _)| *name).collect();
        return Err(format!("must be one of: {}", names.join(", ")));
    };
    *slot = *value;
    Ok(())
}

pub(super) fn name<T: PartialEq>(value: T, names: Names<T>) -> String {
    names
        .iter()
        .find(|(_, other)| *other == value)
        .map_or("", |(name, _)| name)
        .to_owned()
}

/// Texts between commas. None of them can have one: they are networks and hosts.
pub(super) fn list(text: &str) -> Vec<String> {
    match text.trim().is_empty() {
        true => Vec::new(),
        false => text.split(',').map(|item| item.trim().to_owned()).collect(),
    }
}

pub(super) fn shown_list(list: &[String], without: &str) -> String {
    match list.is_empty() {
        true => without.to_owned(),
        false => list.join(","),
    }
}

/// A store's address without user and password, which belong into a file.
pub(super) fn store_url(text: &str) -> Result<String, String> {
    let rest = text
        .strip_prefix("redis://")
        .filter(|rest| !rest.is_empty());
    match rest {
        Some(rest) if !rest.contains('@') => Ok(text.to_owned()),
        Some(_) => {
            Err("must have no password in it: give it by rate_limit_store.url_file".to_owned())
        }
        None => Err("must be like redis://127.0.0.1:6379".to_owned()),
    }
}

pub(super) fn shown(value: Option<&impl Display>, without: &str) -> String {
    value.map_or_else(|| without.to_owned(), ToString::to_string)
}

/// NIST SP 800-63B-4 section 3.1.1.2: never below 8.
pub(super) fn at_least_8(chars: usize) -> Result<(), String> {
    if chars < 8 {
        Err("must be at least 8".to_owned())
    } else {
        Ok(())
    }
}

/// Each is a hash at a change of the password.
pub(super) fn at_most_10(text: &str) -> Result<u32, String> {
    let number: Option<u32> = text.parse().ok();
    let number = number.filter(|number| *number <= 10);
    number.ok_or_else(|| "must be 0 to 10".to_owned())
}

/// Scheme, host and port as browsers write them: links begin with it, and it is compared with `Origin`.
pub(super) fn origin(text: &str) -> Result<String, String> {
    let is_web = text.starts_with("https://") || text.starts_with("http://");
    match Origin::parse(text) {
        Ok(_) if is_web => Ok(text.to_owned()),
        Ok(_) => Err(ORIGIN.to_owned()),
        Err(why) => Err(format!("{ORIGIN}: {why}")),
    }
}

const ORIGIN: &str = "must be like https://example.com, without a path";

/// A session's end must make sense alone; `load` puts the two together when both are known.
pub(super) fn lifetime(text: &str) -> Result<(), String> {
    let duration = read_duration(text)?;
    Lifetime::absolute(duration)
        .map(|_| ())
        .map_err(|error| error.to_string())
}

/// What a thief of a mailbox or of an open browser can use is short.
pub(super) fn within_a_day(text: &str) -> Result<Duration, String> {
    const BOUNDS: std::ops::RangeInclusive<Duration> =
        Duration::from_secs(60)..=Duration::from_secs(24 * 60 * 60);
    let duration = read_duration(text)?;
    match BOUNDS.contains(&duration) {
        true => Ok(duration),
        false => Err("must be 1m to 1d".to_owned()),
    }
}

/// Below a second no request could come in time.
pub(super) fn fresh(text: &str) -> Result<Duration, String> {
    const BOUNDS: std::ops::RangeInclusive<Duration> =
        Duration::from_secs(1)..=Duration::from_secs(24 * 60 * 60);
    let duration = read_duration(text)?;
    match BOUNDS.contains(&duration) {
        true => Ok(duration),
        false => Err("must be 1s to 1d".to_owned()),
    }
}

/// A link must outlive the way to the mailbox, and not by months.
pub(super) fn link_lifetime(text: &str) -> Result<Duration, String> {
    const BOUNDS: std::ops::RangeInclusive<Duration> =
        Duration::from_secs(60)..=Duration::from_secs(30 * 24 * 60 * 60);
    let duration = read_duration(text)?;
    match BOUNDS.contains(&duration) {
        true => Ok(duration),
        false => Err("must be 1m to 30d".to_owned()),
    }
}
