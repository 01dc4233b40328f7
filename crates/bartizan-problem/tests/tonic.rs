//! What a client of tonic understands of a refusal.
#![cfg(feature = "layer")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::convert::Infallible;

use bartizan_problem::{CatchPanicLayer, Problem, ProblemLayer};
use bytes::{Buf, BufMut, Bytes};
use http::{Request, StatusCode};
use http_body_util::Full;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    service::TowerToHyperService,
};
use tokio::net::TcpListener;
use tonic::{
    Code, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    transport::Endpoint,
};
use tower::service_fn;
use tower_layer::Layer;

/// Messages as they are.
#[derive(Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;
    fn encoder(&mut self) -> Self {
        Self
    }
    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;
    fn encode(&mut self, item: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;
    fn decode(&mut self, input: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(input.copy_to_bytes(input.remaining())))
    }
}

#[tokio::test]
async fn tonic_reads_the_status_and_the_message_of_a_refusal() {
    let service = ProblemLayer::new().layer(CatchPanicLayer::new().layer(service_fn(
        async |request: Request<hyper::body::Incoming>| {
            let path = request.uri().path().to_owned();
            assert_ne!(path, "/a.B/Panic", "secret 4711");
            let status = if path == "/a.B/Limited" {
                StatusCode::TOO_MANY_REQUESTS
            } else {
                StatusCode::FORBIDDEN
            };
            let problem = Problem::new(status).with_detail("50 % für Ämter");
            Ok::<_, Infallible>(problem.into_response::<Full<Bytes>>())
        },
    )));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        drop(
            server
                .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
                .await,
        );
    });
    let channel = Endpoint::from_shared(format!("http://{address}"))
        .unwrap()
        .connect()
        .await
        .unwrap();
    let mut client = Grpc::new(channel);
    for (path, code, message) in [
        ("/a.B/Limited", Code::ResourceExhausted, "50 % für Ämter"),
        ("/a.B/Forbidden", Code::PermissionDenied, "50 % für Ämter"),
        ("/a.B/Panic", Code::Internal, "Internal Server Error"),
    ] {
        client.ready().await.unwrap();
        let request = tonic::Request::new(Bytes::from_static(b"hello"));
        let status = client
            .unary(request, path.parse().unwrap(), Raw)
            .await
            .unwrap_err();
        assert_eq!((status.code(), status.message()), (code, message), "{path}");
    }
}
