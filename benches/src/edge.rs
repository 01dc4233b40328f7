//! What the whole edge costs: `Hardening` against the crates that are usually stacked for the same jobs.

use std::hint::black_box;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::routing::get;
use bartizan::{Config, CorsConfig, Hardening, RateLimitConfig};
use http::{HeaderName, HeaderValue, Method, Request, header};
use tower::{Service, ServiceBuilder};
use tower_governor::GovernorLayer;
use tower_governor::governor::GovernorConfigBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::csrf::CsrfLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::harness::{LOCK, Outcome, added_cost, alternate, locked, nanoseconds, ready};
use crate::row::{Row, Target};
use crate::socket::{Client, serve};

const CALLS: u32 = 20_000;

/// The origin whose scripts may read.
const APP: &str = "https://app.example";

pub(crate) fn rows() -> Outcome<Vec<Row>> {
    Ok(vec![
        added("added to a router, in process", Kind::Read)?,
        added("the same, a script of another origin", Kind::Script)?,
        added("the same, a form", Kind::Form)?,
        requests()?,
    ])
}

/// What a request is.
#[derive(Clone, Copy)]
enum Kind {
    Read,
    /// A script of the one origin that may read.
    Script,
    /// The site's own.
    Form,
}

fn added(name: &'static str, kind: Kind) -> Outcome<Row> {
    let mut bare = router();
    let mut ours = router().layer(hardening());
    let mut rival = usual(router())?;
    let pair = added_cost(
        || cost(&mut bare, kind),
        || cost(&mut ours, kind),
        || cost(&mut rival, kind),
    )?;
    Ok(Row {
        area: "edge",
        name,
        pair,
        rival: format!(
            "request-id, 10 x set-header, cors, csrf, catch-panic, {}; GovernorLayer, {}",
            locked(LOCK, "tower-http"),
            locked(LOCK, "tower_governor"),
        ),
        unit: "ns",
        target: Target::AtMost(0.5),
    })
}

fn requests() -> Outcome<Row> {
    let mut ours = Client::connect(serve(router().layer(hardening()))?)?;
    let mut bare = Client::connect(serve(router())?)?;
    let pair = alternate(|| ours.requests_per_second(), || bare.requests_per_second())?;
    Ok(Row {
        area: "edge",
        name: "requests over loopback, keep-alive",
        pair,
        rival: format!("the bare router, {}", locked(LOCK, "axum")),
        unit: "requests/s",
        target: Target::AtLeast(0.92),
    })
}

/// The default, but for one origin that may read, and a limit that a measurement from one address does not meet.
pub(crate) fn hardening() -> Hardening {
    let mut edge = RateLimitConfig::edge();
    (edge.limit, edge.burst) = (100_000_000, Some(100_000_000));
    let mut config = Config::default();
    config.rate_limit.push(edge);
    let mut cors = CorsConfig::default();
    cors.origins.push(APP.to_owned());
    cors.credentials = true;
    config.cors.push(cors);
    Hardening::new(&config).unwrap_or_else(|error| unreachable!("{error}"))
}

fn router() -> Router {
    let answer = || async {
        (
            [(header::CONTENT_TYPE, "application/json")],
            "{\"ok\":true}",
        )
    };
    Router::new().route("/", get(answer).post(answer))
}

/// The usual crates in one `ServiceBuilder`, outermost first, in the order their documentation advises.
fn usual(router: Router) -> Outcome<Router> {
    let set = |name: &'static str, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    };
    // As wide as ours, so that neither refuses.
    let limits = GovernorConfigBuilder::default()
        .period(Duration::from_nanos(1))
        .burst_size(u32::MAX)
        .use_headers()
        .finish();
    let limits = Arc::new(limits.unwrap_or_else(|| unreachable!("neither is zero")));
    let app: HeaderValue = APP.parse()?;
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::list([app]))
        .allow_credentials(true);
    let csrf = CsrfLayer::new().add_trusted_origin(APP)?;
    Ok(router.layer(
        ServiceBuilder::new()
            .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
            .layer(PropagateRequestIdLayer::x_request_id())
            .layer(set(
                "content-security-policy",
                "default-src 'none'; frame-ancestors 'none'",
            ))
            .layer(set("x-content-type-options", "nosniff"))
            .layer(set("x-frame-options", "DENY"))
            .layer(set("referrer-policy", "no-referrer"))
            .layer(set(
                "permissions-policy",
                "camera=(), geolocation=(), microphone=()",
            ))
            .layer(set("cross-origin-opener-policy", "same-origin"))
            .layer(set("cross-origin-resource-policy", "same-origin"))
            .layer(set("origin-agent-cluster", "?1"))
            .layer(set("x-permitted-cross-domain-policies", "none"))
            .layer(set("cache-control", "no-store"))
            .layer(cors)
            .layer(CatchPanicLayer::new())
            .layer(GovernorLayer::new(limits))
            .layer(csrf),
    ))
}

fn cost(router: &mut Router, kind: Kind) -> Outcome<f64> {
    nanoseconds(CALLS, || {
        let request = Request::builder()
            .uri("/")
            .header(header::HOST, "localhost");
        let request = match kind {
            Kind::Read => request,
            Kind::Script => request
                .header(header::ORIGIN, APP)
                .header("sec-fetch-site", "cross-site"),
            Kind::Form => request
                .method(Method::POST)
                .header(header::ORIGIN, "http://localhost")
                .header("sec-fetch-site", "same-origin"),
        };
        let request = request
            .extension(ConnectInfo(SocketAddr::from(([192, 0, 2, 7], 4711))))
            .body(Body::empty())?;
        let response = ready(router.call(black_box(request)))??;
        if !response.status().is_success() {
            return Err(format!("answered {}", response.status()).into());
        }
        black_box(response);
        Ok(())
    })
}
