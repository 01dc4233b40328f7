//! A strict body of JSON on axum: `cargo run -p bartizan-examples --example validate_json`.
//!
//! Sends a few bodies and prints what each answer says. A handler is called only with what breaks no rule.

use std::error::Error;

use axum::{Extension, Router, body::Body, routing::post};
use bartizan::Hardening;
use bartizan_validate::{Limits, Settings, ValidJson, Violation, Wire, schema};
use http::Request;
use http_body_util::BodyExt;
use serde::Deserialize;
use tower::ServiceExt;
use validator::Validate;

#[derive(Deserialize, Validate, Wire)]
#[serde(rename_all = "camelCase")]
struct Order {
    #[validate(email)]
    #[wire(trim, lower_case)]
    mail_address: String,
    #[validate(length(min = 1, max = 20), nested)]
    items: Vec<Item>,
}

// `length` on the list makes `validator` ask for `Serialize`.
#[derive(Deserialize, serde::Serialize, Validate, Wire)]
struct Item {
    #[validate(length(min = 3, max = 12))]
    sku: String,
    #[validate(range(min = 1, max = 99))]
    count: u32,
}

async fn order(ValidJson(order): ValidJson<Order>) -> String {
    format!("{} items for {}", order.items.len(), order.mail_address)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    println!("{:#}\n", schema::<Order>());
    let mut limits = Limits::default();
    limits.bytes = 4 * 1024;
    let german = |violation: &Violation, language: &str| match (language, &*violation.code) {
        ("de", "email") => Some("muss eine E-Mail-Adresse sein".into()),
        ("de", "range") => Some("liegt nicht im erlaubten Bereich".into()),
        _ => None, // the English text stays
    };
    let app = Router::new()
        .route("/orders", post(order))
        .layer(Extension(
            Settings::new(limits).with_texts(&["en", "de"], german),
        ))
        .layer(Hardening::default());

    let item = r#"{"sku": "AB-12", "count": 2}"#;
    for (what, body, status) in [
        (
            "good",
            format!(r#"{{"mailAddress": " Ann@Example.com ", "items": [{item}]}}"#),
            200,
        ),
        (
            "broken rules",
            r#"{"mailAddress": "ann", "items": [{"sku": "A", "count": 0}]}"#.to_owned(),
            422,
        ),
        (
            "wrong types",
            r#"{"mailAdress": "ann@example.com", "items": 7}"#.to_owned(),
            422,
        ),
        (
            "a key twice",
            r#"{"items": [], "items": []}"#.to_owned(),
            400,
        ),
        ("too large", " ".repeat(5_000), 413),
    ] {
        let request = Request::post("/orders")
            .header("content-type", "application/json")
            .header("accept-language", "de-CH, en;q=0.8")
            .body(Body::from(body))?;
        let answer = app.clone().oneshot(request).await?;
        println!("{what}: {}", answer.status());
        assert_eq!(answer.status(), status);
        let text = answer.into_body().collect().await?.to_bytes();
        println!("  {}", String::from_utf8_lossy(&text));
    }
    Ok(())
}
