//! The keys of who is calling and how often.

use super::{
    keys::{Key, Kind, Strictness, file, key, texts, truth},
    read::{FAILURE, FIELDS, STORE, choose, name, put, shown, store_url},
};

use Kind::{Number, Text};
use Strictness::{Looser, Neutral};

pub(super) const EDGE: &[Key] = &[
    texts!("hosts.allowed", Neutral, hardening.hosts.allowed, "any"),
    texts!(
        "client_ip.trusted_proxies",
        Neutral,
        hardening.client_ip.trusted_proxies,
        "none"
    ),
    key(
        "client_ip.header",
        Text,
        Neutral,
        |c, t| {
            c.hardening.client_ip.header = Some(t.to_ascii_lowercase());
            Ok(())
        },
        |c| shown(c.hardening.client_ip.header.as_ref(), "x-forwarded-for"),
    ),
    key(
        "client_ip.hops",
        Number,
        Neutral,
        |c, t| {
            let mut hops = 0;
            put(&mut hops, t, "1 to 32")?;
            c.hardening.client_ip.hops = Some(hops);
            Ok(())
        },
        |c| shown(c.hardening.client_ip.hops.as_ref(), "by networks"),
    ),
    truth!(
        "client_ip.ignore_forwarded_host",
        Neutral,
        hardening.client_ip.ignore_forwarded_host
    ),
    texts!(
        "rate_limits.allow",
        Looser,
        hardening.rate_limits.allow,
        "none"
    ),
    texts!(
        "rate_limits.deny",
        Stricter,
        hardening.rate_limits.deny,
        "none"
    ),
    truth!("rate_limits.shadow", Looser, hardening.rate_limits.shadow),
    key(
        "rate_limits.fields",
        Text,
        Neutral,
        |c, t| choose(&mut c.hardening.rate_limits.fields, t, FIELDS),
        |c| name(c.hardening.rate_limits.fields, FIELDS),
    ),
    key(
        "rate_limit_store.kind",
        Text,
        Neutral,
        |c, t| choose(&mut c.limit_store.kind, t, STORE),
        |c| name(c.limit_store.kind, STORE),
    ),
    key(
        "rate_limit_store.url",
        Text,
        Neutral,
        |c, t| {
            c.limit_store.url = store_url(t)?;
            Ok(())
        },
        |c| c.limit_store.url.clone(),
    ),
    file!(
        "rate_limit_store.url_file",
        Neutral,
        limit_store.url_file,
        "none"
    ),
    file!(
        "rate_limit_store.secret_file",
        Neutral,
        limit_store.secret_file,
        "none"
    ),
    key(
        "rate_limit_store.namespace",
        Text,
        Neutral,
        |c, t| put(&mut c.limit_store.namespace, t, "a text"),
        |c| c.limit_store.namespace.clone(),
    ),
    key(
        "rate_limit_store.expected_instances",
        Number,
        Neutral,
        |c, t| {
            let slot = &mut c.limit_store.expected_instances;
            put(slot, t, "a whole number above 0")
        },
        |c| c.limit_store.expected_instances.to_string(),
    ),
    key(
        "rate_limit_store.capacity",
        Number,
        Neutral,
        |c, t| {
            let slot = &mut c.hardening.rate_limit_store.capacity;
            put(slot, t, "a whole number")
        },
        |c| c.hardening.rate_limit_store.capacity.to_string(),
    ),
    key(
        "rate_limit_store.on_failure",
        Text,
        Neutral,
        |c, t| choose(&mut c.hardening.rate_limit_store.on_failure, t, FAILURE),
        |c| name(c.hardening.rate_limit_store.on_failure, FAILURE),
    ),
    key(
        "login.failures_at_once",
        Number,
        Looser,
        |c, t| put(&mut c.login.failures_at_once, t, "a whole number above 0"),
        |c| c.login.failures_at_once.to_string(),
    ),
    key(
        "login.failures_per_prefix_hour",
        Number,
        Looser,
        |c, t| {
            let slot = &mut c.login.failures_per_prefix_hour;
            put(slot, t, "a whole number above 0")
        },
        |c| c.login.failures_per_prefix_hour.to_string(),
    ),
    key(
        "login.failures_per_account_day",
        Number,
        Looser,
        |c, t| {
            let slot = &mut c.login.failures_per_account_day;
            put(slot, t, "a whole number above 0")
        },
        |c| c.login.failures_per_account_day.to_string(),
    ),
];
