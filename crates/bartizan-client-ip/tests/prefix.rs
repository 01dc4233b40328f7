//! Whatever a caller sends, the answer is the one without it.
//!
//! A trusted tail is what the trusted proxies write: at its left end the element that names the caller, then proxies. Before
//! it, on the same line and on earlier ones, stand any bytes that a field may hold.

#![cfg(feature = "layer")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    convert::Infallible,
    future::{Ready, ready},
    net::IpAddr,
    task::{Context, Poll, Waker},
};

use bartizan_client_ip::{AddressError, Client, ClientIpLayer, ForwardingField, Policy};
use http::{HeaderMap, HeaderName, HeaderValue, Request, request::Parts};
use proptest::{collection::vec, prelude::*, sample::select};
use tower::{Layer, Service, service_fn};

/// Bytes of an attacker: any that `HeaderValue` lets through, and often those that mean something.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let any_byte = any::<u8>().prop_filter("legal in a field", |byte| {
        *byte == b'\t' || (*byte >= 0x20 && *byte != 0x7f)
    });
    let words: [&[u8]; 20] = [
        b"\"",
        b"\\",
        b",",
        b";",
        b"=",
        b" ",
        b"for=",
        b"for=\"",
        b"\\\"",
        b"\", for=\"",
        b"10.0.0.9",
        b"1.2.3.4",
        b"for=1.2.3.4",
        b"proto=https",
        b"host=good.example",
        b"https",
        b"good.example",
        b"[::1]:80",
        b"unknown",
        b"\xc3\xa9\xff",
    ];
    let piece = prop_oneof![
        3 => select(words.to_vec()).prop_map(<[u8]>::to_vec),
        1 => vec(any_byte, 0..6),
    ];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// A list in the trusted part of a field: its elements, and before which of them a new line begins.
#[derive(Clone, Debug)]
struct Tail {
    elements: Vec<String>,
    breaks: u8,
}

impl Tail {
    /// The lines of the field: earlier ones, then the rest with `before` in front of its first.
    fn lines(&self, earlier: &[Vec<u8>], before: Option<&[u8]>) -> Vec<Vec<u8>> {
        let mut lines = earlier.to_vec();
        let mut line = before.map(<[u8]>::to_vec);
        for (place, element) in self.elements.iter().enumerate() {
            if place > 0 && self.breaks >> (place % 8) & 1 == 1 {
                lines.extend(line.take());
            }
            let line = line.get_or_insert_default();
            if place > 0 || before.is_some() {
                let empty = line.is_empty() && place > 0;
                line.extend_from_slice(if empty { b"" } else { b", " });
            }
            line.extend_from_slice(element.as_bytes());
        }
        lines.extend(line);
        lines
    }
}

/// What one hop writes into each field.
#[derive(Clone, Debug)]
struct Hop {
    plain: String,
    node: String,
    https: bool,
    host: &'static str,
    style: u8,
}

impl Hop {
    fn forwarded(&self) -> String {
        let Self { node, host, .. } = self;
        let proto = if self.https { "https" } else { "http" };
        match self.style % 4 {
            0 => format!("for=\"{node}\";proto={proto};host={host}"),
            1 => format!(
                "host=\"{host}\";x=\"a, \\\"b;for=\\\\\";For=\"{node}\" ; Proto=\"{proto}\""
            ),
            2 => format!("by=_me;proto={proto};for={node};host=\"{host}\""),
            _ => format!(";for=\"{node}\";;host={host};proto={proto}"),
        }
    }
}

/// The caller's own hop, then up to five trusted ones.
fn hops() -> impl Strategy<Value = Vec<Hop>> {
    let caller = select(vec![
        ("9.9.9.9", "9.9.9.9"),
        ("9.9.9.9:80", "9.9.9.9:80"),
        ("[2001:db8::1]:443", "[2001:db8::1]:443"),
        ("::ffff:9.9.9.9", "[::ffff:9.9.9.9]"),
        ("oops", "unknown"),
        ("0.0.0.0", "_hidden"),
        ("999.9.9.9", "oops"),
    ]);
    let proxy = select(vec![
        ("10.0.0.2", "10.0.0.2"),
        ("10.0.0.3:1", "10.0.0.3:_p"),
        ("::ffff:10.0.0.4", "[::ffff:10.0.0.4]:1"),
    ]);
    let hosts = select(vec!["good.example", "bad.example", "GOOD.example."]);
    let hop = |(plain, node): (&str, &str), https, host, style| Hop {
        plain: plain.to_owned(),
        node: node.to_owned(),
        https,
        host,
        style,
    };
    let rest = (any::<bool>(), hosts, any::<u8>());
    let first = (caller, rest.clone())
        .prop_map(move |(texts, (https, host, style))| hop(texts, https, host, style));
    let others =
        (proxy, rest).prop_map(move |(texts, (https, host, style))| hop(texts, https, host, style));
    (first, vec(others, 0..6)).prop_map(|(first, mut others)| {
        others.insert(0, first);
        others
    })
}

/// What is to be found in the caller's own element.
fn expected(text: &str) -> Result<IpAddr, AddressError> {
    match text {
        "9.9.9.9" | "9.9.9.9:80" | "::ffff:9.9.9.9" | "[::ffff:9.9.9.9]" => Ok([9, 9, 9, 9].into()),
        "[2001:db8::1]:443" => Ok("2001:db8::1".parse().unwrap()),
        "unknown" | "_hidden" => Err(AddressError::Obfuscated),
        _ => Err(AddressError::Malformed),
    }
}

/// What a handler sees of a request with these fields.
fn seen(policy: &Policy, fields: &[(&'static str, Vec<Vec<u8>>)]) -> Parts {
    let mut headers = HeaderMap::new();
    headers.insert("host", HeaderValue::from_static("inner"));
    for (name, lines) in fields {
        for line in lines {
            headers.append(
                HeaderName::from_static(name),
                HeaderValue::from_bytes(line).unwrap(),
            );
        }
    }
    let mut request = Request::new(());
    *request.headers_mut() = headers;
    request.extensions_mut().insert(IpAddr::from([10, 0, 0, 1]));
    let inner = service_fn(|request: Request<()>| -> Ready<Result<Parts, Infallible>> {
        ready(Ok(request.into_parts().0))
    });
    let future = std::pin::pin!(
        ClientIpLayer::new(policy.clone())
            .layer(inner)
            .call(request)
    );
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(parts)) => parts,
        Poll::Pending => panic!("nothing here waits"),
    }
}

/// All that must not differ. The id is a new one each time.
fn facts(parts: &Parts) -> (Result<IpAddr, AddressError>, String, String, usize) {
    let client: &Client = parts.extensions.get().unwrap();
    let about = format!(
        "{:?} {} {:?}",
        client.source(),
        client.scheme(),
        client.host()
    );
    (
        client.address(),
        about,
        parts.uri.to_string(),
        parts.headers.len(),
    )
}

fn policy(field: ForwardingField, listed: bool) -> Policy {
    let builder = Policy::builder().behind(["10.0.0.0/8".parse().unwrap()], field);
    let builder = if listed {
        builder.hosts(["good.example"])
    } else {
        builder
    };
    builder.build().unwrap()
}

fn tail(hops: &[Hop], breaks: u8, write: impl Fn(&Hop) -> String) -> Tail {
    let elements = hops.iter().map(write).collect();
    Tail { elements, breaks }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn x_forwarded_for(
        hops in hops(),
        breaks: u8,
        listed: bool,
        earlier in vec(hostile(), 0..3),
        before in [proptest::option::of(hostile()), proptest::option::of(hostile()), proptest::option::of(hostile())],
    ) {
        let policy = policy(ForwardingField::XForwardedFor, listed);
        let fields = |earlier: &[Vec<u8>], before: [Option<&[u8]>; 3]| {
            let proto = |hop: &Hop| if hop.https { "https" } else { "http" }.to_owned();
            [
                ("x-forwarded-for", tail(&hops, breaks, |hop| hop.plain.clone()).lines(earlier, before[0])),
                ("x-forwarded-proto", tail(&hops, breaks, proto).lines(earlier, before[1])),
                ("x-forwarded-host", tail(&hops, breaks, |hop| hop.host.to_owned()).lines(earlier, before[2])),
            ]
        };
        let alone = seen(&policy, &fields(&[], [None; 3]));
        let attacked = seen(&policy, &fields(&earlier, before.each_ref().map(Option::as_deref)));
        prop_assert_eq!(facts(&alone).0, expected(&hops[0].plain));
        prop_assert_eq!(facts(&alone), facts(&attacked));
    }

    #[test]
    fn forwarded(
        hops in hops(),
        breaks: u8,
        listed: bool,
        earlier in vec(hostile(), 0..3),
        before in proptest::option::of(hostile()),
    ) {
        let policy = policy(ForwardingField::Forwarded, listed);
        let fields = |earlier: &[Vec<u8>], before: Option<&[u8]>| {
            [("forwarded", tail(&hops, breaks, Hop::forwarded).lines(earlier, before))]
        };
        let alone = seen(&policy, &fields(&[], None));
        let attacked = seen(&policy, &fields(&earlier, before.as_deref()));
        prop_assert_eq!(facts(&alone).0, expected(&hops[0].node));
        prop_assert_eq!(facts(&alone), facts(&attacked));
    }

    /// A field with one address has no tail: a proxy overwrites it. One that does not can only have the request refused.
    #[test]
    fn a_second_line_of_a_single_field_never_gives_an_address(line in hostile(), first: bool) {
        let policy = policy("cf-connecting-ip".parse().unwrap(), false);
        let good = b"9.9.9.9".to_vec();
        let lines = if first { vec![line, good] } else { vec![good, line] };
        let parts = seen(&policy, &[("cf-connecting-ip", lines)]);
        prop_assert_eq!(facts(&parts).0, Err(AddressError::Malformed));
    }

    /// From a stranger nothing is read at all.
    #[test]
    fn a_stranger_changes_nothing(lines in vec(hostile(), 1..4), which in 0..4_usize) {
        let field: ForwardingField = ["x-forwarded-for", "forwarded", "x-real-ip"][which % 3].parse().unwrap();
        let policy = Policy::builder().behind(["192.0.2.0/24".parse().unwrap()], field).build().unwrap();
        let names = ["x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-proto", "x-forwarded-host"];
        let fields = names.map(|name| (name, lines.clone()));
        prop_assert_eq!(facts(&seen(&policy, &fields)), facts(&seen(&policy, &[])));
    }

    /// Bytes of any kind, trusted or not: an answer, and no forwarding field behind the layer.
    #[test]
    fn nothing_panics_and_nothing_is_left(lines in vec(hostile(), 0..5), kind in 0..3_usize) {
        let name = ["x-forwarded-for", "forwarded", "my-own"][kind];
        let policy = policy(name.parse().unwrap(), false);
        let parts = seen(&policy, &[(name, lines.clone()), ("x-forwarded-proto", lines)]);
        prop_assert_eq!(parts.headers.len(), 1);
    }
}
