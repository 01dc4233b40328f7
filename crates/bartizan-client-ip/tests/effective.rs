//! Scheme and host come from the proxy that named the address.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bartizan_client_ip::{
    Client, ForwardingField, HostVerdict, Policy, PolicyBuilder, RequestId, Scheme,
};
use http::{HeaderMap, HeaderName, HeaderValue, Uri, Version};

type Fields<'a> = &'a [(&'static str, &'a str)];

fn builder(field: &str) -> PolicyBuilder {
    let field: ForwardingField = field.parse().unwrap();
    Policy::builder().behind(["10.0.0.0/8".parse().unwrap()], field)
}

fn client(builder: PolicyBuilder, fields: Fields<'_>) -> Client {
    let value = |(name, value): &(&'static str, &str)| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_str(value).unwrap(),
        )
    };
    let headers: HeaderMap = fields.iter().map(value).collect();
    let (peer, new_id) = ("10.0.0.1".parse().unwrap(), RequestId::from_u128(1));
    let policy = builder.build().unwrap();
    policy.resolve(
        Some(peer),
        &Uri::from_static("/"),
        Version::HTTP_11,
        &headers,
        new_id,
    )
}

#[test]
fn the_scheme_stands_where_the_address_stands() {
    let cases: [(&str, Fields<'_>, Scheme); 16] = [
        ("x-forwarded-for", &[], Scheme::Http),
        (
            "x-forwarded-for",
            &[("x-forwarded-proto", "https")],
            Scheme::Https,
        ),
        (
            "x-forwarded-for",
            &[
                ("x-forwarded-for", "9.9.9.9"),
                ("x-forwarded-proto", "HTTPS"),
            ],
            Scheme::Https,
        ),
        (
            "x-forwarded-for",
            &[("x-forwarded-for", "9.9.9.9"), ("x-forwarded-proto", "wss")],
            Scheme::Https,
        ),
        (
            "x-forwarded-for",
            &[("x-forwarded-for", "9.9.9.9"), ("x-forwarded-proto", "ftp")],
            Scheme::Http,
        ),
        // One proxy overwrites, two append to the address.
        (
            "x-forwarded-for",
            &[
                ("x-forwarded-for", "9.9.9.9, 10.0.0.2"),
                ("x-forwarded-proto", "https"),
            ],
            Scheme::Https,
        ),
        // Both append.
        (
            "x-forwarded-for",
            &[
                ("x-forwarded-for", "9.9.9.9, 10.0.0.2"),
                ("x-forwarded-proto", "https, http"),
            ],
            Scheme::Https,
        ),
        (
            "x-forwarded-for",
            &[
                ("x-forwarded-for", "1.1.1.1, 9.9.9.9"),
                ("x-forwarded-proto", "https, http"),
            ],
            Scheme::Http,
        ),
        (
            "x-forwarded-for",
            &[
                ("x-forwarded-for", "9.9.9.9, 10.0.0.2"),
                ("x-forwarded-proto", "https"),
                ("x-forwarded-proto", "http"),
            ],
            Scheme::Https,
        ),
        (
            "x-forwarded-for",
            &[("x-forwarded-for", "oops"), ("x-forwarded-proto", "https")],
            Scheme::Http,
        ),
        (
            "cf-connecting-ip",
            &[
                ("cf-connecting-ip", "9.9.9.9"),
                ("x-forwarded-proto", "http, https"),
            ],
            Scheme::Https,
        ),
        (
            "forwarded",
            &[("forwarded", "for=9.9.9.9;proto=https")],
            Scheme::Https,
        ),
        (
            "forwarded",
            &[(
                "forwarded",
                "for=9.9.9.9;proto=\"https\", for=10.0.0.2;proto=http",
            )],
            Scheme::Https,
        ),
        (
            "forwarded",
            &[("forwarded", "for=9.9.9.9, for=10.0.0.2;proto=https")],
            Scheme::Http,
        ),
        (
            "forwarded",
            &[("forwarded", "for=_hidden;proto=https")],
            Scheme::Https,
        ),
        (
            "forwarded",
            &[("forwarded", "for=9.9.9.9"), ("x-forwarded-proto", "https")],
            Scheme::Http,
        ),
    ];
    for (field, fields, scheme) in cases {
        assert_eq!(
            client(builder(field), fields).scheme(),
            scheme,
            "{fields:?}"
        );
    }
    let own = client(
        builder("x-forwarded-for").tls(),
        &[("x-forwarded-for", "9.9.9.9")],
    );
    assert_eq!(own.scheme(), Scheme::Https);
    let plain = client(
        builder("x-forwarded-for").tls(),
        &[
            ("x-forwarded-for", "9.9.9.9"),
            ("x-forwarded-proto", "http"),
        ],
    );
    assert_eq!(plain.scheme(), Scheme::Http);
}

#[test]
fn the_host_stands_where_the_address_stands() {
    use HostVerdict::{Allowed, Malformed, Missing, Repeated, Unknown};
    let x = "x-forwarded-for";
    let cases: [(&str, Fields<'_>, HostVerdict); 15] = [
        (x, &[("host", "good.example")], Allowed),
        (x, &[("host", "bad.example")], Unknown),
        (x, &[], Missing),
        (
            x,
            &[("host", "inner:8080"), ("x-forwarded-host", "good.example")],
            Allowed,
        ),
        (x, &[("x-forwarded-host", "good.example")], Allowed),
        (
            x,
            &[
                ("host", "good.example"),
                ("x-forwarded-host", "bad.example"),
            ],
            Unknown,
        ),
        (
            x,
            &[("host", "good.example"), ("x-forwarded-host", "")],
            Malformed,
        ),
        (
            x,
            &[
                ("host", "a"),
                ("host", "a"),
                ("x-forwarded-host", "good.example"),
            ],
            Repeated,
        ),
        (
            x,
            &[
                ("x-forwarded-for", "9.9.9.9, 10.0.0.2"),
                ("x-forwarded-host", "good.example, inner"),
            ],
            Allowed,
        ),
        (
            x,
            &[
                ("x-forwarded-for", "1.1.1.1, 9.9.9.9"),
                ("x-forwarded-host", "good.example, bad.example"),
            ],
            Unknown,
        ),
        (
            "forwarded",
            &[
                ("host", "inner"),
                ("forwarded", "for=9.9.9.9;host=good.example"),
            ],
            Allowed,
        ),
        (
            "forwarded",
            &[
                ("host", "inner"),
                (
                    "forwarded",
                    "for=9.9.9.9;host=\"good.example:443\", for=10.0.0.2;host=inner",
                ),
            ],
            Allowed,
        ),
        (
            "forwarded",
            &[
                ("host", "inner"),
                ("forwarded", "for=9.9.9.9, for=10.0.0.2;host=good.example"),
            ],
            Unknown,
        ),
        (
            "forwarded",
            &[
                ("host", "inner"),
                ("forwarded", "for=9.9.9.9;host=\"good\\.example\""),
            ],
            Malformed,
        ),
        (
            "forwarded",
            &[
                ("host", "good.example"),
                ("forwarded", "for=9.9.9.9"),
                ("x-forwarded-host", "bad.example"),
            ],
            Allowed,
        ),
    ];
    for (field, fields, verdict) in cases {
        let found = client(builder(field).hosts(["good.example"]), fields).host();
        assert_eq!(found, verdict, "{field} {fields:?}");
    }
}

#[test]
fn a_forwarded_host_can_be_ignored() {
    let fields = [
        ("host", "good.example"),
        ("x-forwarded-for", "9.9.9.9"),
        ("x-forwarded-host", "bad.example"),
        ("x-forwarded-proto", "https"),
    ];
    let builder = builder("x-forwarded-for").hosts(["good.example"]);
    let verdict = |builder| client(builder, &fields).host();
    assert_eq!(verdict(builder.clone()), HostVerdict::Unknown);
    let ignoring = builder.ignore_forwarded_host();
    assert_eq!(verdict(ignoring.clone()), HostVerdict::Allowed);
    assert_eq!(client(ignoring, &fields).scheme(), Scheme::Https);
}
