//! The layers through `oneshot`, no socket.

#[cfg(feature = "tracing")]
mod events;
mod grpc;
mod panics;
mod rendering;
mod untouched;
mod words;

use std::{convert::Infallible, fmt::Debug};

use bytes::Bytes;
use http::{Extensions, HeaderMap, HeaderValue, Request, Response, response::Parts};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use serde_json::Value;
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;

use crate::{Describe, Problem, ProblemLayer, body::BoxError};

/// Knows the id that a layer outside has put into the extensions, and otherwise one for all.
struct WithId;

#[derive(Clone)]
struct Id(&'static str);

impl Describe for WithId {
    fn describe(&self, _: &Parts) -> Option<Problem> {
        None
    }

    fn request_id(&self, extensions: &Extensions) -> Option<HeaderValue> {
        let id = extensions.get::<Id>().map_or("some-id", |id| id.0);
        Some(HeaderValue::from_static(id))
    }
}

fn with_ids() -> ProblemLayer<WithId> {
    ProblemLayer::describing(WithId)
}

/// What a client sees of one answer.
struct Seen {
    head: Parts,
    text: Bytes,
    said: Option<u64>,
}

impl Seen {
    fn header(&self, name: &str) -> &str {
        self.head
            .headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.text).unwrap()
    }

    /// That the answer is a problem whose fields and body agree.
    fn assert_problem(&self, status: u16) {
        assert_eq!(self.head.status, status);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.header("content-length"), self.text.len().to_string());
        assert_eq!(self.said, Some(self.text.len() as u64));
        assert_eq!(self.header("cache-control"), "no-store");
        assert_eq!(self.json()["status"], status);
        let id = self.json().get("request_id").cloned().unwrap_or("".into());
        assert_eq!(id, self.header("x-request-id"));
    }
}

async fn see<B: Body<Data = Bytes, Error: Debug>>(response: Response<B>) -> Seen {
    let (head, body) = response.into_parts();
    let said = body.size_hint().exact();
    let text = body.collect().await.unwrap().to_bytes();
    Seen { head, text, said }
}

/// One request through the layer to a service that answers with `response`.
async fn through<D, B>(layer: ProblemLayer<D>, request: Request<()>, response: Response<B>) -> Seen
where
    D: Describe,
    B: Body<Data = Bytes, Error: Into<BoxError>>,
{
    let mut response = Some(response);
    let service = layer.layer(service_fn(move |_| {
        let response = response.take().unwrap();
        async move { Ok::<_, Infallible>(response) }
    }));
    see(service.oneshot(request).await.unwrap()).await
}

/// An answer to GET with the default layer.
async fn get<B: Body<Data = Bytes, Error: Into<BoxError>>>(response: Response<B>) -> Seen {
    through(with_ids(), Request::new(()), response).await
}

fn answer(
    status: u16,
    fields: &[(&'static str, &'static str)],
    body: &str,
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body.to_owned()));
    *response.status_mut() = status.try_into().unwrap();
    append(response.headers_mut(), fields);
    response
}

fn append(headers: &mut HeaderMap, fields: &[(&'static str, &'static str)]) {
    for (name, value) in fields {
        headers.append(*name, value.parse().unwrap());
    }
}
