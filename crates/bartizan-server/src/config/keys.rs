//! Every key once: how it is read, shown and judged.

use std::{fmt::Display, num::NonZeroUsize, str::FromStr, time::Duration};

use bartizan::{Transport, token::Lifetime};

use super::{
    Config, LogFormat, MailKind, Registration,
    units::{read_duration, show_duration},
};

/// One key of the configuration.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Key {
    /// Section and name, joined by dots.
    pub path: &'static str,
    /// Whether the file must give a number, a truth value or a text.
    pub(super) kind: Kind,
    /// Reads its text; the error says what it must be.
    pub(super) set: fn(&mut Config, &str) -> Result<(), String>,
    /// Its value as text; secrets are not shown.
    pub show: fn(&Config) -> String,
    /// What a larger value means.
    pub more: Strictness,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.path)
    }
}

/// What a larger value of a key means for safety.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Strictness {
    /// Larger is stricter.
    Stricter,
    /// Larger is looser.
    Looser,
    /// Neither.
    Neutral,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Truth,
    /// Never in the file: the environment alone.
    Secret,
}

use Kind::{Number, Secret, Text, Truth};
use Strictness::{Looser, Neutral, Stricter};

const fn key(
    path: &'static str,
    kind: Kind,
    more: Strictness,
    set: fn(&mut Config, &str) -> Result<(), String>,
    show: fn(&Config) -> String,
) -> Key {
    Key {
        path,
        kind,
        set,
        show,
        more,
    }
}

/// All keys, in the order in which `check` prints them.
pub const KEYS: &[Key] = &[
    key(
        "server.listen",
        Text,
        Neutral,
        |c, t| put(&mut c.server.listen, t, "an address and a port"),
        |c| c.server.listen.to_string(),
    ),
    key(
        "server.management_listen",
        Text,
        Neutral,
        |c, t| put(&mut c.server.management_listen, t, "an address and a port"),
        |c| c.server.management_listen.to_string(),
    ),
    key(
        "server.public_origin",
        Text,
        Neutral,
        |c, t| {
            c.server.public_origin = origin(t)?;
            Ok(())
        },
        |c| c.server.public_origin.clone(),
    ),
    key(
        "server.data_dir",
        Text,
        Neutral,
        |c, t| put(&mut c.server.data_dir, t, "a folder"),
        |c| c.server.data_dir.display().to_string(),
    ),
    key(
        "accounts.registration",
        Text,
        Neutral,
        |c, t| choose(&mut c.accounts.registration, t, REGISTRATION),
        |c| name(c.accounts.registration, REGISTRATION),
    ),
    key(
        "password.memory_kib",
        Number,
        Stricter,
        |c, t| put(&mut c.password.memory_kib, t, "a number of KiB"),
        |c| c.password.memory_kib.to_string(),
    ),
    key(
        "password.passes",
        Number,
        Stricter,
        |c, t| put(&mut c.password.passes, t, "a number"),
        |c| c.password.passes.to_string(),
    ),
    key(
        "password.lanes",
        Number,
        Neutral,
        |c, t| put(&mut c.password.lanes, t, "a number"),
        |c| c.password.lanes.to_string(),
    ),
    key(
        "password.insecure_cost",
        Truth,
        Looser,
        |c, t| put(&mut c.password.insecure_cost, t, "true or false"),
        |c| c.password.insecure_cost.to_string(),
    ),
    key(
        "password.workers",
        Number,
        Neutral,
        |c, t| {
            let mut n = NonZeroUsize::MIN;
            put(&mut n, t, "a number above 0")?;
            c.password.workers = Some(n);
            Ok(())
        },
        |c| shown(c.password.workers.as_ref(), "cores - 1"),
    ),
    key(
        "password.queue",
        Number,
        Neutral,
        |c, t| put(&mut c.password.queue, t, "a number above 0"),
        |c| c.password.queue.to_string(),
    ),
    key(
        "password.min_chars",
        Number,
        Stricter,
        |c, t| {
            let mut n = 0;
            put(&mut n, t, "a number")?;
            at_least_8(n)?;
            c.password.min_chars = n;
            Ok(())
        },
        |c| c.password.min_chars.to_string(),
    ),
    key(
        "token.keys_file",
        Text,
        Neutral,
        |c, t| {
            c.token.keys_file = Some(t.into());
            Ok(())
        },
        |c| {
            shown(
                c.token
                    .keys_file
                    .as_ref()
                    .map(|path| path.display())
                    .as_ref(),
                "in the data folder",
            )
        },
    ),
    key(
        "token.session.idle",
        Text,
        Looser,
        |_, t| lifetime(t),
        |c| show_duration(c.token.session.idle_duration()),
    ),
    key(
        "token.session.absolute",
        Text,
        Looser,
        |_, t| lifetime(t),
        |c| show_duration(c.token.session.absolute_duration()),
    ),
    key(
        "token.confirmation.lifetime",
        Text,
        Looser,
        |c, t| {
            c.token.confirmation = link_lifetime(t)?;
            Ok(())
        },
        |c| show_duration(c.token.confirmation),
    ),
    key(
        "mail.kind",
        Text,
        Neutral,
        |c, t| choose(&mut c.mail.kind, t, MAIL),
        |c| name(c.mail.kind, MAIL),
    ),
    key(
        "mail.from",
        Text,
        Neutral,
        |c, t| put(&mut c.mail.from, t, "an address"),
        |c| c.mail.from.clone(),
    ),
    key(
        "mail.host",
        Text,
        Neutral,
        |c, t| put(&mut c.mail.host, t, "a host name"),
        |c| c.mail.host.clone(),
    ),
    key(
        "mail.port",
        Number,
        Neutral,
        |c, t| put(&mut c.mail.port, t, "a port"),
        |c| c.mail.port.to_string(),
    ),
    key(
        "mail.username",
        Text,
        Neutral,
        |c, t| {
            c.mail.username = Some(t.to_owned());
            Ok(())
        },
        |c| shown(c.mail.username.as_ref(), "none"),
    ),
    key(
        "mail.password_file",
        Text,
        Neutral,
        |c, t| {
            c.mail.password_file = Some(t.into());
            Ok(())
        },
        |c| {
            shown(
                c.mail
                    .password_file
                    .as_ref()
                    .map(|path| path.display())
                    .as_ref(),
                "none",
            )
        },
    ),
    key(
        "mail.password",
        Secret,
        Neutral,
        |c, t| {
            c.mail.password = Some(t.to_owned());
            Ok(())
        },
        |c| {
            c.mail
                .password
                .as_ref()
                .map_or("none", |_| "(set)")
                .to_owned()
        },
    ),
    key(
        "headers.transport",
        Text,
        Neutral,
        |c, t| choose(&mut c.hardening.headers.transport, t, TRANSPORT),
        |c| name(c.hardening.headers.transport, TRANSPORT),
    ),
    key(
        "headers.hsts_max_age_secs",
        Number,
        Stricter,
        |c, t| {
            put(
                &mut c.hardening.headers.hsts_max_age_secs,
                t,
                "a number of seconds",
            )
        },
        |c| c.hardening.headers.hsts_max_age_secs.to_string(),
    ),
    key(
        "headers.keep_disclosure",
        Truth,
        Looser,
        |c, t| put(&mut c.hardening.headers.keep_disclosure, t, "true or false"),
        |c| c.hardening.headers.keep_disclosure.to_string(),
    ),
    key(
        "log.format",
        Text,
        Neutral,
        |c, t| choose(&mut c.log.format, t, FORMAT),
        |c| name(c.log.format, FORMAT),
    ),
    key(
        "log.level",
        Text,
        Neutral,
        |c, t| {
            let mut level = tracing::Level::INFO;
            put(&mut level, t, "error, warn, info, debug or trace")?;
            c.log.level = t.to_owned();
            Ok(())
        },
        |c| c.log.level.clone(),
    ),
];

type Names<T> = &'static [(&'static str, T)];
const REGISTRATION: Names<Registration> = &[
    ("confirm", Registration::Confirm),
    ("open", Registration::Open),
    ("closed", Registration::Closed),
];
const MAIL: Names<MailKind> = &[("file", MailKind::File), ("smtp", MailKind::Smtp)];
const FORMAT: Names<LogFormat> = &[("json", LogFormat::Json), ("text", LogFormat::Text)];
const TRANSPORT: Names<Transport> = &[
    ("from-request", Transport::FromRequest),
    ("https", Transport::Https),
    ("plain", Transport::Plain),
];

fn put<T: FromStr>(slot: &mut T, text: &str, what: &str) -> Result<(), String> {
    *slot = text.parse().map_err(|_| format!("must be {what}"))?;
    Ok(())
}

fn choose<T: Copy>(slot: &mut T, text: &str, names: Names<T>) -> Result<(), String> {
    let Some((_, value)) = names.iter().find(|(name, _)| *name == text) else {
        let names: Vec<_> = names.iter().map(|(name, _)| *name).collect();
        return Err(format!("must be one of: {}", names.join(", ")));
    };
    *slot = *value;
    Ok(())
}

fn name<T: PartialEq>(value: T, names: Names<T>) -> String {
    names
        .iter()
        .find(|(_, other)| *other == value)
        .map_or("", |(name, _)| name)
        .to_owned()
}

fn shown(value: Option<&impl Display>, without: &str) -> String {
    value.map_or_else(|| without.to_owned(), ToString::to_string)
}

/// NIST SP 800-63B-4 section 3.1.1.2: never below 8.
fn at_least_8(chars: usize) -> Result<(), String> {
    if chars < 8 {
        Err("must be at least 8".to_owned())
    } else {
        Ok(())
    }
}

/// Scheme, host and port; nothing that a link could be bent with.
fn origin(text: &str) -> Result<String, String> {
    let uri: axum::http::Uri = text.parse().map_err(|_| ORIGIN.to_owned())?;
    let plain = matches!(uri.scheme_str(), Some("http" | "https"))
        && uri.authority().is_some_and(|a| !a.as_str().contains('@'));
    if !plain || uri.path() != "/" || uri.query().is_some() || text.ends_with('/') {
        return Err(ORIGIN.to_owned());
    }
    Ok(text.to_owned())
}

const ORIGIN: &str = "must be like https://example.com, without a path";

/// A session's end must make sense alone; `load` puts the two together when both are known.
fn lifetime(text: &str) -> Result<(), String> {
    let duration = read_duration(text)?;
    Lifetime::absolute(duration)
        .map(|_| ())
        .map_err(|error| error.to_string())
}

/// A link must outlive the way to the mailbox, and not by months.
fn link_lifetime(text: &str) -> Result<Duration, String> {
    const BOUNDS: std::ops::RangeInclusive<Duration> =
        Duration::from_secs(60)..=Duration::from_secs(30 * 24 * 60 * 60);
    let duration = read_duration(text)?;
    match BOUNDS.contains(&duration) {
        true => Ok(duration),
        false => Err("must be 1m to 30d".to_owned()),
    }
}
