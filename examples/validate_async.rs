//! A rule that has to ask: `cargo run -p bartizan-examples --example validate_async`.
//!
//! Whether a name is taken is asked only when all other rules hold, and "nobody could be asked" is no violation.

use std::{collections::HashSet, error::Error};

use axum::{
    Extension, Router,
    body::Body,
    response::{IntoResponse, Response},
    routing::post,
};
use bartizan::Hardening;
use bartizan_validate::{AsyncRules, Findings, ValidJson, Wire};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde::Deserialize;
use tower::ServiceExt;
use validator::Validate;

#[derive(Deserialize, Validate, Wire)]
struct SignUp {
    #[validate(length(min = 3, max = 20))]
    #[wire(trim, lower_case)]
    name: String,
}

/// Where the names are. `None`: it cannot be reached.
type Accounts = Option<HashSet<&'static str>>;

struct Unreachable;

impl AsyncRules for SignUp {
    type Context = Accounts;
    type Error = Unreachable;

    async fn check(
        &self,
        accounts: &Accounts,
        findings: &mut Findings<Self>,
    ) -> Result<(), Unreachable> {
        let accounts = accounts.as_ref().ok_or(Unreachable)?;
        if accounts.contains(self.name.as_str()) {
            findings.add("name", "taken", "is taken");
        }
        Ok(())
    }
}

async fn sign_up(
    Extension(accounts): Extension<Accounts>,
    ValidJson(form): ValidJson<SignUp>,
) -> Result<String, Response> {
    let checked = form.check_with(&accounts).await;
    let checked = checked.map_err(|_| StatusCode::SERVICE_UNAVAILABLE.into_response())?;
    let form = checked.map_err(IntoResponse::into_response)?;
    // Two at once may both have passed: only the store's own unique index is sure.
    Ok(format!("welcome, {}", form.name))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let full: Accounts = Some(HashSet::from(["ann"]));
    for (accounts, body, status) in [
        (full.clone(), r#"{"name": " Bob "}"#, 200),
        (full.clone(), r#"{"name": "Ann"}"#, 422),
        (None, r#"{"name": "Ann"}"#, 503),
        (None, r#"{"name": "A"}"#, 422), // nobody is asked
    ] {
        let app = Router::new()
            .route("/sign-up", post(sign_up))
            .layer(Extension(accounts))
            .layer(Hardening::default());
        let request = Request::post("/sign-up")
            .header("content-type", "application/json")
            .body(Body::from(body))?;
        let answer = app.oneshot(request).await?;
        println!("{body}: {}", answer.status());
        assert_eq!(answer.status(), status);
        let text = answer.into_body().collect().await?.to_bytes();
        println!("  {}", String::from_utf8_lossy(&text));
    }
    Ok(())
}
