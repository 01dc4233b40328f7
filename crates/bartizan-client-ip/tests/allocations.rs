//! A caller cannot make the process allocate by what stands in a field.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::hint::black_box;

use bartizan_client_ip::{ForwardingField, HostVerdict, Policy, RequestId};
use http::{HeaderMap, HeaderValue, Uri, Version};

#[test]
fn reading_a_request_allocates_nothing() {
    // The counter counts.
    assert_eq!(
        allocation_counter::measure(|| drop(black_box(Box::new(1)))).count_total,
        1
    );
    let megabyte = |piece: &str| piece.repeat((1 << 20) / piece.len());
    let cases = [
        (
            "x-forwarded-for",
            "127.0.0.1, 203.0.113.9, 10.0.0.2:1".to_owned(),
        ),
        (
            "x-forwarded-for",
            "[2001:db8::1%eth0]:443, ::ffff:10.0.0.2".to_owned(),
        ),
        ("x-forwarded-for", "oops".to_owned()),
        ("x-forwarded-for", megabyte(",")),
        ("x-forwarded-for", megabyte("10.0.0.2,")),
        (
            "forwarded",
            r#"for="203.0\.113.9:_p";proto=https;host="example.com", for=10.0.0.2"#.to_owned(),
        ),
        ("forwarded", megabyte("\\\"")),
        ("forwarded", megabyte("for=\"10.0.0.2\",")),
        ("cf-connecting-ip", "203.0.113.9".to_owned()),
    ];
    for (name, value) in cases {
        let field: ForwardingField = name.parse().unwrap();
        let policy = Policy::builder()
            .behind(["10.0.0.0/8".parse().unwrap()], field.clone())
            .hosts(["other.example", "example.com"])
            .build()
            .unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(field.name(), HeaderValue::from_str(&value).unwrap());
        headers.insert("host", HeaderValue::from_static("Example.com:443"));
        headers.insert("x-request-id", HeaderValue::from_static("a-1"));
        let (peer, uri) = (Some("10.0.0.1".parse().unwrap()), Uri::from_static("/"));
        let info = allocation_counter::measure(|| {
            let new_id = RequestId::from_u128(1);
            let client = policy.resolve(black_box(peer), &uri, Version::HTTP_11, &headers, new_id);
            assert_eq!(black_box(client).host(), HostVerdict::Allowed);
        });
        assert_eq!(info.count_total, 0, "{name}");
    }
}
