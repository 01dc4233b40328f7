//! An API: `cargo run -p bartizan-examples --example headers_api`.
//!
//! Logs out and downloads a file with a hostile name, and prints every field that a client gets. Then it shows what a policy
//! is refused for.

use std::{convert::Infallible, error::Error};

use axum::{
    Router,
    body::Body,
    response::IntoResponse,
    routing::{get, post},
};
use bartizan_headers::{
    ClearSiteData, ContentDisposition, CookieRepair, Csp, HeadersLayer, Policy, Transport,
};
use http::{Request, StatusCode, header};
use tower::{Service, ServiceExt};

async fn log_out() -> impl IntoResponse {
    (
        StatusCode::NO_CONTENT,
        [
            (ClearSiteData::NAME, ClearSiteData::logout().to_value()),
            // the policy adds what a `__Host-` cookie promises
            (
                header::SET_COOKIE,
                http::HeaderValue::from_static("__Host-session=; Max-Age=0"),
            ),
        ],
    )
}

async fn download() -> impl IntoResponse {
    let name = "../../invoice\u{202e}fdp.exe";
    let disposition = ContentDisposition::attachment(name).to_value();
    ([(header::CONTENT_DISPOSITION, disposition)], "bytes")
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let policy = Policy::builder()
        .transport(Transport::Https)
        .repair_cookies(CookieRepair::new())
        .build()?;
    let mut app = Router::new()
        .route("/logout", post(log_out))
        .route("/file", get(download))
        .layer(HeadersLayer::new(policy));
    for (method, path) in [("POST", "/logout"), ("GET", "/file"), ("GET", "/nowhere")] {
        let request = Request::builder().method(method).uri(path);
        let service = ServiceExt::<Request<Body>>::ready(&mut app).await;
        let answer: Result<_, Infallible> = service?.call(request.body(Body::empty())?).await;
        let answer = answer?;
        println!("{method} {path}: {}", answer.status());
        for (name, value) in answer.headers() {
            println!("  {name}: {}", value.to_str()?);
        }
    }
    if let Err(errors) = Csp::parse("script-src https: 'unsafe-inline' cdn.jsdelivr.net") {
        println!("refused:");
        for error in &errors {
            println!("  {error}");
        }
    }
    Ok(())
}
