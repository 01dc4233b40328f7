//! A small reverse proxy that stores answers:
//!
//! ```console
//! $ cargo run -p bartizan-examples --example cache_proxy -- --listen 127.0.0.1:8081 --origin 127.0.0.1:8080
//! ```
//!
//! Without arguments it stands before an origin of its own, asks twice, and ends. It stores whatever an answer permits, as a proxy
//! must that knows nothing of its origin: the public suite `http-cache-tests` runs through it.

use std::{convert::Infallible, error::Error, net::SocketAddr, sync::Arc, time::Duration};

use bartizan_cache::{CacheBody, CacheLayer, Flights, Origin, Policy, PolicyError, Sharing, Store};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Request, Response, StatusCode};
use http_body_util::{BodyExt, combinators::UnsyncBoxBody};
use hyper::body::Incoming;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tower::{Layer, ServiceExt, service_fn};

type Failure = Box<dyn Error + Send + Sync>;
type Body = UnsyncBoxBody<Bytes, Failure>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        [] => demonstrate().await,
        ["--listen", listen, "--origin", origin] => {
            let listener = TcpListener::bind(listen.parse::<SocketAddr>()?).await?;
            serve(listener, (*origin).into()).await
        }
        _ => Err("expected no arguments, or --listen ADDRESS --origin ADDRESS".into()),
    }
}

/// Everything that an answer itself permits.
fn policy() -> Result<Policy, PolicyError> {
    let year = Duration::from_secs(365 * 24 * 3600);
    Policy::builder()
        .sharing(Sharing::AsAnswered)
        .session_cookies(Vec::<&str>::new())
        .target(HeaderName::from_static("cdn-cache-control"))
        .heuristic(Duration::from_secs(24 * 3600))
        .any_status()
        .honour_requests()
        .max_ttl(year)
        .max_ttl_unless_successful(year)
        .max_stale(year)
        .jitter_percent(0)
        .build()
}

async fn serve(listener: TcpListener, origin: Arc<str>) -> Result<(), Failure> {
    let flights = Arc::new(Flights::new(Arc::new(Store::with_capacity(64 << 20))));
    let facts = Origin::new("http", listener.local_addr()?.to_string());
    let layer = CacheLayer::new(flights, policy()?, facts);
    let cached = layer.layer(service_fn(move |request| forward(origin.clone(), request)));
    loop {
        let (stream, _) = listener.accept().await?;
        let cached = cached.clone();
        let service = service_fn(move |request| {
            let cached = cached.clone();
            async move {
                Ok::<_, Infallible>(
                    cached
                        .oneshot(request)
                        .await
                        .unwrap_or_else(|error| unreachable_origin(&error)),
                )
            }
        });
        tokio::spawn(async move {
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
            if let Err(error) = connection.await {
                eprintln!("a client: {error}");
            }
        });
    }
}

fn unreachable_origin(error: &Failure) -> Response<CacheBody<Body>> {
    eprintln!("the origin: {error}");
    let mut answer = Response::new(CacheBody::default());
    *answer.status_mut() = StatusCode::BAD_GATEWAY;
    answer
}

/// One connection a request: enough for an example.
async fn forward(
    origin: Arc<str>,
    mut request: Request<Incoming>,
) -> Result<Response<Body>, Failure> {
    strip(request.headers_mut());
    let stream = TcpStream::connect(&*origin).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let mut response = sender.send_request(request).await?;
    strip(response.headers_mut());
    Ok(response.map(|body| body.map_err(Into::into).boxed_unsync()))
}

/// Takes away the fields of one connection (RFC 9110, section 7.6.1).
fn strip(headers: &mut HeaderMap) {
    const ALWAYS: [&str; 8] = [
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    let named: Vec<HeaderName> = headers
        .get_all("connection")
        .iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
        .filter(|name| !matches!(name.as_str(), "age" | "cache-control" | "date" | "host"))
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in ALWAYS {
        headers.remove(name);
    }
}

async fn demonstrate() -> Result<(), Failure> {
    let origin = TcpListener::bind("127.0.0.1:0").await?;
    let proxy = TcpListener::bind("127.0.0.1:0").await?;
    let (origin_address, address) = (origin.local_addr()?, proxy.local_addr()?);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = origin.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let answer =
                "HTTP/1.1 200 OK\r\ncache-control: max-age=60\r\ncontent-length: 5\r\n\r\nhello";
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    tokio::spawn(serve(proxy, origin_address.to_string().into()));
    for expected in ["fwd=uri-miss", "hit"] {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!("GET / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let status = answer.lines().find(|line| line.starts_with("cache-status"));
        println!("{}", status.unwrap_or("no cache-status"));
        assert!(
            status.is_some_and(|status| status.contains(expected)),
            "{answer}"
        );
    }
    Ok(())
}
