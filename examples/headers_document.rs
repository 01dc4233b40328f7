//! A page with a nonce: `cargo run -p bartizan-examples --example headers_document`.
//!
//! Asks itself for a page that draws a nonce, for one that does not, and for one that partners may frame, and prints what a
//! browser would be told.

use std::{convert::Infallible, error::Error};

use axum::{
    Extension, Router,
    body::Body,
    response::{Html, IntoResponse},
    routing::get,
};
use bartizan_headers::{
    Csp, Directive, HeadersLayer, Nonce, NonceUsed, Policy, PolicyErrors, PolicyName, Transport,
};
use http::{Request, Response};
use tower::{Service, ServiceExt};

/// Scripts by nonce, partners only where a handler says so, reports to one endpoint.
fn layer() -> Result<HeadersLayer, PolicyErrors> {
    let site = Policy::builder()
        .transport(Transport::Https)
        .session_cookie("__Host-session")
        .reports("csp", "/csp-reports")
        .nonces_from_os();
    let page = Csp::strict().allow(Directive::ImgSrc, "https://img.example.com");
    // what the next release is to forbid is only reported for now
    let trial = Csp::strict().require_trusted_types();
    let own = site
        .clone()
        .document_csp(page.build()?)
        .document_csp_report_only(trial.build()?)
        .build()?;
    let embed = site
        .allow(Directive::FrameAncestors, "https://partner.example.com")
        .build()?;
    Ok(HeadersLayer::new(own).named("embed", embed))
}

async fn page(Extension(nonce): Extension<Nonce>) -> Html<String> {
    Html(format!(
        "<!doctype html><script nonce=\"{nonce}\">document.title = 'hello'</script>"
    ))
}

async fn plain() -> Html<&'static str> {
    Html("<!doctype html><p>no script, so no nonce is drawn")
}

async fn embedded() -> impl IntoResponse {
    (
        Extension(PolicyName("embed")),
        Html("<!doctype html><p>for partners"),
    )
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut app = Router::new()
        .route("/", get(page))
        .route("/plain", get(plain))
        .route("/embed", get(embedded))
        .layer(layer()?);
    for path in ["/", "/plain", "/embed"] {
        let answer = ask(&mut app, path).await?;
        println!("GET {path}");
        for name in [
            "content-security-policy",
            "content-security-policy-report-only",
            "reporting-endpoints",
            "cache-control",
        ] {
            for value in answer.headers().get_all(name) {
                println!("{name}: {}", value.to_str()?);
            }
        }
        let used = answer.extensions().get::<NonceUsed>().is_some();
        println!("uses a nonce: {used}\n");
    }
    Ok(())
}

async fn ask(app: &mut Router, path: &str) -> Result<Response<Body>, Box<dyn Error>> {
    let request = Request::get(path).body(Body::empty())?;
    let service = ServiceExt::<Request<Body>>::ready(app).await;
    let answer: Result<_, Infallible> = service?.call(request).await;
    Ok(answer?)
}
