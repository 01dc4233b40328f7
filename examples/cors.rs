//! Two policies by path, a preflight that is allowed, one that is refused, and why.
//!
//! `cargo run -p bartizan-examples --example cors`

use std::error::Error;

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header},
    routing::{get, put},
};
use bartizan_headers::{CorsLayer, CorsPolicies, CorsPolicy, CorsRejection};
use tower::ServiceExt;

const APP: &str = "https://app.example.com";

fn request(
    method: Method,
    path: &str,
    origin: &str,
    asked: Option<&str>,
) -> Result<Request<Body>, Box<dyn Error>> {
    let mut builder = Request::builder()
        .method(method)
        .uri(path)
        .header(header::ORIGIN, origin);
    if let Some(method) = asked {
        builder = builder.header(header::ACCESS_CONTROL_REQUEST_METHOD, method);
    }
    Ok(builder.body(Body::empty())?)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let app = CorsPolicy::builder()
        .origins([APP, "https://*.preview.example.com"])
        .credentials()
        .methods(["PUT"])
        .request_headers(["content-type"])
        .build()?;
    let public = CorsPolicy::builder().any_origin().build()?;
    println!(
        "{}\n",
        app.explain("http://app.example.com", "PUT", &["content-type"])
    );

    let policies = CorsPolicies::new([("/v1/**", Some(app)), ("/v1/articles", Some(public))])?;
    let router = Router::new()
        .route("/v1/account", put(|| async { "changed" }))
        .route("/v1/articles", get(|| async { "for everybody" }))
        .layer(CorsLayer::new(policies));

    // Allowed. The router has no OPTIONS for this route: the layer answers by the path.
    let preflight = request(Method::OPTIONS, "/v1/account", APP, Some("PUT"))?;
    let response = router.clone().oneshot(preflight).await?;
    println!(
        "preflight of {APP}: {} {:#?}",
        response.status(),
        response.headers()
    );
    assert_eq!(response.status(), StatusCode::NO_CONTENT);

    // Refused: a name that only looks like one of ours.
    let evil = "https://app.example.com.evil.example";
    let preflight = request(Method::OPTIONS, "/v1/account", evil, Some("PUT"))?;
    let response = router.clone().oneshot(preflight).await?;
    let reason = response.extensions().get::<CorsRejection>();
    println!("preflight of {evil}: {} {reason:?}", response.status());
    assert_eq!(reason, Some(&CorsRejection::Origin));

    // Anybody may read the articles, and 405 as well.
    for method in [Method::GET, Method::POST] {
        let response = router
            .clone()
            .oneshot(request(method.clone(), "/v1/articles", evil, None)?)
            .await?;
        let readable = response.headers().get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
        println!("{method} /v1/articles: {} {readable:?}", response.status());
        assert!(readable.is_some());
    }

    // Everything that is wrong, at once.
    let wrong = CorsPolicy::builder()
        .origins(["https://a.test/", "null"])
        .methods(["GET"])
        .build();
    if let Err(errors) = wrong {
        println!("\n{errors}");
        assert_eq!(errors.as_slice().len(), 3);
    }
    Ok(())
}
