//! Limits on an axum router, by address and by who asks: `cargo run -p bartizan-examples --example ratelimit_axum`.
//!
//! Serves on a free port, asks itself until it is refused, and prints what a client sees.

use std::{
    error::Error,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use axum::{
    Router,
    extract::Request,
    middleware::{Next, from_fn},
    response::Response,
    routing::get,
};
use bartizan::{Config, Hardening, LimitKey, Principal, RateLimitConfig};

/// Stands for a check of a session or a token.
async fn authenticate(mut request: Request, next: Next) -> Response {
    let user = request
        .headers()
        .get("x-demo-user")
        .and_then(|user| user.to_str().ok());
    if let Some(id) = user.and_then(|user| user.parse::<u64>().ok()) {
        request.extensions_mut().insert(Principal::new(id));
    }
    next.run(request).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let minute = Duration::from_secs(60);
    // In place of the default limit of that name, which is wide.
    let edge = RateLimitConfig::new("edge", 4, minute);
    let mut user = RateLimitConfig::new("user", 2, minute);
    user.key = LimitKey::Principal;
    user.routes = vec!["/reports/**".to_owned()];
    let mut config = Config::default();
    config.rate_limit.extend([edge, user]);
    let hardening = Hardening::new(&config)?;

    let app = Router::new()
        .route("/reports/{id}", get(|| async { "a report" }))
        // The last one added is passed first: who asks, then how often.
        .route_layer(hardening.principal_quotas())
        .route_layer(from_fn(authenticate))
        .route("/", get(|| async { "hello" }))
        .layer(hardening);

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    // Without the peer's address nobody could be counted by it.
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });

    for path in ["/reports/1", "/reports/2", "/reports/3", "/", "/"] {
        let answer = tokio::task::spawn_blocking(move || ask(address, path)).await??;
        let told = answer.lines().filter(|line| {
            ["HTTP", "retry-after", "ratelimit"]
                .iter()
                .any(|start| line.starts_with(start))
        });
        println!("GET {path}\n  {}\n", told.collect::<Vec<_>>().join("\n  "));
    }
    Ok(())
}

fn ask(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nx-demo-user: 7\r\nconnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
