//! Anybody can post to a collector.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bartizan_headers::{ReportError, ReportLimits, Reports, read_reports};
use proptest::{collection::vec, prelude::*};

const TYPES: [&[u8]; 2] = [b"application/csp-report", b"application/reports+json"];

fn read(body: &[u8]) -> [Result<Reports, ReportError>; 2] {
    TYPES.map(|content_type| read_reports(content_type, body, ReportLimits::default()))
}

#[test]
fn what_is_no_report_is_malformed() {
    for body in [
        "",
        " ",
        "{",
        "[",
        "null",
        "1",
        "\"x\"",
        "{}x",
        "[]]",
        "[1]",
        "[null]",
        "[[]]",
        "{\"csp-report\":",
        "{'a':1}",
        "{\"csp-report\":{}} {}",
        "[{},]",
        "\u{feff}[]",
        "nul",
    ] {
        let [csp, batch] = read(body.as_bytes());
        assert_eq!(csp, Err(ReportError::Malformed), "{body}");
        assert!(matches!(batch, Err(ReportError::Malformed)), "{body}");
    }
    // not UTF-8, half a surrogate, a number that no float holds
    for body in [
        &b"{\"csp-report\":{\"line-number\":1e999}}"[..],
        &b"{\"csp-report\":{\"blocked-uri\":\"\xff\"}}"[..],
        b"{\"csp-report\":{\"blocked-uri\":\"\\ud800\"}}",
    ] {
        assert_eq!(read(body)[0], Err(ReportError::Malformed));
    }
}

#[test]
fn a_field_of_a_wrong_type_is_an_absent_one() {
    for value in [
        "null",
        "true",
        "[]",
        "[[1],{}]",
        "{}",
        "{\"a\":[1]}",
        "-1",
        "1.5",
        "4294967296",
        "18446744073709551616",
        "1e300",
    ] {
        let body = format!(
            r#"{{"csp-report":{{"document-uri":"https://example.com/","violated-directive":"img-src",
            "effective-directive":{value},"blocked-uri":{value},"source-file":{value},"line-number":{value},
            "disposition":{value}}}}}"#
        );
        let reports = read(body.as_bytes())[0].clone().unwrap().into_reports();
        assert_eq!(reports.len(), 1, "{value}");
        let report = &reports[0];
        assert_eq!(
            (report.directive.as_str(), report.blocked.as_str()),
            ("img-src", ""),
            "{value}"
        );
        assert_eq!(
            (report.source.as_deref(), report.line),
            (None, None),
            "{value}"
        );
    }
    for value in [
        "null",
        "true",
        "1",
        "-1",
        "1.5",
        "\"x\"",
        "[]",
        "[1,[2]]",
        "{}",
        "{\"document-uri\":\"https://a\"}",
    ] {
        let body = format!(r#"{{"csp-report":{value}}}"#);
        assert_eq!(
            read(body.as_bytes())[0].clone().unwrap().unusable(),
            1,
            "{value}"
        );
        let body = format!(r#"[{{"type":"csp-violation","body":{value}}},{{"type":{value}}}]"#);
        let reports = read(body.as_bytes())[1].clone().unwrap();
        assert_eq!(
            (reports.unusable(), reports.reports().len()),
            (1, 0),
            "{value}"
        );
    }
}

#[test]
fn of_a_field_that_is_there_twice_the_first_counts() {
    let body = br#"[{"type":"csp-violation","type":"crash","body":{"documentURL":"https://a.example/","documentURL":7,
        "document-uri":"https://b.example/","effectiveDirective":"img-src","effectiveDirective":"x"},"body":{}}]"#;
    let reports = read(body)[1].clone().unwrap().into_reports();
    assert_eq!(reports[0].document, "https://a.example/");
    assert_eq!(reports[0].directive, "img-src");
    // but not of the one around them
    let body = br#"{"csp-report":{},"csp-report":{}}"#;
    assert_eq!(read(body)[0], Err(ReportError::Malformed));
}

fn hostile() -> Vec<String> {
    let deep = |open: &str, close: &str| {
        let half = 60_000 / (open.len() + close.len());
        format!("{}1{}", open.repeat(half), close.repeat(half))
    };
    let fill = |piece: &str| {
        let joined = vec![piece; 60_000 / (piece.len() + 1)].join(",");
        format!("[{joined}]")
    };
    let inside = |value: String| {
        [
            format!(r#"{{"csp-report":{{"x":{value}}}}}"#),
            format!(r#"{{"csp-report":{{"blocked-uri":{value}}}}}"#),
            format!(r#"[{{"type":"csp-violation","body":{value}}}]"#),
        ]
    };
    let escapes = format!("\"https://example.com/{}\"", "\\u0061".repeat(9_000));
    let digits = "9".repeat(60_000);
    let keys: Vec<_> = (0..5_000).map(|n| format!("\"k{n}\":{{}}")).collect();
    let keys = format!("{{{}}}", keys.join(","));
    let mut bodies = vec![
        deep("[", "]"),
        deep("{\"a\":", "}"),
        fill("{}"),
        fill("[]"),
        fill("1"),
        fill("{\"body\":{}}"),
    ];
    let bare = "[".repeat(60_000);
    for value in [
        deep("[", "]"),
        deep("{\"a\":", "}"),
        fill("{}"),
        fill("\"\""),
        escapes,
        digits,
        keys,
        bare,
    ] {
        bodies.extend(inside(value));
    }
    bodies
}

#[test]
fn what_is_allocated_does_not_depend_on_what_the_json_says() {
    for body in hostile() {
        let body = body.as_bytes();
        assert!(body.len() <= 64 * 1024);
        let measured = allocation_counter::measure(|| drop(read(body)));
        let start = String::from_utf8_lossy(&body[..60]).into_owned();
        // a text with escapes is put together in a buffer, which grows to twice its length
        assert!(measured.bytes_max < 200 * 1024, "{start}: {measured:?}");
    }
}

#[test]
fn twenty_reports_of_long_texts_stay_small() {
    let long = format!("https://example.com/{}", "\u{1f600}".repeat(100));
    let item = format!(
        r#"{{"type":"csp-violation","body":{{"documentURL":"{long}","blockedURL":"{long}","sourceFile":"{long}",
        "effectiveDirective":"img-src"}}}}"#
    );
    let body = format!("[{}]", vec![item; 25].join(","));
    let reports = read(body.as_bytes())[1].clone().unwrap();
    assert_eq!((reports.reports().len(), reports.dropped()), (20, 5));
    let texts = reports
        .reports()
        .iter()
        .flat_map(|it| [&it.document, &it.blocked]);
    assert!(texts.map(String::len).all(|length| length <= 512));
}

/// JSON that looks like reports.
fn json() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        any::<i64>().prop_map(|it| it.to_string()),
        any::<f64>()
            .prop_filter("JSON has no others", |it| it.is_finite())
            .prop_map(|it| it.to_string()),
        "\\PC{0,20}".prop_map(|it| serde_text(&it)),
        "(https?|blob|data|about|moz-extension):(//)?[a-z@.:/?#]{0,20}"
            .prop_map(|it| serde_text(&it)),
    ];
    scalar.prop_recursive(4, 64, 6, |inner| {
        let key = prop_oneof![
            Just("csp-report"),
            Just("type"),
            Just("body"),
            Just("document-uri"),
            Just("documentURL"),
            Just("blocked-uri"),
            Just("effective-directive"),
            Just("violated-directive"),
            Just("source-file"),
            Just("line-number"),
            Just("x"),
        ];
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(|items| format!("[{}]", items.join(","))),
            vec((key, inner), 0..6).prop_map(|pairs| {
                let pairs: Vec<_> = pairs
                    .iter()
                    .map(|(key, value)| format!("\"{key}\":{value}"))
                    .collect();
                format!("{{{}}}", pairs.join(","))
            }),
        ]
    })
}

fn serde_text(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn check(reports: &Reports) {
    for report in reports.reports() {
        let source = report.source.as_deref().unwrap_or("");
        for text in [&report.directive, &report.blocked, &report.document, source] {
            assert!(text.len() <= 512);
            assert!(
                !text.contains(|c: char| c.is_control() || c == '?' || c == '#'),
                "{text}"
            );
        }
        assert!(
            report
                .directive
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        );
        assert_eq!(report.fingerprint(), report.clone().fingerprint());
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(body in vec(any::<u8>(), 0..400)) {
        read(&body).iter().flatten().for_each(check);
    }

    #[test]
    fn any_json_is_read_or_refused(json in json()) {
        read(json.as_bytes()).iter().flatten().for_each(check);
        let wrapped = format!("{{\"csp-report\":{json}}}");
        read(wrapped.as_bytes()).iter().flatten().for_each(check);
        let wrapped = format!("[{{\"type\":\"csp-violation\",\"body\":{json}}}]");
        read(wrapped.as_bytes()).iter().flatten().for_each(check);
    }
}
