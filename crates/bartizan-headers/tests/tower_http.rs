//! Beside tower-http's `cors`: the same fields wherever both follow Fetch, and each place where ours differs on purpose.

#![cfg(feature = "layer")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{convert::Infallible, time::Duration};

use bartizan_headers::{CorsLayer, CorsPolicy};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use tower::{Layer, Service, service_fn};
use tower_http::cors;

const A: &str = "https://a.test";
const EVIL: &str = "https://evil.test";

type Fields = &'static [(&'static str, &'static str)];

/// Why, what is asked, and the status and names of fields of ours and theirs.
type Difference = (
    &'static str,
    Method,
    Fields,
    (u16, Vec<&'static str>),
    (u16, Vec<&'static str>),
);

async fn answer(_: Request<()>) -> Result<Response<String>, Infallible> {
    Ok(Response::new("inner".to_owned()))
}

fn request(method: &Method, fields: Fields) -> Request<()> {
    let mut request = Request::new(());
    *request.method_mut() = method.clone();
    for (name, value) in fields {
        request
            .headers_mut()
            .append(*name, HeaderValue::from_static(value));
    }
    request
}

async fn ask<S>(service: &mut S, method: &Method, fields: Fields) -> Response<String>
where
    S: Service<Request<()>, Response = Response<String>, Error = Infallible>,
{
    service.call(request(method, fields)).await.unwrap()
}

/// Ours and theirs with one origin, two methods, one field each way, and credentials.
fn pair() -> (
    impl Service<Request<()>, Response = Response<String>, Error = Infallible>,
    impl Service<Request<()>, Response = Response<String>, Error = Infallible>,
) {
    let policy = CorsPolicy::builder()
        .origins([A, "https://b.test"])
        .credentials()
        .methods(["PUT"])
        .request_headers(["x-a"])
        .without_default_expose()
        .expose(["x-b"])
        .build()
        .unwrap();
    let theirs = cors::CorsLayer::new()
        .allow_origin([
            HeaderValue::from_static(A),
            HeaderValue::from_static("https://b.test"),
        ])
        .allow_credentials(true)
        .allow_methods([Method::PUT])
        .allow_headers([HeaderName::from_static("x-a")])
        .expose_headers([HeaderName::from_static("x-b")])
        .max_age(Duration::from_secs(600));
    (
        CorsLayer::new(policy).layer(service_fn(answer)),
        theirs.layer(service_fn(answer)),
    )
}

/// The fields of CORS without `Vary`, in order.
fn granted(headers: &HeaderMap) -> Vec<(String, String)> {
    let fields = headers
        .iter()
        .filter(|(name, _)| *name != "vary" && *name != "content-length");
    let mut fields: Vec<_> = fields
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    fields.sort();
    fields
}

const PUT: (&str, &str) = ("access-control-request-method", "PUT");

#[tokio::test]
async fn what_fetch_says_is_the_same() {
    let (mut ours, mut theirs) = pair();
    let cases: [(Method, Fields); 8] = [
        (Method::GET, &[("origin", A)]),
        (Method::PUT, &[("origin", A)]),
        (Method::POST, &[("origin", "https://b.test")]),
        (Method::HEAD, &[("origin", A), ("accept", "*/*")]),
        (Method::DELETE, &[("origin", A)]),
        (
            Method::OPTIONS,
            &[
                ("origin", A),
                PUT,
                ("access-control-request-headers", "x-a"),
            ],
        ),
        (
            Method::OPTIONS,
            &[
                ("origin", "https://b.test"),
                PUT,
                ("access-control-request-headers", "x-a"),
            ],
        ),
        (
            Method::OPTIONS,
            &[
                PUT,
                ("access-control-request-headers", "x-a"),
                ("origin", A),
            ],
        ),
    ];
    for (method, fields) in cases {
        let one = ask(&mut ours, &method, fields).await;
        let other = ask(&mut theirs, &method, fields).await;
        assert_eq!(
            granted(one.headers()),
            granted(other.headers()),
            "{method} {fields:?}"
        );
        assert_eq!(one.status().is_success(), other.status().is_success());
        assert_eq!(one.body(), other.body());
        assert!(one.headers().contains_key("vary") && other.headers().contains_key("vary"));
    }
}

#[tokio::test]
async fn any_origin_is_a_star_with_or_without_origin() {
    let policy = CorsPolicy::builder()
        .any_origin()
        .without_default_expose()
        .build()
        .unwrap();
    let mut ours = CorsLayer::new(policy).layer(service_fn(answer));
    let mut theirs = cors::CorsLayer::new()
        .allow_origin(cors::Any)
        .layer(service_fn(answer));
    let cases: [Fields; 3] = [&[], &[("origin", A)], &[("origin", "null")]];
    for fields in cases {
        let one = ask(&mut ours, &Method::GET, fields).await;
        let other = ask(&mut theirs, &Method::GET, fields).await;
        assert_eq!(
            granted(one.headers()),
            granted(other.headers()),
            "{fields:?}"
        );
    }
}

#[tokio::test]
async fn differences_are_these() {
    const OPTIONS: Method = Method::OPTIONS;
    let (mut ours, mut theirs) = pair();
    let credentials = "access-control-allow-credentials";
    let cases: [Difference; 6] = [
        (
            "a refused origin learns nothing, not that others may send credentials",
            Method::GET,
            &[("origin", EVIL)],
            (200, vec![]),
            (200, vec![credentials, "access-control-expose-headers"]),
        ),
        (
            "a request that is not cross-origin needs no field but Vary",
            Method::GET,
            &[],
            (200, vec![]),
            (200, vec![credentials, "access-control-expose-headers"]),
        ),
        (
            "a refused preflight is 403, and does not list what others may do",
            OPTIONS,
            &[("origin", EVIL), PUT],
            (403, vec![]),
            (
                200,
                vec![
                    credentials,
                    "access-control-allow-headers",
                    "access-control-allow-methods",
                    "access-control-max-age",
                ],
            ),
        ),
        (
            "a method that is not allowed is refused here, not by the browser",
            OPTIONS,
            &[("origin", A), ("access-control-request-method", "DELETE")],
            (403, vec![]),
            (
                200,
                vec![
                    credentials,
                    "access-control-allow-headers",
                    "access-control-allow-methods",
                    "access-control-allow-origin",
                    "access-control-max-age",
                ],
            ),
        ),
        (
            "only what was asked for is answered, and an answer without content is 204",
            OPTIONS,
            &[("origin", A), ("access-control-request-method", "GET")],
            (
                204,
                vec![
                    credentials,
                    "access-control-allow-origin",
                    "access-control-max-age",
                ],
            ),
            (
                200,
                vec![
                    credentials,
                    "access-control-allow-headers",
                    "access-control-allow-methods",
                    "access-control-allow-origin",
                    "access-control-max-age",
                ],
            ),
        ),
        (
            "two origins are none",
            Method::GET,
            &[("origin", A), ("origin", EVIL)],
            (200, vec![]),
            (
                200,
                vec![
                    credentials,
                    "access-control-allow-origin",
                    "access-control-expose-headers",
                ],
            ),
        ),
    ];
    for (reason, method, fields, expected, known) in cases {
        let one = ask(&mut ours, &method, fields).await;
        let other = ask(&mut theirs, &method, fields).await;
        let names = |response: &Response<String>| -> (u16, Vec<String>) {
            let names = granted(response.headers())
                .into_iter()
                .map(|(name, _)| name)
                .collect();
            (response.status().as_u16(), names)
        };
        let owned = |(status, names): (u16, Vec<&str>)| -> (u16, Vec<String>) {
            (status, names.into_iter().map(str::to_owned).collect())
        };
        assert_eq!(names(&one), owned(expected), "{reason}");
        assert_eq!(names(&other), owned(known), "{reason}");
    }
}

#[tokio::test]
async fn options_that_is_no_preflight_is_the_handlers() {
    let (mut ours, mut theirs) = pair();
    let cases: [Fields; 3] = [&[], &[("origin", A)], &[PUT]];
    for fields in cases {
        assert_eq!(
            ask(&mut ours, &Method::OPTIONS, fields).await.body(),
            "inner",
            "{fields:?}"
        );
        assert_eq!(
            ask(&mut theirs, &Method::OPTIONS, fields).await.body(),
            "",
            "{fields:?}"
        );
    }
}

#[tokio::test]
async fn a_private_network_is_not_answered() {
    let policy = CorsPolicy::builder().any_origin().build().unwrap();
    let mut ours = CorsLayer::new(policy).layer(service_fn(answer));
    let mut theirs = cors::CorsLayer::new()
        .allow_origin(cors::Any)
        .allow_private_network(true)
        .layer(service_fn(answer));
    let asked: Fields = &[
        ("origin", A),
        ("access-control-request-method", "GET"),
        ("access-control-request-private-network", "true"),
    ];
    let field = "access-control-allow-private-network";
    let one = ask(&mut ours, &Method::OPTIONS, asked).await;
    assert_eq!(
        (one.status(), one.headers().contains_key(field)),
        (StatusCode::NO_CONTENT, false)
    );
    let other = ask(&mut theirs, &Method::OPTIONS, asked).await;
    assert!(other.headers().contains_key(field));
}

#[test]
fn a_contradiction_is_an_error_and_not_a_panic() {
    assert!(
        CorsPolicy::builder()
            .any_origin()
            .credentials()
            .build()
            .is_err()
    );
    let theirs = std::panic::catch_unwind(|| {
        let layer = cors::CorsLayer::new()
            .allow_origin(cors::Any)
            .allow_credentials(true);
        drop(layer.layer(service_fn(answer)));
    });
    assert!(theirs.is_err());
}
