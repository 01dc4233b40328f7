//! What the lint says to policies that reviewers know.
//!
//! The verdicts of the second column are those of Google's CSP Evaluator (npm `csp_evaluator` 1.1.8, Apache-2.0; its checks
//! are described at <https://csp-evaluator.withgoogle.com>). The policies are this project's own, one or more for each of its
//! checks. Where ours is stricter, the third column has a reason and the second says `Fine`.

use bartizan_headers::{Csp, PolicyError, Reason};

/// How CSP Evaluator rates the worst finding, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rated {
    /// HIGH
    High,
    /// SYNTAX
    Syntax,
    /// MEDIUM
    Medium,
    /// STRICT_CSP, MEDIUM_MAYBE, INFO, or nothing.
    Fine,
}

use Rated::{Fine, High, Medium, Syntax};
use Reason as R;

/// Put behind a policy whose subject is something else.
const REST: &str = "object-src 'none'; base-uri 'none'";

/// Policies to which [`REST`] is added.
#[rustfmt::skip]
const SOURCES: &[(&str, Rated, &[Reason])] = &[
    // inline scripts
    ("script-src 'unsafe-inline'", High, &[R::UnsafeInline]),
    ("script-src 'self' 'unsafe-inline'", High, &[R::UnsafeInline]),
    ("default-src 'unsafe-inline'", High, &[R::UnsafeInline]),
    ("script-src 'self'; script-src-elem 'unsafe-inline'", High, &[R::UnsafeInline]),
    ("script-src 'self'; script-src-attr 'unsafe-inline'", High, &[R::UnsafeInline]),
    ("script-src 'nonce' 'strict-dynamic'; script-src-elem 'unsafe-inline'", High, &[R::UnsafeInline]),
    ("script-src 'unsafe-inline' 'nonce'", Fine, &[]),
    ("script-src 'unsafe-inline' 'sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='", Fine, &[]),
    ("script-src 'unsafe-inline' 'nonce-not$base64'", High, &[R::UnsafeInline, R::Malformed]),
    ("script-src 'unsafe-inline' 'sha256-not$base64'", High, &[R::UnsafeInline, R::Malformed]),
    ("default-src 'unsafe-inline'; script-src 'self'; style-src 'self'", Fine, &[R::NotHere]),
    ("script-src 'self'; style-src 'unsafe-inline'", Fine, &[R::UnsafeInlineStyle]),
    ("script-src 'self' 'unsafe-hashes'", Fine, &[R::Alone]),
    ("script-src 'unsafe-hashes' 'sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='", Fine, &[]),
    // evaluation
    ("script-src 'self' 'unsafe-eval'", Fine, &[R::UnsafeEval]),
    ("default-src 'unsafe-eval'", Fine, &[R::UnsafeEval]),
    ("script-src 'self'; script-src-elem 'unsafe-eval'", Fine, &[R::UnsafeEval]),
    ("script-src 'self' 'wasm-unsafe-eval'", Fine, &[]),
    // whole schemes
    ("script-src https:", High, &[R::WholeScheme]),
    ("script-src http:", High, &[R::WholeScheme]),
    ("script-src data:", High, &[R::WholeScheme]),
    ("script-src blob:", Fine, &[R::WholeScheme]),
    ("script-src 'self' data: https: http:", High, &[R::WholeScheme, R::WholeScheme, R::WholeScheme]),
    ("default-src https:", High, &[R::WholeScheme]),
    ("script-src 'none'; default-src https:", Fine, &[]),
    ("script-src 'self'; img-src data: blob: https:", Fine, &[]),
    ("script-src 'self'; connect-src https:", Fine, &[R::WholeScheme]),
    ("script-src 'nonce' 'strict-dynamic' https: http:", Fine, &[]),
    // wildcards
    ("script-src *", High, &[R::Wildcard]),
    ("script-src http://*", High, &[R::Wildcard]),
    ("script-src https://*", High, &[R::Wildcard]),
    ("script-src //*", High, &[R::Malformed]),
    ("default-src *", High, &[R::Wildcard]),
    ("script-src 'none'; default-src *", Fine, &[]),
    ("script-src *.com", High, &[R::Wildcard]),
    ("script-src a.example:*", Fine, &[R::Wildcard]),
    ("script-src *.a.example", Fine, &[]),
    ("script-src 'self'; frame-ancestors *", Fine, &[R::Wildcard]),
    ("script-src 'self'; form-action *", Fine, &[R::Wildcard]),
    // hosts
    ("script-src cdn.a.example", Fine, &[]),
    ("script-src 'self'", Fine, &[]),
    ("script-src *.google.com", High, &[R::OpenHost]),
    ("script-src www.google.com", High, &[R::OpenHost]),
    ("script-src gstatic.com", High, &[R::OpenHost]),
    ("script-src https://ajax.googleapis.com/ajax/", High, &[R::OpenHost]),
    ("script-src 'self'; script-src-elem https://cdnjs.cloudflare.com", High, &[R::OpenHost]),
    ("script-src https://cdn.jsdelivr.net", High, &[R::OpenHost]),
    ("script-src https://unpkg.com", Fine, &[R::OpenHost]),
    ("script-src https://googletagmanager.com", Fine, &[]),
    ("script-src https://googletagmanager.com 'unsafe-eval'", High, &[R::OpenHost, R::UnsafeEval]),
    ("script-src *.google.com 'none'", Fine, &[R::OpenHost, R::NoneBesideOthers]),
    ("script-src 'nonce' 'strict-dynamic' https://www.google.com", Fine, &[]),
    ("script-src 'self'; img-src https://www.google.com", Fine, &[]),
    // addresses
    ("script-src 8.8.8.8", Fine, &[R::IpHost]),
    ("script-src 'self'; font-src https://127.0.0.1:8080", Fine, &[R::IpHost]),
    ("script-src 'self'; font-src https://[::1]", Fine, &[R::IpHost]),
    ("script-src 'self'; font-src not.an.ip", Fine, &[]),
    // plain HTTP
    ("script-src http://a.example", Medium, &[R::PlainHttp]),
    ("script-src 'self'; img-src http://a.example", Medium, &[R::PlainHttp]),
    ("script-src 'self'; connect-src ws://a.example", Fine, &[R::PlainHttp]),
    ("script-src 'self'; report-uri http://a.example/r", Medium, &[R::PlainHttp]),
    ("script-src 'self'; report-uri https://a.example/r; report-to csp", Fine, &[]),
    ("script-src 'self'; report-to csp", Fine, &[]),
    // nonces
    ("script-src 'nonce-short'", Medium, &[R::ShortNonce]),
    ("script-src 'nonce-AAAAAAAAAAAAAAAAAAAAA'", Fine, &[R::ShortNonce]),
    ("script-src 'nonce-AAAAAAAAAAAAAAAAAAAAAA=='", Fine, &[R::FixedNonce]),
    ("script-src 'nonce'", Fine, &[]),
    ("script-src 'strict-dynamic'", Fine, &[R::Alone]),
    ("script-src 'nonce' 'strict-dynamic'", Fine, &[]),
    // what browsers have given up
    ("script-src 'self'; reflected-xss block", Syntax, &[R::Deprecated]),
    ("script-src 'self'; referrer origin", Fine, &[R::Deprecated]),
    ("script-src 'self'; prefetch-src 'self'", Fine, &[R::Deprecated]),
    ("script-src 'self'; disown-opener", Fine, &[R::Deprecated]),
    ("script-src 'self'; block-all-mixed-content", Fine, &[R::Deprecated]),
    // syntax
    ("script-src 'self'; foobar-src 'self'", Syntax, &[R::UnknownDirective]),
    ("script-src: 'self'; default-src 'none'", Syntax, &[R::UnknownDirective]),
    ("script-src 'self' img-src 'self'", Syntax, &[R::MissingSemicolon]),
    ("default-src a.example script-src 'none'", Syntax, &[R::MissingSemicolon, R::NoneBesideOthers]),
    ("script-src self", Syntax, &[R::MissingQuotes]),
    ("script-src 'self' strict-dynamic", Syntax, &[R::MissingQuotes]),
    ("script-src nonce-abcdefghijklmnopqrstuv", Syntax, &[R::MissingQuotes]),
    ("script-src sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", Syntax, &[R::MissingQuotes]),
    ("script-src sha384-AAAA", Syntax, &[R::MissingQuotes]),
    ("script-src 'foo-bar'", Syntax, &[R::UnknownKeyword]),
    ("script-src 'self'; require-trusted-types-for 'script'", Fine, &[]),
    ("script-src 'self'; require-trusted-types-for 'style'", Syntax, &[R::UnknownKeyword]),
    ("script-src 'self'; trusted-types 'allow-duplicates' app", Fine, &[]),
    ("script-src 'self'; trusted-types 'allow-dupes' app", Syntax, &[R::UnknownKeyword]),
    ("script-src 'self'; script-src 'none'", Fine, &[R::Duplicate]),
    ("script-src 'self'; img-src 'nonce'", Fine, &[R::NotHere]),
    ("script-src 'self'; sandbox allow-everything", Fine, &[R::Malformed]),
    ("script-src 'self'; sandbox allow-scripts allow-same-origin", Fine, &[R::SandboxEscape]),
];

/// Whole policies: what is missing.
#[rustfmt::skip]
const WHOLE: &[(&str, Rated, &[Reason])] = &[
    ("", High, &[R::MissingScriptSrc, R::MissingObjectSrc, R::MissingBaseUri]),
    ("script-src 'none'", High, &[R::MissingObjectSrc, R::MissingBaseUri]),
    ("object-src 'none'", High, &[R::MissingScriptSrc, R::MissingBaseUri]),
    ("object-src 'self'", High, &[R::MissingScriptSrc, R::MissingBaseUri]),
    ("script-src 'none'; object-src 'none'", Fine, &[R::MissingBaseUri]),
    ("script-src 'nonce'; object-src 'none'", High, &[R::MissingBaseUri]),
    ("script-src 'sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' 'strict-dynamic'; object-src 'none'",
        High, &[R::MissingBaseUri]),
    ("script-src 'sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='; object-src 'none'",
        Fine, &[R::MissingBaseUri]),
    ("default-src 'none'; base-uri 'none'", Fine, &[]),
    ("default-src 'self'; base-uri 'none'", Fine, &[R::MissingObjectSrc]),
    ("default-src 'none'", Fine, &[R::MissingBaseUri]),
    ("default-src https:; script-src 'none'; base-uri 'none'", High, &[R::WholeScheme, R::MissingObjectSrc]),
    ("script-src 'none'; base-uri 'none'; object-src data:", High, &[R::WholeScheme]),
    ("script-src 'none'; base-uri 'none'; object-src *", High, &[R::Wildcard]),
    ("script-src 'none'; base-uri 'none'; object-src https://*.googleapis.com", High, &[R::OpenHost]),
    ("script-src 'none'; base-uri 'none'; object-src https://a.example", Fine, &[]),
    ("script-src 'none'; object-src 'none'; base-uri *", High, &[R::Wildcard]),
    ("script-src 'none'; object-src 'none'; base-uri https:", High, &[R::WholeScheme]),
    ("script-src 'none'; object-src 'none'; base-uri 'self'", Fine, &[]),
];

fn reasons(policy: &str) -> Vec<Reason> {
    match Csp::parse(policy) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.iter().filter_map(PolicyError::reason).collect(),
    }
}

fn table() -> impl Iterator<Item = (String, Rated, &'static [Reason])> {
    let sources = SOURCES
        .iter()
        .map(|(text, rated, ours)| (format!("{text}; {REST}"), *rated, *ours));
    let whole = WHOLE
        .iter()
        .map(|(text, rated, ours)| ((*text).to_owned(), *rated, *ours));
    sources.chain(whole)
}

#[test]
fn each_policy_gets_its_verdict() {
    let mut wrong = Vec::new();
    for (policy, _, expected) in table() {
        let mut found = reasons(&policy);
        let mut expected = expected.to_vec();
        let key = |reason: &Reason| format!("{reason:?}");
        found.sort_by_key(key);
        expected.sort_by_key(key);
        if found != expected {
            wrong.push(format!("{policy}: expected {expected:?}, found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_that_csp_evaluator_rates_badly_is_built() {
    for (policy, rated, _) in table() {
        assert!(
            rated == Fine || Csp::parse(&policy).is_err(),
            "{rated:?}: {policy}"
        );
    }
}
