//! The keys of what the server itself does.

use std::num::NonZeroUsize;

use bartizan::{read_duration, show_duration};

use super::{
    keys::{Key, Kind, Strictness, file, key, texts, truth},
    read::{
        FORMAT, LEAKED, MAIL, REGISTRATION, at_least_8, at_most_10, choose, fresh, lifetime,
        link_lifetime, name, origin, put, put_up_to, shown, within_a_day,
    },
};

use Kind::{Number, Secret, Text};
use Strictness::{Looser, Neutral, Stricter};

pub(super) const SERVER: &[Key] = &[
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
        "server.max_requests_per_second",
        Number,
        Looser,
        |c, t| {
            put(
                &mut c.server.max_requests_per_second,
                t,
                "a whole number above 0",
            )
        },
        |c| c.server.max_requests_per_second.to_string(),
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
    truth!("password.insecure_cost", Looser, password.insecure_cost),
    key(
        "password.pad_to_kib",
        Number,
        Stricter,
        |c, t| {
            let mut n = 0;
            put(&mut n, t, "a number of KiB")?;
            c.password.pad_to_kib = Some(n);
            Ok(())
        },
        |c| shown(c.password.pad_to_kib.as_ref(), "password.memory_kib"),
    ),
    key(
        "password.workers",
        Number,
        Neutral,
        |c, t| {
            let mut n = NonZeroUsize::MIN;
            put_up_to(&mut n, t, 256)?;
            c.password.workers = Some(n);
            Ok(())
        },
        |c| shown(c.password.workers.as_ref(), "cores - 1"),
    ),
    key(
        "password.queue",
        Number,
        Neutral,
        |c, t| put_up_to(&mut c.password.queue, t, 10_000),
        |c| c.password.queue.to_string(),
    ),
    file!(
        "password.pepper_file",
        Stricter,
        password.pepper_file,
        "none"
    ),
    truth!(
        "password.accept_unpeppered",
        Looser,
        password.accept_unpeppered
    ),
    file!(
        "password.breach_file",
        Stricter,
        password.breach_file,
        "none"
    ),
    key(
        "password.leaked_login",
        Text,
        Stricter,
        |c, t| choose(&mut c.password.leaked_login, t, LEAKED),
        |c| name(c.password.leaked_login, LEAKED),
    ),
    key(
        "password.history",
        Number,
        Stricter,
        |c, t| {
            c.password.history = at_most_10(t)?;
            Ok(())
        },
        |c| c.password.history.to_string(),
    ),
    texts!(
        "password.context_words",
        Stricter,
        password.context_words,
        "none"
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
    file!(
        "token.keys_file",
        Neutral,
        token.keys_file,
        "in the data folder"
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
        "token.refresh.idle",
        Text,
        Looser,
        |_, t| lifetime(t),
        |c| show_duration(c.token.refresh.lifetime().idle_duration()),
    ),
    key(
        "token.refresh.absolute",
        Text,
        Looser,
        |_, t| lifetime(t),
        |c| show_duration(c.token.refresh.lifetime().absolute_duration()),
    ),
    key(
        "token.refresh.grace",
        Text,
        Looser,
        |c, t| {
            let grace = read_duration(t)?;
            let set = c.token.refresh.with_grace(grace);
            c.token.refresh = set.map_err(|error| error.to_string())?;
            Ok(())
        },
        |c| show_duration(c.token.refresh.grace()),
    ),
    key(
        "token.reset.lifetime",
        Text,
        Looser,
        |c, t| {
            c.token.reset = within_a_day(t)?;
            Ok(())
        },
        |c| show_duration(c.token.reset),
    ),
    key(
        "token.email_change.lifetime",
        Text,
        Looser,
        |c, t| {
            c.token.email_change = link_lifetime(t)?;
            Ok(())
        },
        |c| show_duration(c.token.email_change),
    ),
    key(
        "token.fresh",
        Text,
        Looser,
        |c, t| {
            c.token.fresh = fresh(t)?;
            Ok(())
        },
        |c| show_duration(c.token.fresh),
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
    file!("mail.password_file", Neutral, mail.password_file, "none"),
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
