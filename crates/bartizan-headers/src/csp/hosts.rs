//! Hosts that serve scripts for everybody, which makes a list with them no protection.
//!
//! The kinds are those that "CSP Is Dead, Long Live CSP!" (Weichselbaum et al., ACM CCS 2016) describes and CSP Evaluator
//! looks for: endpoints that put a caller's text into a script (JSONP), and old AngularJS, which runs expressions that it
//! finds in a page. The choice is this crate's own, of well-known hosts; that a host is missing says nothing good about it.

use super::read::Host;

/// Anyone can have a script of his choice served from here: JSONP, AngularJS, or every package of a registry.
const OPEN: [&str; 36] = [
    "accounts.google.com",
    "ajax.aspnetcdn.com",
    "ajax.cloudflare.com",
    "ajax.googleapis.com",
    "api.flickr.com",
    "api.github.com",
    "api.twitter.com",
    "api.vimeo.com",
    "apis.google.com",
    "cdn.bootcdn.net",
    "cdn.jsdelivr.net",
    "cdn.rawgit.com",
    "cdn.skypack.dev",
    "cdnjs.cloudflare.com",
    "clients1.google.com",
    "code.angularjs.org",
    "cse.google.com",
    "docs.google.com",
    "esm.sh",
    "fastly.jsdelivr.net",
    "graph.facebook.com",
    "gstatic.com",
    "maps.google.com",
    "maps.googleapis.com",
    "mc.yandex.ru",
    "raw.githack.com",
    "rawcdn.githack.com",
    "s3.amazonaws.com",
    "search.twitter.com",
    "storage.googleapis.com",
    "suggestqueries.google.com",
    "translate.googleapis.com",
    "unpkg.com",
    "www.google.com",
    "www.googleapis.com",
    "www.gstatic.com",
];

/// The same, once `'unsafe-eval'` is allowed too: what they answer is evaluated by a script that they serve.
const OPEN_WITH_EVAL: [&str; 4] = [
    "googletagmanager.com",
    "www.google-analytics.com",
    "www.googleadservices.com",
    "www.googletagmanager.com",
];

/// Whether a list with this source lets everybody run scripts.
pub(crate) fn is_open(host: &Host<'_>, with_eval: bool) -> bool {
    let covers = |name: &&str| host.covers(name);
    OPEN.iter().any(covers) || with_eval && OPEN_WITH_EVAL.iter().any(covers)
}
