//! tower-http's `csrf` layer decides as ours wherever both follow the same text; the differences are these.

#![cfg(feature = "layer")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeMap, convert::Infallible};

use bartizan_headers::{CrossOriginLayer, CrossOriginPolicy};
use http::{Request, Response, StatusCode};
use tower::{ServiceBuilder, ServiceExt, service_fn};
use tower_http::csrf::CsrfLayer;

const OWN: &str = "https://example.com";
const TRUSTED: &str = "https://app.example";
const METHODS: [&str; 9] = [
    "GET", "HEAD", "OPTIONS", "TRACE", "POST", "PUT", "PATCH", "DELETE", "CONNECT",
];
const SITES: [&[&str]; 8] = [
    &[],
    &["same-origin"],
    &["same-site"],
    &["cross-site"],
    &["none"],
    &[""],
    &["Same-Origin"],
    &["same-origin", "cross-site"],
];
const ORIGINS: [&[&str]; 13] = [
    &[],
    &[OWN],
    &["http://example.com"],
    &["https://example.com:443"],
    &["https://EXAMPLE.com"],
    &[TRUSTED],
    &["https://evil.example"],
    &["https://example.com:8443"],
    &["null"],
    &[""],
    &["https://me@example.com"],
    &["https://example.com/path"],
    &[OWN, "https://evil.example"],
];

/// Why the two may differ on a request.
fn difference(
    method: &str,
    sites: &[&str],
    origins: &[&str],
    upgrade: bool,
) -> Option<&'static str> {
    if upgrade || method == "CONNECT" {
        return Some("ours wants an origin for a handshake");
    }
    match method {
        "GET" | "HEAD" | "OPTIONS" => return None,
        "TRACE" => return Some("ours calls TRACE safe; no browser sends it"),
        _ => {}
    }
    match sites {
        ["same-origin" | "none"] => None,
        [] | ["same-site" | "cross-site"] => match origins {
            [_, _] => Some("ours refuses a second Origin"),
            [""] => Some("ours refuses an empty Origin"),
            _ if !sites.is_empty() => None,
            ["http://example.com"] => Some("ours compares the scheme"),
            ["https://example.com:443" | "https://EXAMPLE.com"] => {
                Some("ours knows other spellings of one origin")
            }
            ["https://example.com/path"] => Some("ours refuses an Origin with a path"),
            _ => None,
        },
        _ => Some("ours refuses a Sec-Fetch-Site that is empty, unknown or there twice"),
    }
}

async fn handler(_: Request<()>) -> Result<Response<()>, Infallible> {
    Ok(Response::new(()))
}

#[tokio::test]
async fn tower_http_and_ours_differ_only_where_it_is_said() {
    let policy = CrossOriginPolicy::builder()
        .trusted(|origin| origin == TRUSTED.as_bytes())
        .build()
        .unwrap();
    let ours = ServiceBuilder::new()
        .layer(CrossOriginLayer::new(policy))
        .service(service_fn(handler));
    let rival = ServiceBuilder::new()
        .layer(CsrfLayer::new().add_trusted_origin(TRUSTED).unwrap())
        .service(service_fn(handler));
    let (mut equal, mut differing) = (0, BTreeMap::<_, usize>::new());
    for method in METHODS {
        for sites in SITES {
            for origins in ORIGINS {
                for upgrade in [false, true] {
                    let request = || {
                        let mut builder = Request::builder()
                            .method(method)
                            .uri("https://example.com/");
                        for site in sites {
                            builder = builder.header("sec-fetch-site", *site);
                        }
                        for origin in origins {
                            builder = builder.header("origin", *origin);
                        }
                        if upgrade {
                            builder = builder.header("upgrade", "websocket");
                        }
                        builder.body(()).unwrap()
                    };
                    let ours = ours.clone().oneshot(request()).await.unwrap().status();
                    let rival = rival.clone().oneshot(request()).await.unwrap().status();
                    let what = format!("{method} {sites:?} {origins:?} {upgrade}: {ours} {rival}");
                    match difference(method, sites, origins, upgrade) {
                        None => {
                            assert_eq!(ours, rival, "{what}");
                            equal += 1;
                        }
                        Some(reason) if ours != rival => {
                            let is_looser = ours == StatusCode::OK;
                            let may_be = reason.contains("TRACE")
                                || matches!(
                                    origins,
                                    ["https://example.com:443" | "https://EXAMPLE.com"]
                                );
                            assert!(!is_looser || may_be, "{what}");
                            *differing.entry(reason).or_default() += 1;
                        }
                        Some(_) => {}
                    }
                }
            }
        }
    }
    // every difference is a real one
    assert_eq!(differing.len(), 8, "{differing:#?}");
    assert!(equal > 400, "{equal}");
}
