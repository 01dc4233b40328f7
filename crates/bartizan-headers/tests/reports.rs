//! Reports as browsers shape them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bartizan_headers::{
    Report, ReportDisposition as Disposition, ReportError, ReportKind as Kind, ReportLimits,
    Reports, read_reports,
};

const CSP: &[u8] = b"application/csp-report";
const BATCH: &[u8] = b"application/reports+json";

fn read(content_type: &[u8], body: &str) -> Reports {
    read_reports(content_type, body.as_bytes(), ReportLimits::default()).unwrap()
}

fn one(content_type: &[u8], body: &str) -> Report {
    let reports = read(content_type, body).into_reports();
    let [report] = reports.try_into().unwrap();
    report
}

/// Directive, blocked, document, disposition, source, line.
type Fields<'a> = (
    &'a str,
    &'a str,
    &'a str,
    Disposition,
    Option<&'a str>,
    Option<u32>,
);

fn fields(report: &Report) -> Fields<'_> {
    (
        &report.directive,
        &report.blocked,
        &report.document,
        report.disposition,
        report.source.as_deref(),
        report.line,
    )
}

const CHROME_CSP: &str = r#"{"csp-report":{"document-uri":"https://example.com/cart?user=17","referrer":"https://example.com/",
"violated-directive":"script-src-elem","effective-directive":"script-src-elem",
"original-policy":"script-src 'self'; report-uri /reports","disposition":"enforce","blocked-uri":"inline","line-number":12,
"source-file":"https://example.com/cart?user=17","status-code":200,"script-sample":""}}"#;

const CHROME_BATCH: &str = r##"[{"age":531,"body":{"blockedURL":"https://ads.example/pixel.gif?uid=abc#x","columnNumber":9,
"disposition":"report","documentURL":"https://example.com/shop/","effectiveDirective":"img-src","lineNumber":121,
"originalPolicy":"img-src 'self'; report-to main","referrer":"","sample":"","sourceFile":"https://example.com/app.js?v=2",
"statusCode":200},"type":"csp-violation","url":"https://example.com/shop/","user_agent":"Mozilla/5.0 Chrome/142.0.0.0"},
{"age":9,"body":{"id":"UnloadHandler","message":"unload is deprecated","sourceFile":null,"lineNumber":null},
"type":"deprecation","url":"https://example.com/","user_agent":"Mozilla/5.0"},
{"age":1,"body":{"reason":"oom"},"type":"crash","url":"https://example.com/","user_agent":"Mozilla/5.0"},
{"age":1,"body":null,"type":"something-new","url":"https://example.com/","user_agent":"Mozilla/5.0"}]"##;

const FIREFOX_CSP: &str = r#"{"csp-report":{"blocked-uri":"https://cdn.example/x.css","column-number":1,"disposition":"enforce",
"document-uri":"https://example.com/","effective-directive":"style-src-elem","original-policy":"style-src 'self'",
"referrer":"","status-code":200,"violated-directive":"style-src-elem"}}"#;

const FIREFOX_OLD: &str = r#"{"csp-report":{"blocked-uri":"eval","document-uri":"https://example.com/a","line-number":3,
"original-policy":"script-src https://example.com","referrer":"","source-file":"https://example.com/a.js",
"violated-directive":"script-src https://example.com"}}"#;

const SAFARI_CSP: &str = r#"{"csp-report":{"document-uri":"https://example.com/","referrer":"","violated-directive":
"connect-src 'self'","effective-directive":"connect-src","original-policy":"connect-src 'self'","blocked-uri":
"wss://live.example:8443/feed?token=1","status-code":0,"source-file":"","line-number":0}}"#;

const SAFARI_BATCH: &str = r#"{"type":"csp-violation","url":"https://example.com/","age":0,"user_agent":"Version/18.0 Safari",
"body":{"documentURL":"https://example.com/","blockedURL":"data:image/png;base64,AAAA","effectiveDirective":"img-src",
"disposition":"enforce","statusCode":200}}"#;

#[test]
fn what_browsers_send_is_read() {
    use Disposition::{Enforce, Report, Unknown};
    let cases: [(&[u8], &str, Fields<'_>); 6] = [
        (
            CSP,
            CHROME_CSP,
            (
                "script-src-elem",
                "inline",
                "https://example.com/cart",
                Enforce,
                Some("https://example.com/cart"),
                Some(12),
            ),
        ),
        (
            BATCH,
            CHROME_BATCH,
            (
                "img-src",
                "https://ads.example/pixel.gif",
                "https://example.com/shop/",
                Report,
                Some("https://example.com/app.js"),
                Some(121),
            ),
        ),
        (
            CSP,
            FIREFOX_CSP,
            (
                "style-src-elem",
                "https://cdn.example/x.css",
                "https://example.com/",
                Enforce,
                None,
                None,
            ),
        ),
        (
            CSP,
            FIREFOX_OLD,
            (
                "script-src",
                "eval",
                "https://example.com/a",
                Unknown,
                Some("https://example.com/a.js"),
                Some(3),
            ),
        ),
        (
            CSP,
            SAFARI_CSP,
            (
                "connect-src",
                "wss://live.example:8443/feed",
                "https://example.com/",
                Unknown,
                None,
                None,
            ),
        ),
        (
            BATCH,
            SAFARI_BATCH,
            (
                "img-src",
                "data",
                "https://example.com/",
                Enforce,
                None,
                None,
            ),
        ),
    ];
    for (content_type, body, expected) in cases {
        let report = one(content_type, body);
        assert_eq!(fields(&report), expected);
        assert_eq!(report.kind, Kind::CspViolation);
    }
}

#[test]
fn other_kinds_are_counted() {
    let reports = read(BATCH, CHROME_BATCH);
    let counts = Kind::all().map(|kind| (kind, reports.others(kind)));
    let counts: Vec<_> = counts.filter(|(_, count)| *count > 0).collect();
    assert_eq!(
        counts,
        [(Kind::Deprecation, 1), (Kind::Crash, 1), (Kind::Other, 1)]
    );
    assert_eq!(
        (reports.noise(), reports.unusable(), reports.dropped()),
        (0, 0, 0)
    );
}

#[test]
fn the_type_is_compared_without_parameters_and_case() {
    for (content_type, found) in [
        ("application/csp-report", true),
        ("Application/CSP-Report; charset=utf-8", true),
        ("application/csp-report ;x", true),
        ("application/json", false),
        ("application/csp-reports", false),
        ("text/html", false),
        ("", false),
    ] {
        let read = read_reports(
            content_type.as_bytes(),
            CHROME_CSP.as_bytes(),
            ReportLimits::default(),
        );
        assert_eq!(read.is_ok(), found, "{content_type}");
        if let Err(error) = read {
            assert_eq!(error, ReportError::ContentType);
        }
    }
}

#[test]
fn extensions_are_left_out() {
    let with = |name: &str, value: &str| {
        let body = format!(
            r#"{{"csp-report":{{"{name}":"{value}","document-uri":"https://example.com/",
            "effective-directive":"script-src","blocked-uri":"inline"}}}}"#
        );
        read(CSP, &body)
    };
    for (name, value) in [
        ("source-file", "chrome-extension"),
        ("source-file", "moz-extension://1-2/content.js"),
        ("source-file", "safari-web-extension://1-2/content.js"),
        ("source-file", "about:blank"),
        ("source-file", "blob:https://example.com/1-2"),
        ("source-file", "sandbox eval code"),
        ("blocked-uri", "chrome-extension://abc/inject.js"),
        ("blocked-uri", "moz-extension"),
        ("blocked-uri", "about"),
        ("document-uri", "about:srcdoc"),
    ] {
        let reports = with(name, value);
        assert_eq!(
            (reports.noise(), reports.reports().len()),
            (1, 0),
            "{name} {value}"
        );
    }
    assert_eq!(with("blocked-uri", "blob").reports().len(), 1);
    assert_eq!(
        with("source-file", "https://example.com/a.js")
            .reports()
            .len(),
        1
    );
}

#[test]
fn a_duplicate_has_the_same_fingerprint_whatever_is_cut_off() {
    let first = one(CSP, CHROME_CSP).fingerprint();
    let again = CHROME_CSP.replace("user=17", "user=18");
    assert_eq!(one(CSP, &again).fingerprint(), first);
    let other = CHROME_CSP.replace("\"inline\"", "\"eval\"");
    assert_ne!(one(CSP, &other).fingerprint(), first);
}

#[test]
fn the_limits_hold() {
    let many = |count: usize| format!("[{}]", vec![SAFARI_BATCH; count].join(","));
    let reports = read(BATCH, &many(25));
    assert_eq!((reports.reports().len(), reports.dropped()), (20, 5));
    let few = ReportLimits::default().max_reports(2);
    let reports = read_reports(BATCH, many(3).as_bytes(), few).unwrap();
    assert_eq!((reports.reports().len(), reports.dropped()), (2, 1));
    assert_eq!(read(BATCH, "[]"), Reports::default());

    let long = format!("{SAFARI_BATCH}{}", " ".repeat(64 * 1024));
    let error = read_reports(BATCH, long.as_bytes(), ReportLimits::default()).unwrap_err();
    let (limit, found) = (64 * 1024, long.len());
    assert_eq!(error, ReportError::TooLarge { limit, found });
    let exact = format!("{SAFARI_BATCH}{}", " ".repeat(limit - SAFARI_BATCH.len()));
    assert_eq!(read(BATCH, &exact).reports().len(), 1);
}
