use std::net::SocketAddr;

use axum::extract::ConnectInfo;

use super::*;
use crate::{Config, client_ip::Client};

fn config(json: &str) -> Hardening {
    let config: Config = serde_json::from_str(json).unwrap();
    Hardening::new(&config).unwrap()
}

const BEHIND_A_PROXY: &str = r#"{
    "client_ip": {"trusted_proxies": ["10.0.0.0/8"]},
    "hosts": {"allowed": ["api.example.com"]}
}"#;

/// Answers with what the handler sees.
fn shows(hardening: Hardening) -> Router {
    async fn show(request: axum::extract::Request) -> String {
        let client = request.extensions().get::<Client>().unwrap();
        let forwarded = request
            .headers()
            .keys()
            .filter(|name| name.as_str().starts_with("x-f"));
        format!(
            "{} {} {}",
            client.address().unwrap(),
            request.uri(),
            forwarded.count()
        )
    }
    Router::new().route("/show", get(show)).layer(hardening)
}

async fn ask_from(
    router: Router,
    peer: &str,
    fields: &[(&str, &str)],
) -> (http::response::Parts, String) {
    let mut request = Request::get("/show");
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::empty()).unwrap();
    let peer = SocketAddr::new(peer.parse().unwrap(), 4711);
    request.extensions_mut().insert(ConnectInfo(peer));
    let (head, body) = router.oneshot(request).await.unwrap().into_parts();
    (head, text(body).await)
}

#[tokio::test]
async fn behind_a_trusted_proxy_address_scheme_and_host_are_the_clients() {
    let router = shows(config(BEHIND_A_PROXY));
    let fields = [
        ("host", "inner:8080"),
        ("x-forwarded-for", "127.0.0.1, 203.0.113.9"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "api.example.com"),
        ("x-request-id", "from-the-proxy"),
    ];
    let (head, body) = ask_from(router.clone(), "10.0.0.1", &fields).await;
    assert_eq!(body, "203.0.113.9 https://api.example.com/show 0");
    assert!(head.headers.contains_key("strict-transport-security"));
    assert_eq!(head.headers["x-request-id"], "from-the-proxy");

    // The same from somebody else: nothing of it is read, so the host is a wrong one.
    let (head, body) = ask_from(router, "203.0.113.66", &fields).await;
    assert_eq!(head.status, 421);
    assert_eq!(head.headers["content-type"], "application/problem+json");
    assert!(!head.headers.contains_key("strict-transport-security"));
    assert_ne!(head.headers["x-request-id"], "from-the-proxy");
    assert!(
        !body.contains("inner") && !body.contains("203.0.113"),
        "{body}"
    );
}

#[tokio::test]
async fn an_unclear_host_is_a_400_and_a_proxy_that_talks_nonsense_too() {
    let router = shows(Hardening::default());
    let (head, _) = ask_from(router.clone(), "192.0.2.1", &[]).await;
    assert_eq!(head.status, 400);
    let two = [("host", "a.example"), ("host", "b.example")];
    let (head, body) = ask_from(router, "192.0.2.1", &two).await;
    assert_eq!(head.status, 400);
    assert!(!body.contains("example"), "{body}");

    let router = shows(config(BEHIND_A_PROXY));
    let fields = [("host", "api.example.com"), ("x-forwarded-for", "<script>")];
    let (head, body) = ask_from(router, "10.0.0.1", &fields).await;
    assert_eq!(head.status, 400);
    assert_eq!(head.headers["x-content-type-options"], "nosniff");
    assert!(!body.contains("script"), "{body}");
}
