//! CORS from a configuration file, put in force anew while serving.
//!
//! `cargo run -p bartizan-examples --example cors_from_file`

use std::error::Error;

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
    routing::{get, put},
};
use bartizan::{Config, Hardening};
use tower::ServiceExt;

const FILE: &str = include_str!("cors.toml");
const APP: &str = "https://app.example.com";
const EVIL: &str = "https://evil.example.com";

/// A script of this origin sends it with the user's cookie.
fn change(origin: &str) -> Result<Request<Body>, Box<dyn Error>> {
    let request = Request::put("/v1/account")
        .header(header::HOST, "api.example.com")
        .header(header::ORIGIN, origin)
        .header(header::COOKIE, "__Host-session=abc")
        .header("sec-fetch-site", "same-site");
    Ok(request.body(Body::empty())?)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // A service reads its file here.
    let config: Config = toml::from_str(FILE)?;
    let hardening = Hardening::new(&config)?;
    let router = Router::new()
        .route("/v1/account", put(|| async { "changed" }))
        .route("/v1/articles", get(|| async { "for everybody" }))
        .layer(hardening.clone());

    // Allowed, and readable.
    let response = router.clone().oneshot(change(APP)?).await?;
    println!("{APP}: {}", response.status());
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["access-control-allow-origin"], APP);

    // Refused before the handler: no preflight stops what a form could send.
    let response = router.clone().oneshot(change(EVIL)?).await?;
    println!("{EVIL}: {}", response.status());
    assert_eq!(response.status(), StatusCode::FORBIDDEN);

    // Why? For the one who was asked by telephone.
    let policies = hardening.cors().policies();
    if let Some(policy) = policies.policy("/v1/account") {
        println!("\n{}", policy.explain(EVIL, "PUT", &["content-type"]));
    }

    // A file with mistakes changes nothing, and says all of them.
    let wrong: Config = toml::from_str(
        "[[cors]]\norigins = [\"https://app.example.com/\", \"null\"]\nmethods = [\"put\"]\n",
    )?;
    assert!(hardening.reload(&wrong).is_err());
    for error in wrong.check().err().into_iter().flatten() {
        let why = error.source().map(ToString::to_string);
        println!("{}: {}", error.key(), why.unwrap_or_default());
    }

    // A good one holds from the next request on, for every clone.
    hardening.reload(&Config::default())?;
    let response = router.clone().oneshot(change(APP)?).await?;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    println!("\nwithout [[cors]]: {}", response.status());
    Ok(())
}
