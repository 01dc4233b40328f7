//! What it costs to find out whether a request is the site's own: ours also looks for WebSocket handshakes, compares the scheme
//! and counts.

use std::convert::Infallible;
use std::future::{Ready, ready as done};
use std::hint::black_box;

use bartizan_headers::{CrossOriginLayer, CrossOriginPolicy};
use http::{Request, Response};
use tower::{Layer, Service, service_fn};
use tower_http::csrf::CsrfLayer;

use crate::harness::{LOCK, Outcome, alternate, locked, nanoseconds, ready};
use crate::row::{Row, Target};

const CALLS: u32 = 500_000;

const TRUSTED: &str = "https://app.example.com";

/// The inner service gives the request back, so that one is enough and neither side pays for making it.
type Answer = Ready<Result<Response<Request<()>>, Infallible>>;

fn echo(request: Request<()>) -> Answer {
    done(Ok(Response::new(request)))
}

pub(crate) fn rows() -> Outcome<Vec<Row>> {
    let policy = CrossOriginPolicy::builder().trusted(|origin| origin == TRUSTED.as_bytes());
    let ours = CrossOriginLayer::new(policy.build()?);
    let rival = CsrfLayer::new().add_trusted_origin(TRUSTED)?;
    let own = ("origin", "https://example.com");
    let same = ("sec-fetch-site", "same-origin");
    let cross = ("sec-fetch-site", "cross-site");
    let mut rows = Vec::new();
    for (name, method, fields) in [
        ("cross-origin check, read", "GET", &[same][..]),
        ("cross-origin check, own form", "POST", &[same, own]),
        ("cross-origin check, old browser", "POST", &[own]),
        (
            "cross-origin check, trusted site",
            "POST",
            &[cross, ("origin", TRUSTED)],
        ),
    ] {
        let mut sides = [request(method, fields)?, request(method, fields)?];
        let [first, second] = &mut sides;
        let mut ours = ours.layer(service_fn(echo));
        let mut rival = rival.layer(service_fn(echo));
        let pair = alternate(|| cost(&mut ours, first), || cost(&mut rival, second))?;
        rows.push(Row {
            area: "headers",
            name,
            pair,
            rival: format!("CsrfLayer, {}", locked(LOCK, "tower-http")),
            unit: "ns",
            target: Target::AtMost(1.0),
        });
    }
    Ok(rows)
}

/// The head of a browser's request, with the scheme and host that a layer outside has written.
fn request(method: &str, fields: &[(&str, &str)]) -> Outcome<Request<()>> {
    let mut builder = Request::builder()
        .method(method)
        .uri("https://example.com/v1/articles?limit=10")
        .header("host", "example.com")
        .header("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0)")
        .header("accept", "text/html,application/xhtml+xml")
        .header("accept-language", "en-GB,en;q=0.5")
        .header("accept-encoding", "gzip, deflate, br, zstd")
        .header("cookie", "theme=dark");
    for (name, value) in fields {
        builder = builder.header(*name, *value);
    }
    Ok(builder.body(())?)
}

/// The time of a call, inner service included.
fn cost<S>(service: &mut S, request: &mut Request<()>) -> Outcome<f64>
where
    S: Service<Request<()>, Response = Response<Request<()>>, Error = Infallible>,
{
    nanoseconds(CALLS, || {
        let sent = std::mem::take(request);
        let response = ready(service.call(black_box(sent)))??;
        if !response.status().is_success() {
            return Err("a request that must pass was refused".into());
        }
        *request = black_box(response).into_body();
        Ok(())
    })
}
