//! The keys of security fields and of requests of other sites.

use bartizan::headers::{EmbedderPolicy, OpenerPolicy, ReferrerPolicy, ResourcePolicy};

use super::{
    keys::{Key, Kind, Strictness, key, texts, truth},
    read::{TRANSPORT, choose, name, put, shown},
};

use Kind::{Number, Text};
use Strictness::{Neutral, Stricter};

pub(super) const HEADERS: &[Key] = &[
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
            let slot = &mut c.hardening.headers.hsts_max_age_secs;
            put(slot, t, "a number of seconds")
        },
        |c| c.hardening.headers.hsts_max_age_secs.to_string(),
    ),
    truth!(
        "headers.hsts_subdomains",
        Stricter,
        hardening.headers.hsts_subdomains
    ),
    truth!(
        "headers.hsts_preload",
        Stricter,
        hardening.headers.hsts_preload
    ),
    truth!(
        "headers.keep_disclosure",
        Looser,
        hardening.headers.keep_disclosure
    ),
    texts!(
        "headers.session_cookies",
        Stricter,
        hardening.headers.session_cookies,
        "none"
    ),
    truth!(
        "headers.repair_cookies",
        Stricter,
        hardening.headers.repair_cookies
    ),
    key(
        "headers.reports_to",
        Text,
        Neutral,
        |c, t| {
            c.hardening.headers.reports_to = Some(t.to_owned());
            Ok(())
        },
        |c| shown(c.hardening.headers.reports_to.as_ref(), "nobody"),
    ),
    truth!("headers.strict_csp", Stricter, hardening.headers.strict_csp),
    key(
        "headers.referrer_policy",
        Text,
        Neutral,
        |c, t| {
            c.hardening.headers.referrer_policy =
                Some(one_of(t, ReferrerPolicy::ALL, ReferrerPolicy::as_str)?);
            Ok(())
        },
        |c| shown(c.hardening.headers.referrer_policy.as_ref(), "no-referrer"),
    ),
    key(
        "headers.opener_policy",
        Text,
        Neutral,
        |c, t| {
            c.hardening.headers.opener_policy =
                Some(one_of(t, OpenerPolicy::ALL, OpenerPolicy::as_str)?);
            Ok(())
        },
        |c| shown(c.hardening.headers.opener_policy.as_ref(), "same-origin"),
    ),
    key(
        "headers.resource_policy",
        Text,
        Neutral,
        |c, t| {
            c.hardening.headers.resource_policy =
                Some(one_of(t, ResourcePolicy::ALL, ResourcePolicy::as_str)?);
            Ok(())
        },
        |c| shown(c.hardening.headers.resource_policy.as_ref(), "same-origin"),
    ),
    key(
        "headers.embedder_policy",
        Text,
        Neutral,
        |c, t| {
            c.hardening.headers.embedder_policy =
                Some(one_of(t, EmbedderPolicy::ALL, EmbedderPolicy::as_str)?);
            Ok(())
        },
        |c| shown(c.hardening.headers.embedder_policy.as_ref(), "none"),
    ),
    texts!(
        "headers.permissions",
        Looser,
        hardening.headers.permissions,
        "none"
    ),
    texts!(
        "csrf.trusted_origins",
        Looser,
        hardening.csrf.trusted_origins,
        "none"
    ),
    texts!(
        "csrf.session_cookies",
        Stricter,
        hardening.csrf.session_cookies,
        "none"
    ),
    truth!("csrf.isolate_reads", Stricter, hardening.csrf.isolate_reads),
    texts!(
        "csrf.shared_reads",
        Looser,
        hardening.csrf.shared_reads,
        "none"
    ),
    texts!(
        "csrf.insecure_bypass",
        Looser,
        hardening.csrf.insecure_bypass,
        "none"
    ),
    truth!("csrf.report_only", Looser, hardening.csrf.report_only),
];

/// The word itself, if it is one of these.
fn one_of<T: Copy>(
    text: &str,
    all: &[T],
    as_str: impl Fn(T) -> &'static str,
) -> Result<String, String> {
    let words: Vec<_> = all.iter().map(|one| as_str(*one)).collect();
    match words.contains(&text) {
        true => Ok(text.to_owned()),
        false => Err(format!("must be one of: {}", words.join(", "))),
    }
}
