//! What ten response fields cost: one layer that writes them at once against ten layers that write one each.

use std::convert::Infallible;
use std::hint::black_box;

use bartizan_headers::{Field, HeadersLayer, Policy};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header};
use http_body_util::Full;
use tower::{Service, ServiceBuilder, service_fn};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::harness::{LOCK, Outcome, added_cost, locked, nanoseconds, ready};
use crate::row::{Row, Target};

const CALLS: u32 = 50_000;

pub(crate) fn rows() -> Outcome<Vec<Row>> {
    // The default policy without one of its fields, so that both sides write the same ten.
    let policy = Policy::builder()
        .without(Field::DnsPrefetchControl)
        .build()?;
    let mut bare = service_fn(answer);
    let mut ours = ServiceBuilder::new()
        .layer(HeadersLayer::new(policy))
        .service(service_fn(answer));
    let fields = fields(&mut ours)?;
    let layers = fields
        .each_ref()
        .map(|(name, value)| SetResponseHeaderLayer::if_not_present(name.clone(), value.clone()));
    let [a, b, c, d, e, f, g, h, i, j] = layers;
    let mut rival = ServiceBuilder::new()
        .layer(a)
        .layer(b)
        .layer(c)
        .layer(d)
        .layer(e)
        .layer(f)
        .layer(g)
        .layer(h)
        .layer(i)
        .layer(j)
        .service(service_fn(answer));
    if fields != self::fields(&mut rival)? {
        return Err("the two sides do not write the same fields".into());
    }
    let pair = added_cost(|| cost(&mut bare), || cost(&mut ours), || cost(&mut rival))?;
    Ok(vec![Row {
        area: "headers",
        name: "added by 10 fields",
        pair,
        rival: format!("10 x SetResponseHeader, {}", locked(LOCK, "tower-http")),
        unit: "ns",
        target: Target::AtMost(0.4),
    }])
}

async fn answer(_: Request<()>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"{}")));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    Ok(response)
}

/// The ten fields that `service` adds, sorted by name.
fn fields<S>(service: &mut S) -> Outcome<[(HeaderName, HeaderValue); 10]>
where
    S: Service<Request<()>, Response = Response<Full<Bytes>>, Error = Infallible>,
{
    let mut headers: HeaderMap = ready(service.call(Request::new(())))??.headers().clone();
    headers.remove(header::CONTENT_TYPE);
    let mut fields: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    fields.sort_by(|a, b| a.0.as_str().cmp(b.0.as_str()));
    let count = fields.len();
    let ten: Result<[_; 10], _> = fields.try_into();
    ten.map_err(|_| format!("expected 10 fields, found {count}").into())
}

fn cost<S>(service: &mut S) -> Outcome<f64>
where
    S: Service<Request<()>, Response = Response<Full<Bytes>>, Error = Infallible>,
{
    nanoseconds(CALLS, || {
        black_box(ready(service.call(black_box(Request::new(()))))??);
        Ok(())
    })
}
