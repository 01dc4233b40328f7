//! The same layer on hyper, without a framework: `cargo run -p bartizan-examples --example hardening_hyper`.
//!
//! Serves one request of its own on a free port and prints what a client sees.

use std::{
    convert::Infallible,
    error::Error,
    io::{Read, Write},
    net::TcpStream,
};

use bartizan::Hardening;
use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Response, body::Incoming, server::conn::http1};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tower::{Layer, service_fn};

async fn hello(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::from(format!(
        "hello from {}",
        request.uri().path()
    ))))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // Made once; what it shares is shared by every connection that gets a clone.
    let service = Hardening::default().layer(service_fn(hello));

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let client = tokio::task::spawn_blocking(move || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        write!(
            stream,
            "GET /there HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    });
    let (stream, _) = listener.accept().await?;
    http1::Builder::new()
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .await?;
    println!("{}", client.await??);
    Ok(())
}
