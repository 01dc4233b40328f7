//! A server with one thread and a client with another, over loopback.

use std::net::SocketAddr;
use std::thread;

use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::harness::{Outcome, per_second};

/// Enough that the server always has a request to read.
const CONNECTIONS: u32 = 8;
const REQUESTS: u32 = 500;

/// Serves `router` on a thread of its own until the process ends.
pub(crate) fn serve(router: Router) -> Outcome<SocketAddr> {
    let runtime = runtime()?;
    let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
    let address = listener.local_addr()?;
    thread::Builder::new().spawn(move || {
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        // Ends with the process; a failure shows as failing requests.
        drop(runtime.block_on(async { axum::serve(listener, service).await }));
    })?;
    Ok(address)
}

/// Keep-alive connections to one server.
pub(crate) struct Client {
    runtime: Runtime,
    connections: Vec<SendRequest<Body>>,
    status: StatusCode,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Outcome<Self> {
        let runtime = runtime()?;
        let connections = runtime.block_on(async {
            let mut connections = Vec::new();
            for _ in 0..CONNECTIONS {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
                tokio::spawn(connection);
                connections.push(sender);
            }
            Outcome::Ok(connections)
        })?;
        Ok(Self {
            runtime,
            connections,
            status: StatusCode::OK,
        })
    }

    /// Expects another status than 200.
    pub(crate) fn expecting(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// One round: every connection sends one request after the other.
    pub(crate) fn requests_per_second(&mut self) -> Outcome<f64> {
        let Self {
            runtime,
            connections,
            status,
        } = self;
        let status = *status;
        per_second(CONNECTIONS * REQUESTS, || {
            runtime.block_on(async {
                let mut tasks = JoinSet::new();
                for connection in connections.drain(..) {
                    tasks.spawn(send(connection, status));
                }
                for result in tasks.join_all().await {
                    connections.push(result?);
                }
                Ok(())
            })
        })
    }
}

async fn send(mut connection: SendRequest<Body>, status: StatusCode) -> Outcome<SendRequest<Body>> {
    for _ in 0..REQUESTS {
        let request = Request::builder()
            .uri("/")
            .header(header::HOST, "localhost")
            .body(Body::empty())?;
        connection.ready().await?;
        let response = connection.send_request(request).await?;
        if response.status() != status {
            return Err(format!("answered {}", response.status()).into());
        }
        response.into_body().collect().await?;
    }
    Ok(connection)
}

fn runtime() -> Outcome<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}
