use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use http::{Extensions, Method, Uri};

use super::*;
use crate::{AddressError, Alarm, Client, ClientIpLayer, HostVerdict, Scheme, Source};

fn client(parts: &request::Parts) -> &Client {
    parts.extensions.get().unwrap()
}

#[test]
fn a_handler_sees_the_effective_address_scheme_and_host_and_nothing_else() {
    let layer = ClientIpLayer::new(behind(&["example.com"]));
    let fields = [
        ("host", "Example.COM.:443"),
        ("accept", "*/*"),
        ("x-forwarded-for", "127.0.0.1, 203.0.113.9"),
        ("x-forwarded-proto", "https"),
        ("forwarded", "for=1.1.1.1"),
        ("x-real-ip", "1.1.1.1"),
        ("x-original-url", "/admin"),
        ("x-http-method-override", "DELETE"),
    ];
    let parts = seen(&layer, request(PROXY, "/a?b", &fields));
    assert_eq!(client(&parts).address(), Ok("203.0.113.9".parse().unwrap()));
    assert_eq!(client(&parts).source(), Source::Forwarded);
    assert_eq!(client(&parts).host(), HostVerdict::Allowed);
    assert_eq!(parts.uri, "https://example.com/a?b");
    let names: Vec<&str> = parts.headers.keys().map(|name| name.as_str()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names.contains(&"host") && names.contains(&"accept"));
}

#[test]
fn a_strangers_fields_change_nothing() {
    let layer = ClientIpLayer::new(behind(&[]));
    let forged = [
        ("host", "example.com:8080"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "evil.example"),
        ("x-request-id", "chosen"),
    ];
    let parts = seen(&layer, request(STRANGER, "/", &forged));
    assert_eq!(client(&parts).address(), Ok(STRANGER.parse().unwrap()));
    assert_eq!(client(&parts).scheme(), Scheme::Http);
    assert_ne!(client(&parts).request_id().as_str(), "chosen");
    assert_eq!(parts.uri, "http://example.com:8080/");
    assert_eq!(parts.headers.len(), 1);
}

#[test]
fn a_trusted_proxys_request_id_is_kept_if_it_is_one() {
    let layer = ClientIpLayer::new(behind(&[]));
    let id = |value| {
        let parts = seen(&layer, request(PROXY, "/", &[("x-request-id", value)]));
        let kept = parts.headers.contains_key("x-request-id");
        (client(&parts).request_id().to_string(), kept)
    };
    assert_eq!(id("Root-1.2_3"), ("Root-1.2_3".to_owned(), true));
    let (made, kept) = id("a b");
    assert!(made.len() == 32 && !kept);
    assert_ne!(made, id("").0);
    let twice = [("x-request-id", "a"), ("x-request-id", "b")];
    let parts = seen(&layer, request(PROXY, "/", &twice));
    assert_eq!(client(&parts).request_id().as_str().len(), 32);
    assert!(parts.headers.is_empty());
}

#[test]
fn a_trace_that_is_invalid_or_repeated_is_removed() {
    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let layer = ClientIpLayer::default();
    let state = ("tracestate", "a=b");
    let cases = [
        (vec![("traceparent", GOOD), state], 2),
        (vec![("traceparent", GOOD), ("traceparent", GOOD), state], 0),
        (vec![("traceparent", "00-0-0-0"), state], 0),
        (vec![state], 0),
    ];
    for (fields, left) in cases {
        let parts = seen(&layer, request(STRANGER, "/", &fields));
        assert_eq!(parts.headers.len(), left, "{fields:?}");
        assert_eq!(client(&parts).trace_parent().is_some(), left > 0);
    }
}

#[test]
fn a_target_without_a_place_for_a_host_stays() {
    let layer = ClientIpLayer::default();
    let host = [("host", "example.com:443")];
    let parts = seen(&layer, request(STRANGER, "*", &host));
    assert_eq!(parts.uri, "*");
    let mut connect = request(STRANGER, "example.com:443", &host);
    *connect.method_mut() = Method::CONNECT;
    assert_eq!(seen(&layer, connect).uri, "example.com:443");
}

#[test]
fn a_host_that_is_not_allowed_is_not_written() {
    let layer = ClientIpLayer::new(behind(&["example.com"]));
    for host in ["evil.example", "a b", "example.com@evil.example"] {
        let parts = seen(&layer, request(STRANGER, "/", &[("host", host)]));
        assert_eq!(parts.uri, "/", "{host}");
    }
}

/// HTTP/2 has `:scheme` in every request. What it says decides on `Strict-Transport-Security`, in refusals too.
#[test]
fn a_callers_scheme_counts_for_no_host() {
    let layer = ClientIpLayer::new(behind(&["example.com"]));
    let proxied = [
        ("x-forwarded-for", "203.0.113.9"),
        ("x-forwarded-proto", "https"),
    ];
    for (host, verdict) in [
        ("example.com", HostVerdict::Allowed),
        ("evil.example", HostVerdict::Unknown),
        ("a..example", HostVerdict::Malformed),
    ] {
        for (peer, fields, said, scheme) in [
            (STRANGER, &[][..], "https", "http"),
            (PROXY, &proxied, "http", "https"),
        ] {
            let mut asked = request(peer, &format!("{said}://{host}/a?b"), fields);
            *asked.version_mut() = http::Version::HTTP_2;
            let parts = seen(&layer, asked);
            assert_eq!(client(&parts).host(), verdict, "{host}");
            assert_eq!(parts.uri.to_string(), format!("{scheme}://{host}/a?b"));
        }
    }
}

#[test]
fn the_peer_is_found_where_the_server_puts_it() {
    #[derive(Clone)]
    struct Mine(IpAddr);
    let mine: fn(&Extensions) -> Option<IpAddr> =
        |extensions| extensions.get().map(|Mine(peer)| *peer);
    let socket: SocketAddr = "[::ffff:192.0.2.1]:80".parse().unwrap();
    let layer = ClientIpLayer::default();
    let with = |extensions: Extensions| {
        let mut request = Request::new(());
        *request.extensions_mut() = extensions;
        request
    };
    let mut extensions = Extensions::new();
    extensions.insert(socket);
    let parts = seen(&layer, with(extensions));
    assert_eq!(client(&parts).address(), Ok("192.0.2.1".parse().unwrap()));

    let mut extensions = Extensions::new();
    extensions.insert(Mine("192.0.2.2".parse().unwrap()));
    let parts = seen(&layer, with(extensions.clone()));
    assert_eq!(client(&parts).address(), Err(AddressError::NoPeer));
    assert_eq!(client(&parts).host(), HostVerdict::Allowed);
    assert_eq!(parts.uri, Uri::default());
    let parts = seen(&layer.peer_from(mine), with(extensions));
    assert_eq!(client(&parts).address(), Ok("192.0.2.2".parse().unwrap()));
}

#[test]
fn a_new_policy_holds_for_every_service_made_before() {
    let layer = ClientIpLayer::default();
    let mut service = layer.clone().layer(Echo);
    let mut address = || {
        let answer = call(
            &mut service,
            request(PROXY, "/", &[("x-forwarded-for", "9.9.9.9")]),
        );
        let parts: &request::Parts = answer.extensions().get().unwrap();
        client(parts).address().unwrap().to_string()
    };
    assert_eq!(address(), PROXY);
    layer.set_policy(behind(&[]));
    assert_eq!(address(), "9.9.9.9");
    layer.set_policy(Policy::direct());
    assert_eq!(address(), PROXY);
}

#[test]
fn alarms_say_what_does_not_fit_and_never_what_was_sent() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let sink = heard.clone();
    let layer =
        ClientIpLayer::new(behind(&[])).on_alarm(move |alarm| sink.lock().unwrap().push(alarm));
    for _ in 0..3 {
        seen(&layer, request(STRANGER, "/", &[("x-forwarded-evil", "a")]));
        seen(&layer, request(PROXY, "/", &[("x-forwarded-for", "a")]));
    }
    seen(
        &layer,
        request(STRANGER, "/", &[("x-request-id", "a"), ("x-host", "a")]),
    );
    let expected = [
        Alarm::ForwardedByStranger {
            field: "x-forwarded-*",
        },
        Alarm::Unresolvable {
            error: AddressError::Malformed,
        },
    ];
    assert_eq!(*heard.lock().unwrap(), expected);

    heard.lock().unwrap().clear();
    for _ in 0..16_000 {
        seen(&layer, request(PROXY, "/", &[]));
    }
    let heard = heard.lock().unwrap();
    assert!(matches!(heard[..], [Alarm::OneAddress { share }] if share > 0.99));
}

#[test]
fn a_layer_tells_its_policy_when_debugged() {
    let text = format!("{:?}", ClientIpLayer::default());
    assert!(text.starts_with("ClientIpLayer { policy: Policy"), "{text}");
}
