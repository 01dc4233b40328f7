//! What twelve response fields cost, without and with a nonce: one layer that writes them at once against twelve layers that
//! write one each, and against axum-helmet.

use std::convert::Infallible;
use std::hint::black_box;

use axum_helmet::{Helmet, HelmetLayer};
use bartizan_headers::{Csp, HeadersLayer, Nonce, Policy, Transport};
use base64ct::Encoding;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header};
use http_body_util::Full;
use tower::{Service, ServiceBuilder, service_fn};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::harness::{LOCK, Outcome, added_cost, locked, nanoseconds, ready};
use crate::row::{Row, Target};
use crate::{cors, csrf};

const CALLS: u32 = 50_000;

type Answer = Response<Full<Bytes>>;

pub(crate) fn rows() -> Outcome<Vec<Row>> {
    let mut rows = fixed()?;
    rows.push(with_nonce()?);
    rows.extend(cors::rows()?);
    rows.extend(csrf::rows()?);
    Ok(rows)
}

/// The twelve fields of an API answer over HTTPS, the same on all sides.
fn fixed() -> Outcome<Vec<Row>> {
    let policy = Policy::builder().transport(Transport::Https).build()?;
    let mut bare = service_fn(answer);
    let mut ours = ServiceBuilder::new()
        .layer(HeadersLayer::new(policy))
        .service(service_fn(answer));
    let fields = fields::<_, 12>(&mut ours)?;
    let layers = fields
        .each_ref()
        .map(|(name, value)| SetResponseHeaderLayer::if_not_present(name.clone(), value.clone()));
    let [a, b, c, d, e, f, g, h, i, j, k, l] = layers;
    let mut layered = ServiceBuilder::new()
        .layer((a, b, c, d, e, f))
        .layer((g, h, i, j, k, l))
        .service(service_fn(answer));
    let mut helmet = ServiceBuilder::new()
        .layer(helmet(&fields)?)
        .service(service_fn(answer));
    if fields != self::fields(&mut layered)? || fields != self::fields(&mut helmet)? {
        return Err("the sides do not write the same fields".into());
    }
    let layered = added_cost(
        || cost(&mut bare),
        || cost(&mut ours),
        || cost(&mut layered),
    )?;
    let helmet = added_cost(|| cost(&mut bare), || cost(&mut ours), || cost(&mut helmet))?;
    let row = |pair, rival| Row {
        area: "headers",
        name: "added by 12 fields",
        pair,
        rival,
        unit: "ns",
        target: Target::AtMost(0.4),
    };
    let tower_http = locked(LOCK, "tower-http");
    Ok(vec![
        row(layered, format!("12 x SetResponseHeader, {tower_http}")),
        row(helmet, locked(LOCK, "axum-helmet")),
    ])
}

/// A page with a nonce. axum-helmet has none, so there the handler writes its policy and `no-store` itself, as its users do.
fn with_nonce() -> Outcome<Row> {
    let csp = Csp::strict().build()?;
    let policy = Policy::builder()
        .transport(Transport::Https)
        .document_csp(csp.clone())
        .nonces_from_os()
        .build()?;
    let mut bare = service_fn(page);
    let mut ours = ServiceBuilder::new()
        .layer(HeadersLayer::new(policy))
        .service(service_fn(page_with_our_nonce));
    let all = fields::<_, 12>(&mut ours)?;
    let text = csp.to_string();
    let (before, after) = text.split_once("'nonce'").ok_or("no place for a nonce")?;
    let hand_made = service_fn(|_: Request<()>| {
        let answer = page_with_own_nonce(before, after);
        async move { answer }
    });
    let fixed: Vec<_> = all
        .into_iter()
        .filter(|(name, _)| {
            name != header::CONTENT_SECURITY_POLICY && name != header::CACHE_CONTROL
        })
        .collect();
    let mut rival = ServiceBuilder::new()
        .layer(helmet(&fixed)?)
        .service(hand_made);
    let names = |fields: [(HeaderName, HeaderValue); 12]| fields.map(|(name, _)| name);
    if names(fields(&mut ours)?) != names(fields(&mut rival)?) {
        return Err("the sides do not write the same fields".into());
    }
    let pair = added_cost(|| cost(&mut bare), || cost(&mut ours), || cost(&mut rival))?;
    Ok(Row {
        area: "headers",
        name: "added by 12 fields with a nonce",
        pair,
        rival: format!("{}, nonce by hand", locked(LOCK, "axum-helmet")),
        unit: "ns",
        target: Target::AtMost(0.8),
    })
}

fn helmet(fields: &[(HeaderName, HeaderValue)]) -> Outcome<HelmetLayer> {
    let mut helmet = Helmet::new();
    for (name, value) in fields {
        // it takes names that live for ever
        let name: &'static str = name.as_str().to_owned().leak();
        helmet = helmet.add((name, value.to_str()?.to_owned()));
    }
    Ok(helmet.into_layer()?)
}

fn with_type(kind: &'static str) -> Answer {
    let mut response = Response::new(Full::new(Bytes::from_static(b"{}")));
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

async fn answer(_: Request<()>) -> Result<Answer, Infallible> {
    Ok(with_type("application/json"))
}

async fn page(_: Request<()>) -> Result<Answer, Infallible> {
    Ok(with_type("text/html"))
}

async fn page_with_our_nonce(request: Request<()>) -> Result<Answer, Infallible> {
    if let Some(nonce) = request.extensions().get::<Nonce>() {
        let _ = black_box(nonce.get());
    }
    Ok(with_type("text/html"))
}

fn page_with_own_nonce(before: &str, after: &str) -> Result<Answer, Infallible> {
    let mut bytes = [0; 18];
    let mut response = with_type("text/html");
    if getrandom::fill(&mut bytes).is_ok() {
        let mut text = [0; 24];
        let nonce = base64ct::Base64UrlUnpadded::encode(&bytes, &mut text);
        if let Ok(nonce) = nonce
            && let Ok(csp) = HeaderValue::try_from(format!("{before}'nonce-{nonce}'{after}"))
        {
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_SECURITY_POLICY, csp);
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
    }
    Ok(response)
}

/// The fields that `service` adds, sorted by name.
fn fields<S, const N: usize>(service: &mut S) -> Outcome<[(HeaderName, HeaderValue); N]>
where
    S: Service<Request<()>, Response = Answer, Error = Infallible>,
{
    let mut headers: HeaderMap = ready(service.call(Request::new(())))??.headers().clone();
    headers.remove(header::CONTENT_TYPE);
    let mut fields: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    fields.sort_by(|a, b| a.0.as_str().cmp(b.0.as_str()));
    let count = fields.len();
    let all: Result<[_; N], _> = fields.try_into();
    all.map_err(|_| format!("expected {N} fields, found {count}").into())
}

fn cost<S>(service: &mut S) -> Outcome<f64>
where
    S: Service<Request<()>, Response = Answer, Error = Infallible>,
{
    nanoseconds(CALLS, || {
        black_box(ready(service.call(black_box(Request::new(()))))??);
        Ok(())
    })
}
