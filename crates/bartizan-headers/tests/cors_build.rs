//! A policy that contradicts itself cannot be built, and everything that is wrong is told at once.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use bartizan_headers::{CorsPolicy, CorsPolicyBuilder, CorsReason, OriginError, OriginPattern};

fn wrong(builder: CorsPolicyBuilder) -> Vec<(String, CorsReason)> {
    let errors = builder.build().unwrap_err();
    let all = errors.as_slice().iter();
    all.map(|error| (error.path().to_owned(), error.reason().clone()))
        .collect()
}

fn base() -> CorsPolicyBuilder {
    CorsPolicy::builder().origins(["https://a.test"])
}

/// What is wrong with the one thing that is.
#[track_caller]
fn only(builder: CorsPolicyBuilder, path: &str) -> CorsReason {
    match &wrong(builder)[..] {
        [(found, reason)] if found == path => reason.clone(),
        other => panic!("expected one error at {path}, found {other:?}"),
    }
}

#[test]
fn all_errors_come_at_once_each_with_its_place() {
    let builder = CorsPolicy::builder()
        .origins([
            "https://a.test",
            "https://a.test/",
            "https://a.test",
            "null",
            "https://*.com",
        ])
        .credentials()
        .methods(["PUT", "TRACE", "PUT"])
        .any_request_header()
        .expose(["Set-Cookie"])
        .max_age(Duration::from_secs(86_401));
    let paths: Vec<_> = wrong(builder.clone())
        .into_iter()
        .map(|(path, _)| path)
        .collect();
    assert_eq!(
        paths,
        [
            "origins[1]",
            "origins[2]",
            "origins[3]",
            "origins[4]",
            "methods[1]",
            "methods[2]",
            "any_request_header",
            "expose[0]",
            "max_age",
        ]
    );
    let text = builder.build().unwrap_err().to_string();
    assert!(
        text.contains("origins[2]: the same as origins[0]; origins[3]: \"null\": null is"),
        "{text}"
    );
}

#[test]
fn credentials_go_with_names_only() {
    let any = CorsPolicy::builder().any_origin();
    assert_eq!(
        only(any.clone().credentials(), "any_origin"),
        CorsReason::AnyWithCredentials
    );
    for (builder, path) in [
        (base().any_method(), "any_method"),
        (base().any_request_header(), "any_request_header"),
        (base().expose_any(), "expose_any"),
    ] {
        assert!(builder.clone().build().is_ok());
        assert_eq!(
            only(builder.credentials(), path),
            CorsReason::AnyWithCredentials
        );
    }
    assert!(any.build().is_ok());
}

#[test]
fn origins_are_some_or_all() {
    assert_eq!(
        only(CorsPolicy::builder(), "origins"),
        CorsReason::NoOrigins
    );
    assert_eq!(
        only(base().any_origin(), "origins"),
        CorsReason::OriginsBesideAny
    );
    let duplicate = CorsReason::Duplicate {
        first: "origins[0]".into(),
    };
    assert_eq!(
        only(base().origins(["https://a.test"]), "origins[1]"),
        duplicate
    );
    let wider = CorsReason::Redundant {
        wider: "https://*.b.test".into(),
    };
    let builder = base().origins(["https://x.b.test", "https://*.b.test"]);
    assert_eq!(only(builder, "origins[1]"), wider);
}

#[test]
fn an_origin_that_anybody_can_have_needs_a_dangerous_call() {
    let refused = |builder, path| match only(builder, path) {
        CorsReason::Origin { source, .. } => source,
        other => panic!("{other:?}"),
    };
    let wild = base().origins(["https://*.com"]);
    assert_eq!(
        refused(wild.clone(), "origins[1]"),
        OriginError::PublicSuffix
    );
    assert!(wild.danger_public_suffix().build().is_ok());
    let github = base().origins(["https://*.github.io"]);
    assert_eq!(github.build().is_err(), cfg!(feature = "psl"));

    let plain = base().origins([
        "http://b.test",
        "http://localhost:*",
        "http://127.0.0.1:3000",
    ]);
    assert!(plain.clone().build().is_ok());
    let plain = plain.credentials();
    assert_eq!(refused(plain.clone(), "origins[1]"), OriginError::Insecure);
    assert!(plain.danger_insecure_origins().build().is_ok());
}

#[test]
fn names_that_could_not_matter_are_refused() {
    let name = |text: &str| CorsReason::Name { text: text.into() };
    for (method, reason) in [
        ("GET", CorsReason::Safelisted),
        ("CONNECT", CorsReason::Forbidden),
        ("track", CorsReason::Forbidden),
        ("delete", CorsReason::MethodCase { meant: "DELETE" }),
        ("Patch", CorsReason::MethodCase { meant: "PATCH" }),
        ("*", CorsReason::Wildcard),
        ("", name("")),
        ("A B", name("A B")),
    ] {
        assert_eq!(
            only(base().methods([method]), "methods[0]"),
            reason,
            "{method}"
        );
    }
    for (header, reason) in [
        ("Cookie", CorsReason::Forbidden),
        ("sec-fetch-site", CorsReason::Forbidden),
        ("Proxy-Authorization", CorsReason::Forbidden),
        ("access-control-allow-origin", CorsReason::CorsField),
        ("*", CorsReason::Wildcard),
        ("x a", name("x a")),
    ] {
        let builder = base().request_headers([header]);
        assert_eq!(only(builder, "request_headers[0]"), reason, "{header}");
    }
    for (header, reason) in [
        ("set-cookie", CorsReason::Forbidden),
        ("Content-Type", CorsReason::Safelisted),
        ("access-control-max-age", CorsReason::CorsField),
        ("*", CorsReason::Wildcard),
        ("x:a", name("x:a")),
    ] {
        assert_eq!(
            only(base().expose([header]), "expose[0]"),
            reason,
            "{header}"
        );
    }
    let twice = base().request_headers(["X-A", "x-a"]);
    let first = "request_headers[0]".into();
    assert_eq!(
        only(twice, "request_headers[1]"),
        CorsReason::Duplicate { first }
    );
}

#[test]
fn any_needs_no_list_beside_it() {
    assert_eq!(
        only(base().any_method().methods(["PUT"]), "methods[0]"),
        CorsReason::IncludedInAny
    );
    let headers = base()
        .any_request_header()
        .request_headers(["authorization", "x-a"]);
    assert_eq!(
        only(headers, "request_headers[1]"),
        CorsReason::IncludedInAny
    );
    assert_eq!(
        only(base().expose_any().expose(["x-a"]), "expose[0]"),
        CorsReason::IncludedInAny
    );
}

#[test]
fn max_age_is_whole_seconds_of_at_most_a_day() {
    for (millis, good) in [
        (0, true),
        (86_400_000, true),
        (86_401_000, false),
        (1_500, false),
    ] {
        let found = Duration::from_millis(millis);
        let builder = base().max_age(found);
        assert_eq!(builder.clone().build().is_ok(), good, "{found:?}");
        if !good {
            assert_eq!(only(builder, "max_age"), CorsReason::MaxAge { found });
        }
    }
}

#[test]
fn the_origins_to_trust_are_those_with_credentials() {
    let open = base().build().unwrap();
    assert!(open.trusted_origins().is_none() && open.origins().is_some());
    let policy = base().credentials().build().unwrap();
    let trusted: Vec<_> = policy.trusted_origins().unwrap().iter().collect();
    assert_eq!(trusted, [&OriginPattern::parse("https://a.test").unwrap()]);
    assert!(
        CorsPolicy::builder()
            .any_origin()
            .build()
            .unwrap()
            .trusted_origins()
            .is_none()
    );
}
