use http::StatusCode;

use super::*;
use crate::{AddressError, ClientIpLayer, HostLayer, HostVerdict, Rejection};

fn answer(policy: Policy, request: Request<()>) -> Response<&'static str> {
    let mut service = ClientIpLayer::new(policy).layer(HostLayer::new().layer(Echo));
    call(&mut service, request)
}

#[test]
fn refuses_what_the_client_says_is_not_to_be_answered() {
    let address = |text| vec![("host", "example.com"), ("x-forwarded-for", text)];
    let many = "10.0.0.2,".repeat(64).leak();
    let many = format!("9.9.9.9,{many}10.0.0.3").leak();
    let cases = [
        ("/", vec![("host", "example.com")], None),
        (
            "http://example.com/",
            vec![("host", "EXAMPLE.com:80")],
            None,
        ),
        ("/", vec![], Some(Rejection::Host(HostVerdict::Missing))),
        (
            "/",
            vec![("host", "")],
            Some(Rejection::Host(HostVerdict::Malformed)),
        ),
        (
            "/",
            vec![("host", "a b")],
            Some(Rejection::Host(HostVerdict::Malformed)),
        ),
        (
            "/",
            vec![("host", "example.com"); 2],
            Some(Rejection::Host(HostVerdict::Repeated)),
        ),
        (
            "/",
            vec![("host", "evil.example")],
            Some(Rejection::Host(HostVerdict::Unknown)),
        ),
        (
            "http://example.com/",
            vec![],
            Some(Rejection::Host(HostVerdict::Missing)),
        ),
        (
            "http://evil.example/",
            vec![("host", "example.com")],
            Some(Rejection::Host(HostVerdict::Mismatched)),
        ),
        (
            "http://a@example.com/",
            vec![("host", "example.com")],
            Some(Rejection::Host(HostVerdict::Malformed)),
        ),
        (
            "/",
            address("oops"),
            Some(Rejection::Address(AddressError::Malformed)),
        ),
        (
            "/",
            address(many),
            Some(Rejection::Address(AddressError::TooManyHops)),
        ),
    ];
    for (uri, fields, rejection) in cases {
        let mut answer = answer(behind(&["example.com"]), request(PROXY, uri, &fields));
        let status = match rejection {
            None => StatusCode::OK,
            Some(Rejection::Host(HostVerdict::Unknown)) => StatusCode::MISDIRECTED_REQUEST,
            Some(_) => StatusCode::BAD_REQUEST,
        };
        assert_eq!(answer.status(), status, "{uri} {fields:?}");
        assert_eq!(
            answer.extensions_mut().remove(),
            rejection,
            "{uri} {fields:?}"
        );
        assert_eq!(answer.body().is_empty(), rejection.is_some());
    }
}

#[test]
fn over_http_2_the_target_names_the_host() {
    for (host, status) in [("example.com", 200), ("evil.example", 421)] {
        let mut request = request(STRANGER, &format!("https://{host}/"), &[]);
        *request.version_mut() = http::Version::HTTP_2;
        assert_eq!(answer(behind(&["example.com"]), request).status(), status);
    }
}

#[test]
fn a_forwarded_host_counts_only_from_a_trusted_proxy() {
    let fields = [
        ("host", "backend:8080"),
        ("x-forwarded-host", "example.com"),
    ];
    for (peer, status) in [(PROXY, 200), (STRANGER, 421)] {
        let answer = answer(behind(&["example.com"]), request(peer, "/", &fields));
        assert_eq!(answer.status(), status, "{peer}");
    }
}

#[test]
fn a_hidden_caller_is_refused() {
    let policy = Policy::builder()
        .behind(
            ["10.0.0.0/8".parse().unwrap()],
            crate::ForwardingField::Forwarded,
        )
        .build()
        .unwrap();
    let fields = [("host", "a"), ("forwarded", "for=_hidden")];
    let mut answer = answer(policy, request(PROXY, "/", &fields));
    let expected = Rejection::Address(AddressError::Obfuscated);
    assert_eq!(answer.extensions_mut().remove(), Some(expected));
}

#[test]
fn without_a_list_calls_within_the_process_need_no_host() {
    let open = answer(Policy::direct(), Request::new(()));
    assert_eq!(open.status(), StatusCode::OK);
    let listed = answer(behind(&["example.com"]), Request::new(()));
    assert_eq!(listed.status(), StatusCode::BAD_REQUEST);
}

#[test]
fn a_request_that_nobody_annotated_passes() {
    let answer = call(&mut HostLayer::new().layer(Echo), Request::new(()));
    assert_eq!(*answer.body(), "served");
}
