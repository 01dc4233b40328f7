//! Whatever a caller sends before what the trusted proxies append, a handler sees the same request; and it sees no
//! forwarding field, whoever sent it.
//!
//! Input: a byte for the field, one for the number of trusted proxies, one for how they write, one for where lines end. The
//! rest is the caller's, in lines that end with LF; the last line is continued by the first proxy.

#![no_main]

use std::{
    convert::Infallible,
    future::{Ready, ready},
    net::IpAddr,
    pin::pin,
    sync::LazyLock,
    task::{Context, Poll, Waker},
};

use bartizan_client_ip::{
    AddressError, Client, ClientIpLayer, HostVerdict, Policy, Scheme, Source,
};
use http::{HeaderName, HeaderValue, Request, Uri, request::Parts};
use libfuzzer_sys::fuzz_target;
use tower::{Layer, Service, service_fn};

const FIELDS: [&str; 3] = ["x-forwarded-for", "forwarded", "cf-connecting-ip"];

/// A layer for each field, without and with a list of hosts.
static LAYERS: LazyLock<[[ClientIpLayer; 2]; 3]> = LazyLock::new(|| {
    let layer = |name: &str, hosts: Option<&str>| {
        let trusted = ["10.0.0.0/8".parse().expect("a range")];
        let builder = Policy::builder().behind(trusted, name.parse().expect("a field"));
        let builder = match hosts {
            None => builder,
            Some(hosts) => builder.hosts([hosts]),
        };
        ClientIpLayer::new(builder.build().expect("a policy"))
    };
    FIELDS.map(|name| [None, Some("good.example")].map(|hosts| layer(name, hosts)))
});

fuzz_target!(|data: &[u8]| {
    let Some((&[kind, proxies, style, breaks], rest)) = data.split_first_chunk() else {
        return;
    };
    let lines: Vec<Vec<u8>> = rest.split(|byte| *byte == b'\n').map(legal).collect();
    let name = FIELDS[usize::from(kind % 3)];
    let layer = &LAYERS[usize::from(kind % 3)][usize::from(kind >> 7)];

    let attack = seen(
        layer,
        &[(name, lines.clone()), ("x-forwarded-proto", lines.clone())],
    );
    assert_eq!(attack.headers.len(), 1, "a forwarding field is left");
    let hops = usize::from(proxies % 6);
    let tails: Vec<(&str, Vec<String>)> = match kind % 3 {
        0 => [
            ("x-forwarded-for", 0),
            ("x-forwarded-proto", 1),
            ("x-forwarded-host", 2),
        ]
        .map(|(name, part)| {
            (
                name,
                (0..=hops).map(|hop| plain(part, hop, style)).collect(),
            )
        })
        .into(),
        1 => vec![(
            "forwarded",
            (0..=hops).map(|hop| element(hop, style)).collect(),
        )],
        _ => return,
    };
    let fields = |before: &[Vec<u8>]| {
        let join =
            |(name, tail): &(&'static str, Vec<String>)| (*name, joined(before, tail, breaks));
        tails.iter().map(join).collect::<Vec<_>>()
    };
    let alone = seen(layer, &fields(&[]));
    let attacked = seen(layer, &fields(&lines));
    assert_eq!(facts(&alone), facts(&attacked));
});

/// Bytes that a field cannot hold become quotation marks, which are worth trying.
fn legal(line: &[u8]) -> Vec<u8> {
    let legal = |byte: &u8| *byte == b'\t' || (*byte >= b' ' && *byte != 0x7f);
    line.iter()
        .map(|byte| if legal(byte) { *byte } else { b'"' })
        .collect()
}

/// What a proxy appends to a list: the address that it sees, its scheme, its host.
fn plain(part: usize, hop: usize, style: u8) -> String {
    let texts = match (part, hop) {
        (0, 0) => ["9.9.9.9", "[2001:db8::1]:443", "oops", "::ffff:9.9.9.9"],
        (0, _) => ["10.0.0.2", "10.0.0.3:80", "::ffff:10.0.0.4", "10.9.9.9"],
        (1, _) => ["https", "http", "HTTPS", "ftp"],
        _ => [
            "good.example",
            "bad.example:80",
            "GOOD.example.",
            "good.example:443",
        ],
    };
    texts[(usize::from(style) >> (hop % 4)) % 4].to_owned()
}

/// What a proxy appends to `Forwarded`.
fn element(hop: usize, style: u8) -> String {
    let [node, proto, host] = [0, 1, 2].map(|part| plain(part, hop, style));
    match (usize::from(style) + hop) % 4 {
        0 => format!("for=\"{node}\";proto={proto};host=\"{host}\""),
        1 => format!("host=\"{host}\";x=\"a, \\\"b;for=\\\\\";For=\"{node}\" ; Proto=\"{proto}\""),
        2 => format!("by=_me;proto={proto};for={node};host={host}"),
        _ => format!(";for=\"{node}\";;host={host};proto={proto};"),
    }
}

/// The caller's lines, the last of them continued by the tail, whose own lines break where `breaks` says.
fn joined(before: &[Vec<u8>], tail: &[String], breaks: u8) -> Vec<Vec<u8>> {
    let mut lines = before.to_vec();
    for (place, element) in tail.iter().enumerate() {
        match lines.last_mut() {
            Some(line) if place == 0 || breaks >> (place % 8) & 1 == 0 => {
                line.extend_from_slice(b", ");
                line.extend_from_slice(element.as_bytes());
            }
            _ => lines.push(element.clone().into_bytes()),
        }
    }
    lines
}

/// What a handler sees.
fn seen(layer: &ClientIpLayer, fields: &[(&'static str, Vec<Vec<u8>>)]) -> Parts {
    let mut request = Request::new(());
    request
        .headers_mut()
        .insert("host", HeaderValue::from_static("inner"));
    for (name, lines) in fields {
        for line in lines {
            let value = HeaderValue::from_bytes(line).expect("legal bytes");
            request
                .headers_mut()
                .append(HeaderName::from_static(name), value);
        }
    }
    request.extensions_mut().insert(IpAddr::from([10, 0, 0, 1]));
    let inner = service_fn(|request: Request<()>| -> Ready<Result<Parts, Infallible>> {
        ready(Ok(request.into_parts().0))
    });
    let mut service = layer.layer(inner);
    match pin!(service.call(request)).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(parts)) => parts,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}

/// All that must not differ; the id is a new one each time.
type Facts = (
    Result<IpAddr, AddressError>,
    Source,
    Scheme,
    HostVerdict,
    Uri,
    usize,
);

fn facts(parts: &Parts) -> Facts {
    let client: &Client = parts.extensions.get().expect("a client");
    (
        client.address(),
        client.source(),
        client.scheme(),
        client.host(),
        parts.uri.clone(),
        parts.headers.len(),
    )
}
