//! What CORS costs by the number of origins: ours looks an origin up, the rival walks its list.

use std::convert::Infallible;
use std::hint::black_box;

use bartizan_headers::{CorsLayer, CorsPolicy};
use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, CONTENT_TYPE, ORIGIN,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response};
use http_body_util::Full;
use tower::{Service, ServiceBuilder, service_fn};
use tower_http::cors;

use crate::harness::{LOCK, Outcome, added_cost, locked, nanoseconds, ready};
use crate::row::{Row, Target};

const CALLS: u32 = 30_000;

/// So many origins of a list ask in turn, evenly spread over it: neither side is asked for its first one only.
const CALLERS: usize = 64;

/// What a request is.
#[derive(Clone, Copy)]
enum Kind {
    SameOrigin,
    Actual,
    Preflight,
    Hostile,
}

pub(crate) fn rows() -> Outcome<Vec<Row>> {
    let mut rows = Vec::new();
    for (name, kind, origins, limit) in [
        ("CORS, no Origin", Kind::SameOrigin, 1, 1.0),
        ("CORS, actual, 1 origin", Kind::Actual, 1, 1.0),
        ("CORS, actual, 1,000 origins", Kind::Actual, 1_000, 0.1),
        ("CORS, actual, 10,000 origins", Kind::Actual, 10_000, 0.1),
        ("CORS, preflight, 1 origin", Kind::Preflight, 1, 1.0),
        (
            "CORS, preflight, 1,000 origins",
            Kind::Preflight,
            1_000,
            0.1,
        ),
        (
            "CORS, preflight, 10,000 origins",
            Kind::Preflight,
            10_000,
            0.1,
        ),
        (
            "CORS, preflight with 1 MiB of commas",
            Kind::Hostile,
            1,
            1.0,
        ),
    ] {
        let requests = requests(kind, origins)?;
        let mut ours = ours(origins)?;
        let mut rival = ServiceBuilder::new()
            .layer(theirs(origins)?)
            .service_fn(answer);
        agree(kind, &mut ours, &mut rival, &requests)?;
        let pair = added_cost(
            || cost(&mut service_fn(answer), &requests),
            || cost(&mut ours, &requests),
            || cost(&mut rival, &requests),
        )?;
        rows.push(Row {
            area: "headers",
            name,
            pair,
            rival: format!("CorsLayer, {}", locked(LOCK, "tower-http")),
            unit: "ns",
            target: Target::AtMost(limit),
        });
    }
    for (name, kind) in [
        ("CORS, actual, 10,000 origins against 1", Kind::Actual),
        ("CORS, preflight, 10,000 origins against 1", Kind::Preflight),
    ] {
        let (many, one) = (requests(kind, 10_000)?, requests(kind, 1)?);
        let (mut ours_many, mut ours_one) = (ours(10_000)?, ours(1)?);
        let pair = added_cost(
            || cost(&mut service_fn(answer), &one),
            || cost(&mut ours_many, &many),
            || cost(&mut ours_one, &one),
        )?;
        rows.push(Row {
            area: "headers",
            name,
            pair,
            rival: "ours with 1 origin".to_owned(),
            unit: "ns",
            target: Target::AtMost(1.5),
        });
    }
    Ok(rows)
}

async fn answer(request: Request<()>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::default());
    // without a layer, this stands for the empty answer to a preflight
    if request.method() != Method::OPTIONS {
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
    }
    Ok(response)
}

fn origin(index: usize) -> String {
    format!("https://tenant-{index:05}.example.com")
}

type Answered = Response<Full<Bytes>>;

fn ours(
    origins: usize,
) -> Outcome<impl Service<Request<()>, Response = Answered, Error = Infallible>> {
    let policy = CorsPolicy::builder()
        .origins((0..origins).map(origin))
        .credentials()
        .methods(["PUT"])
        .request_headers(["content-type"])
        .without_default_expose()
        .build()?;
    Ok(ServiceBuilder::new()
        .layer(CorsLayer::new(policy))
        .service_fn(answer))
}

fn theirs(origins: usize) -> Outcome<cors::CorsLayer> {
    let list: Result<Vec<HeaderValue>, _> =
        (0..origins).map(|index| origin(index).parse()).collect();
    Ok(cors::CorsLayer::new()
        .allow_origin(list?)
        .allow_credentials(true)
        .allow_methods([Method::PUT])
        .allow_headers([HeaderName::from_static("content-type")])
        .max_age(std::time::Duration::from_secs(600)))
}

fn requests(kind: Kind, origins: usize) -> Outcome<Vec<(Method, HeaderMap)>> {
    let callers = CALLERS.min(origins);
    let mut requests = Vec::new();
    for caller in 0..callers {
        let mut headers = HeaderMap::new();
        if !matches!(kind, Kind::SameOrigin) {
            // the middle of its share of the list
            let index = (2 * caller + 1) * origins / (2 * callers);
            headers.insert(ORIGIN, origin(index).parse()?);
        }
        let method = if matches!(kind, Kind::Preflight | Kind::Hostile) {
            headers.insert(
                ACCESS_CONTROL_REQUEST_METHOD,
                HeaderValue::from_static("PUT"),
            );
            let names = match kind {
                Kind::Hostile => ",".repeat(1 << 20).parse()?,
                _ => HeaderValue::from_static("content-type"),
            };
            headers.insert(ACCESS_CONTROL_REQUEST_HEADERS, names);
            Method::OPTIONS
        } else {
            Method::GET
        };
        requests.push((method, headers));
    }
    Ok(requests)
}

fn call<S>(service: &mut S, (method, headers): &(Method, HeaderMap)) -> Outcome<Answered>
where
    S: Service<Request<()>, Response = Answered, Error = Infallible>,
{
    let mut request = Request::new(());
    *request.method_mut() = method.clone();
    *request.headers_mut() = headers.clone();
    Ok(ready(service.call(black_box(request)))??)
}

/// Both sides allow the origin, or both know nothing of one.
fn agree<S, R>(
    kind: Kind,
    ours: &mut S,
    rival: &mut R,
    requests: &[(Method, HeaderMap)],
) -> Outcome<()>
where
    S: Service<Request<()>, Response = Answered, Error = Infallible>,
    R: Service<Request<()>, Response = Answered, Error = Infallible>,
{
    for request in requests {
        let field = "access-control-allow-origin";
        let one = call(ours, request)?.headers().get(field).cloned();
        let other = call(rival, request)?.headers().get(field).cloned();
        // the rival does not read what a preflight asks for
        let same = matches!(kind, Kind::Hostile) || one == other;
        if !same || one.is_some() != matches!(kind, Kind::Actual | Kind::Preflight) {
            return Err("the two sides do not answer as expected".into());
        }
    }
    Ok(())
}

fn cost<S>(service: &mut S, requests: &[(Method, HeaderMap)]) -> Outcome<f64>
where
    S: Service<Request<()>, Response = Answered, Error = Infallible>,
{
    let mut turn = requests.iter().cycle();
    nanoseconds(CALLS, || {
        if let Some(request) = turn.next() {
            black_box(call(service, request)?);
        }
        Ok(())
    })
}
