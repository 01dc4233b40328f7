//! One layer on an axum router: `cargo run -p bartizan-examples --example hardening_axum`.
//!
//! Serves on a free port, asks itself once for each way out, and prints what a client sees.

use std::{
    error::Error,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};

use axum::{Router, routing::get};
use bartizan::Hardening;

async fn breaks() -> &'static str {
    panic!("a detail that no client should read")
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let app = Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/breaks", get(breaks))
        // After the routes, and once: inside routing it covers 404 and 405 too.
        .layer(Hardening::default());

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    // `into_make_service` builds the service once; a plain `Router` would be built anew for each connection.
    tokio::spawn(async move { axum::serve(listener, app.into_make_service()).await });

    for path in ["/", "/nowhere", "/breaks"] {
        let answer = tokio::task::spawn_blocking(move || ask(address, path)).await??;
        println!("GET {path}\n{answer}\n");
    }
    Ok(())
}

fn ask(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
