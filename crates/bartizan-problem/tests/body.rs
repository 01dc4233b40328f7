//! A response body that panics or fails, over real connections of hyper: never a clean end.
#![cfg(feature = "layer")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    convert::Infallible,
    io,
    pin::Pin,
    task::{Context, Poll},
};

use bartizan_problem::{ProblemCounts, ProblemLayer};
use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Empty};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tower::service_fn;
use tower_layer::Layer;

/// Two frames, then what its path says.
struct Breaks {
    path: String,
    frames: u32,
}

impl Body for Breaks {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.frames += 1;
        if self.frames <= 2 {
            return Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"part ")))));
        }
        match &*self.path {
            "/panic" | "/panic-twice" => panic!("secret 4711"),
            "/error" => Poll::Ready(Some(Err(io::Error::other("secret 4711")))),
            _ => Poll::Ready(None),
        }
    }
}

impl Drop for Breaks {
    fn drop(&mut self) {
        assert!(
            self.path != "/panic-twice" || self.frames < 3,
            "secret 4711"
        );
    }
}

/// Serves one connection on each call of the returned listener's address.
async fn serve(http2: bool) -> (std::net::SocketAddr, ProblemLayer) {
    let layer = ProblemLayer::new();
    let service = layer.layer(service_fn(
        async |request: Request<hyper::body::Incoming>| {
            let path = request.uri().path().to_owned();
            Ok::<_, Infallible>(Response::new(Breaks { path, frames: 0 }))
        },
    ));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (stream, service) = (
                TokioIo::new(stream),
                TowerToHyperService::new(service.clone()),
            );
            tokio::spawn(async move {
                if http2 {
                    let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                    drop(server.serve_connection(stream, service).await);
                } else {
                    let server = hyper::server::conn::http1::Builder::new();
                    drop(server.serve_connection(stream, service).await);
                }
            });
        }
    });
    (address, layer)
}

fn assert_counts(counts: ProblemCounts, panics: u64, errors: u64) {
    assert_eq!((counts.body_panics, counts.body_errors), (panics, errors));
    assert_eq!((counts.server_errors, counts.panics), (0, 0));
}

#[tokio::test]
async fn over_http_1_the_last_chunk_never_comes() {
    let (address, layer) = serve(false).await;
    for (path, whole) in [
        ("/", true),
        ("/panic", false),
        ("/panic-twice", false),
        ("/error", false),
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        // a reset is an error, an early end is none
        drop(stream.read_to_end(&mut bytes).await);
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text.ends_with("\r\n0\r\n\r\n"), whole, "{path}: {text}");
        assert!(!text.contains("4711"), "{text}");
    }
    assert_counts(layer.counts(), 2, 1);
}

#[tokio::test]
async fn over_http_2_the_stream_is_reset_and_the_connection_lives() {
    let (address, layer) = serve(true).await;
    let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let (mut client, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), stream)
            .await
            .unwrap();
    tokio::spawn(connection);
    for (path, whole) in [
        ("/panic", false),
        ("/", true),
        ("/panic-twice", false),
        ("/error", false),
        ("/", true),
    ] {
        let request = Request::get(format!("http://a{path}"))
            .body(Empty::<Bytes>::new())
            .unwrap();
        // a stream that is reset at once may take its head along
        let end = match client.send_request(request).await {
            Ok(response) => response
                .into_body()
                .collect()
                .await
                .map(|body| body.to_bytes()),
            Err(error) => Err(error),
        };
        match end {
            Ok(bytes) => assert!(whole && bytes == "part part ", "{path}"),
            Err(error) => assert!(!whole, "{path}: {error}"),
        }
    }
    assert_counts(layer.counts(), 2, 1);
}

#[tokio::test]
async fn a_broken_body_says_so_at_each_poll_and_never_that_it_has_ended() {
    let layer = ProblemLayer::new();
    let service = layer.layer(service_fn(async |_: Request<()>| {
        Ok::<_, Infallible>(Response::new(Breaks {
            path: "/panic".into(),
            frames: 2,
        }))
    }));
    let response = tower::ServiceExt::oneshot(service, Request::new(()))
        .await
        .unwrap();
    let mut body = response.into_body();
    for _ in 0..3 {
        let error = body.frame().await.unwrap().unwrap_err();
        assert!(error.is::<bartizan_problem::BodyPanicked>());
        assert!(!body.is_end_stream());
    }
    assert_counts(layer.counts(), 1, 0);
}
