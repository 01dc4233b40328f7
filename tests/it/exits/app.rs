//! A service with every way out, whose every answer discloses all that it can.

use std::{collections::HashMap, future::pending, io, net::SocketAddr, thread, time::Duration};

use axum::{
    BoxError, Extension, Form, Json, Router,
    body::Body,
    error_handling::{HandleError, HandleErrorLayer},
    extract::{DefaultBodyLimit, Path, Query, Request},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::map_response,
    response::{Html, IntoResponse, Redirect, Response},
    routing::{any, get, post},
};
use bartizan::{Config, Hardening};
use bartizan_headers::FloorExemption;
use serde_json::{Value, json};
use tower::{ServiceBuilder, service_fn, timeout::TimeoutLayer};

use super::{
    disclosing::disclosing,
    pieces::{End, Pieces},
};

/// The most bytes that handlers read of a body.
pub(super) const MOST: usize = 1024;

/// One host, a trusted proxy, a network that is refused, a limit of one, and an origin that may read below `/shared`.
pub(super) fn hardening(https: bool) -> Hardening {
    let transport = if https { "https" } else { "from-request" };
    let config = json!({
        "headers": {"transport": transport},
        "hosts": {"allowed": ["api.test"]},
        "client_ip": {"trusted_proxies": ["127.0.0.1"]},
        "rate_limit": [{"name": "narrow", "routes": ["/narrow"], "limit": 1, "period": "1d"}],
        "rate_limits": {"deny": ["192.0.2.0/24"]},
        "cors": [{"routes": ["/shared"], "origins": ["https://app.test"], "methods": ["PUT"]}]
    });
    let config: Config = serde_json::from_value(config).unwrap();
    Hardening::new(&config).unwrap()
}

/// All routes, with nothing around them but what discloses.
pub(super) fn routes() -> Router {
    Router::new()
        .merge(good())
        .merge(own_fields())
        .merge(failures())
        .layer(DefaultBodyLimit::max(MOST))
        // outside of the routes, as a framework or a server would do it: what no route knows discloses too
        .layer(map_response(disclose))
}

/// Serves as the documentation says: with the peer's address.
pub(super) fn serve(app: Router) -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            let app = app.into_make_service_with_connect_info::<SocketAddr>();
            axum::serve(listener, app).await
        })
    });
    address
}

async fn disclose(mut response: Response) -> Response {
    for name in disclosing() {
        let name: HeaderName = name.parse().unwrap();
        let value = HeaderValue::from_static("software/4.7.11");
        response.headers_mut().insert(name, value);
    }
    response
}

fn good() -> Router {
    async fn socket(method: Method) -> Response {
        // the two ways to say yes: RFC 6455, section 4.2.2, and RFC 8441, section 5
        match method {
            Method::CONNECT => StatusCode::OK.into_response(),
            _ => {
                let fields = [
                    (header::CONNECTION, "upgrade"),
                    (header::UPGRADE, "websocket"),
                ];
                (StatusCode::SWITCHING_PROTOCOLS, fields).into_response()
            }
        }
    }
    let typed =
        |status, of: &'static str| move || async move { (status, [(header::CONTENT_TYPE, of)]) };
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/json", get(|| async { Json(json!({"a": 1})) }).post(read))
        .route("/form", post(|_: Form<HashMap<String, u8>>| async {}))
        .route("/page", get(|| async { Html("<p>hello") }))
        .route(
            "/xhtml",
            get(typed(
                StatusCode::OK,
                "application/xhtml+xml; charset=utf-8",
            )),
        )
        .route("/untyped", get(|| async { Body::from("hello") }))
        .route("/none", get(|| async { StatusCode::NO_CONTENT }))
        .route("/unchanged", get(|| async { StatusCode::NOT_MODIFIED }))
        .route(
            "/unchanged/page",
            get(typed(StatusCode::NOT_MODIFIED, "text/html")),
        )
        .route(
            "/unchanged/data",
            get(typed(StatusCode::NOT_MODIFIED, "application/json")),
        )
        .route("/moved", get(|| async { Redirect::to("/json") }))
        .route(
            "/stream",
            get(|| async { Body::new(Pieces::new(["a", "b", "c"], End::Open)) }),
        )
        .route(
            "/breaks-off",
            get(|| async { Body::new(Pieces::new(["a"], End::Broken)) }),
        )
        .route("/narrow", get(|| async { "one" }))
        .route("/shared", get(|| async { "read me" }).put(|| async {}))
        .route("/socket", any(socket))
        .route("/path/{number}", get(|_: Path<u8>| async {}))
        .route("/query", get(|_: Query<HashMap<String, u8>>| async {}))
}

async fn read(_: Json<HashMap<String, u8>>) {}

/// Answers that have something of their own to say.
fn own_fields() -> Router {
    let policy = [("content-security-policy", "default-src 'self'")];
    let style = [
        (header::CONTENT_TYPE, "text/css"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::ETAG, "\"1\""),
    ];
    let weak = [
        (header::X_CONTENT_TYPE_OPTIONS, "sniff"),
        (header::X_FRAME_OPTIONS, "ALLOWALL"),
        (header::REFERRER_POLICY, "unsafe-url"),
    ];
    let framed = [(
        header::CONTENT_SECURITY_POLICY,
        "frame-ancestors https://app.test",
    )];
    Router::new()
        .route("/style.css", get(move || async move { (style, "p {}") }))
        .route(
            "/own-policy",
            get(move || async move { (policy, Html("<p>own")) }),
        )
        .route(
            "/own-policy/data",
            get(move || async move { (policy, Json(json!({}))) }),
        )
        .route("/weak", get(move || async move { (weak, Html("<p>weak")) }))
        .route(
            "/framed",
            get(move || async move {
                (
                    Extension(FloorExemption::framing()),
                    framed,
                    Html("<p>framed"),
                )
            }),
        )
}

fn failures() -> Router {
    async fn panics() {
        panic!("a secret xyzzy")
    }
    async fn panics_later() {
        tokio::task::yield_now().await;
        panic!("a secret xyzzy")
    }
    /// As from a panic in a spawned task, whose words the handler passes on.
    async fn task() -> Result<(), String> {
        let task = tokio::spawn(async { panic!("a secret xyzzy") });
        task.await.map_err(|error| error.to_string())
    }
    async fn too_late(error: BoxError) -> (StatusCode, String) {
        (StatusCode::GATEWAY_TIMEOUT, format!("xyzzy {error}"))
    }
    async fn gone(error: io::Error) -> (StatusCode, String) {
        (StatusCode::BAD_GATEWAY, format!("xyzzy {error}"))
    }
    async fn not_without(headers: HeaderMap) -> StatusCode {
        match headers.contains_key(header::EXPECT) {
            true => StatusCode::EXPECTATION_FAILED,
            false => StatusCode::OK,
        }
    }
    let broken = service_fn(|_: Request| async { Err::<Response, _>(io::Error::other("xyzzy")) });
    let slow = get(pending::<()>).layer(
        ServiceBuilder::new()
            .layer(HandleErrorLayer::new(too_late))
            .layer(TimeoutLayer::new(Duration::from_millis(1))),
    );
    let fails = |status, value: Value| move || async move { (status, Json(value)) };
    let asks = [(header::WWW_AUTHENTICATE, "Bearer")];
    let busy = [(header::RETRY_AFTER, "7")];
    let error = StatusCode::INTERNAL_SERVER_ERROR;
    Router::new()
        .route(
            "/fails",
            get(move || async move { (error, "a secret xyzzy") }),
        )
        .route("/fails/data", get(fails(error, json!({"own": true}))))
        .route(
            "/fails/page",
            get(move || async move { (error, Html("<p>our fault")) }),
        )
        .route(
            "/missing/page",
            get(|| async { (StatusCode::NOT_FOUND, Html("<p>no such page")) }),
        )
        .route(
            "/login",
            get(move || async move { (StatusCode::UNAUTHORIZED, asks) }),
        )
        .route(
            "/busy",
            get(move || async move { (StatusCode::SERVICE_UNAVAILABLE, busy) }),
        )
        .route(
            "/informs",
            get(|| async { StatusCode::from_u16(103).unwrap() }),
        )
        .route("/expects", post(not_without))
        .route("/panics", get(panics))
        .route("/panics/later", get(panics_later))
        .route(
            "/panics/elsewhere",
            get(|| async {
                task()
                    .await
                    .map_err(|why| (StatusCode::INTERNAL_SERVER_ERROR, why))
            }),
        )
        .route("/slow", slow)
        .route_service("/broken", HandleError::new(broken, gone))
}
