//! The keys of security fields and of requests of other sites.

use bartizan::headers::{EmbedderPolicy, OpenerPolicy, ReferrerPolicy, ResourcePolicy};

use super::{
    keys::{Key, Kind, Strictness, key},
    read::{TRANSPORT, choose, list, name, put, shown, shown_list},
};

use Kind::{List, Number, Text, Truth};
use Strictness::{Looser, Neutral, Stricter};

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
    key(
        "headers.hsts_subdomains",
        Truth,
        Stricter,
        |c, t| put(&mut c.hardening.headers.hsts_subdomains, t, "true or false"),
        |c| c.hardening.headers.hsts_subdomains.to_string(),
    ),
    key(
        "headers.hsts_preload",
        Truth,
        Stricter,
        |c, t| put(&mut c.hardening.headers.hsts_preload, t, "true or false"),
        |c| c.hardening.headers.hsts_preload.to_string(),
    ),
    key(
        "headers.keep_disclosure",
        Truth,
        Looser,
        |c, t| put(&mut c.hardening.headers.keep_disclosure, t, "true or false"),
        |c| c.hardening.headers.keep_disclosure.to_string(),
    ),
    key(
        "headers.session_cookies",
        List,
        Stricter,
        |c, t| {
            c.hardening.headers.session_cookies = list(t);
            Ok(())
        },
        |c| shown_list(&c.hardening.headers.session_cookies, "none"),
    ),
    key(
        "headers.repair_cookies",
        Truth,
        Stricter,
        |c, t| put(&mut c.hardening.headers.repair_cookies, t, "true or false"),
        |c| c.hardening.headers.repair_cookies.to_string(),
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
    key(
        "headers.strict_csp",
        Truth,
        Stricter,
        |c, t| put(&mut c.hardening.headers.strict_csp, t, "true or false"),
        |c| c.hardening.headers.strict_csp.to_string(),
    ),
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
    key(
        "headers.permissions",
        List,
        Looser,
        |c, t| {
            c.hardening.headers.permissions = list(t);
            Ok(())
        },
        |c| shown_list(&c.hardening.headers.permissions, "none"),
    ),
    key(
        "csrf.trusted_origins",
        List,
        Looser,
        |c, t| {
            c.hardening.csrf.trusted_origins = list(t);
            Ok(())
        },
        |c| shown_list(&c.hardening.csrf.trusted_origins, "none"),
    ),
    key(
        "csrf.session_cookies",
        List,
        Stricter,
        |c, t| {
            c.hardening.csrf.session_cookies = list(t);
            Ok(())
        },
        |c| shown_list(&c.hardening.csrf.session_cookies, "none"),
    ),
    key(
        "csrf.isolate_reads",
        Truth,
        Stricter,
        |c, t| put(&mut c.hardening.csrf.isolate_reads, t, "true or false"),
        |c| c.hardening.csrf.isolate_reads.to_string(),
    ),
    key(
        "csrf.shared_reads",
        List,
        Looser,
        |c, t| {
            c.hardening.csrf.shared_reads = list(t);
            Ok(())
        },
        |c| shown_list(&c.hardening.csrf.shared_reads, "none"),
    ),
    key(
        "csrf.insecure_bypass",
        List,
        Looser,
        |c, t| {
            c.hardening.csrf.insecure_bypass = list(t);
            Ok(())
        },
        |c| shown_list(&c.hardening.csrf.insecure_bypass, "none"),
    ),
    key(
        "csrf.report_only",
        Truth,
        Looser,
        |c, t| put(&mut c.hardening.csrf.report_only, t, "true or false"),
        |c| c.hardening.csrf.report_only.to_string(),
    ),
];

/// The word itself, if it is one of these.
fn one_of<T: Copy>(
    text: &str,
    all: &[T],
    as_str: impl Fn(T) -> &'static str,
) -> Result<String, String> {
    let mut words = all.iter().map(|one| as_str(*one));
    match words.clone().any(|word| word == text) {
        true => Ok(text.to_owned()),
        false => {
            let words: Vec<_> = words.by_ref().collect();
            Err(format!("must be one of: {}", words.join(", ")))
        }
    }
}
