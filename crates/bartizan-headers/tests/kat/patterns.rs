//! The texts of jub0bs/cors' test of patterns, and why each is refused here, if it is.

use bartizan_headers::OriginError;

/// Ours is the same verdict.
pub(crate) fn same() -> Vec<(&'static str, Option<OriginError>)> {
    vec![
        ("null", Some(OriginError::Null)),
        (
            "https://user:password@example.com:6060",
            Some(OriginError::UserInfo),
        ),
        ("https://example.com:6060/foo", Some(OriginError::Path)),
        ("https://example.com:6060?", Some(OriginError::Path)),
        ("https://example.com:6060?foo=bar", Some(OriginError::Path)),
        ("https://example.com:6060#nav", Some(OriginError::Path)),
        ("ab", Some(OriginError::NoScheme)),
        ("ab:", Some(OriginError::NoScheme)),
        (" http://example.com:6060 ", Some(OriginError::Whitespace)),
        ("connector://foo", None),
        ("a://example.com", None),
        ("b://example.com", None),
        ("y://example.com", None),
        ("z://example.com", None),
        ("file:///foo", Some(OriginError::File)),
        ("file://example.com", Some(OriginError::File)),
        ("42-chrome-extension://foo", Some(OriginError::Scheme)),
        ("chrome-extension*://foo", Some(OriginError::Scheme)),
        ("http://foo:80", Some(OriginError::DefaultPort)),
        ("https://foo:443", Some(OriginError::DefaultPort)),
        ("https://^foo", Some(OriginError::HostCharacter)),
        ("http://1:6060", Some(OriginError::Ipv4)),
        ("https://r\u{e9}sum\u{e9}.com", Some(OriginError::Unicode)),
        ("https://foo.^bar", Some(OriginError::HostCharacter)),
        ("https://foo:", Some(OriginError::Port)),
        ("https://foo:-1", Some(OriginError::Port)),
        ("https://foo:0", Some(OriginError::Port)),
        ("https://foo:abc", Some(OriginError::Port)),
        ("https://foo:06060", Some(OriginError::Port)),
        ("https://foo:12345foo", Some(OriginError::Port)),
        ("https://foo:123456", Some(OriginError::Port)),
        ("https://foo:65536", Some(OriginError::Port)),
        ("https://foo:12390abc", Some(OriginError::Port)),
        ("http://foo.bar.255:6060", Some(OriginError::Ipv4)),
        (
            "http://foo.bar.baz.012345678901234567890123456789:6060",
            Some(OriginError::Ipv4),
        ),
        ("http://[::1]1:6060", Some(OriginError::Ipv6)),
        ("http://127.0.0.1:", Some(OriginError::Port)),
        ("http://127.0.0.1:-1", Some(OriginError::Port)),
        ("http://127.0.0.1:0", Some(OriginError::Port)),
        ("https://127.0.0.1:90", None),
        ("https://127.0.0.1.:90", Some(OriginError::TrailingDot)),
        ("http://127.0.0.1.1", Some(OriginError::Ipv4)),
        ("http://69.254.169.254", None),
        ("http://127.0.0.1:90", None),
        ("https://[::1]:90", None),
        ("http://[example]:90", Some(OriginError::Ipv6)),
        ("https://::1:90", Some(OriginError::Ipv6)),
        ("http://[::1:90", Some(OriginError::Ipv6)),
        ("https://::1]:90", Some(OriginError::Ipv6)),
        ("https://abc[::1]:90", Some(OriginError::Ipv6)),
        ("https://[::1]abc:90", Some(OriginError::Ipv6)),
        ("http://[2001:db8:aaaa:1111::100]:9090", None),
        ("http://[::1]:90", None),
        ("http://127.1:3999", Some(OriginError::Ipv4)),
        ("http://[::::::::::::::::1]:90", Some(OriginError::Ipv6)),
        (
            "http://[2001:4860:4860:0000:0000:0000:0000:8888]:90",
            Some(OriginError::UncompressedIpv6 {
                expected: "[2001:4860:4860::8888]".into(),
            }),
        ),
        (
            "http://[fe80::1ff:fe23:4567:890a%eth2]:90",
            Some(OriginError::Ipv6),
        ),
        (
            "http://[::ffff:7f7f:7f7f]:90",
            Some(OriginError::MappedIpv4),
        ),
        ("http://exAmplE.coM:3999", Some(OriginError::UpperCase)),
        ("http://ex_am-ple.com:3999", None),
        ("http://example.com..:3999", Some(OriginError::Label)),
        ("http://example..com:3999", Some(OriginError::Label)),
        ("http://xn--f", Some(OriginError::Punycode)),
        ("http://*.example.com:3999", None),
        ("http://*.example.com:*", None),
        (
            "http://**.example.com:3999",
            Some(OriginError::WildcardPlace),
        ),
        (
            "http://fooo.*.example.com:3999",
            Some(OriginError::WildcardPlace),
        ),
        ("http://*example.com:3999", Some(OriginError::WildcardPlace)),
        ("http://*.[::1]:3999", Some(OriginError::WildcardIp)),
        ("http://*.127.0.0.1:3999", Some(OriginError::WildcardIp)),
    ]
}

/// Ours is another verdict, for a reason.
pub(crate) fn different() -> Vec<(&'static str, Option<OriginError>, &'static str)> {
    vec![(
        "http://example.com.:3999",
        Some(OriginError::TrailingDot),
        "it could match, but hardly anybody means it: without the dot it is another origin, with other cookies",
    )]
}
