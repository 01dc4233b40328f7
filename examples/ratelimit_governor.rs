//! For who stays on tower-governor: `cargo run -p bartizan-examples --example ratelimit_governor`.
//!
//! Its layer, with our key that cannot be forged, our refusal that tells the truth, and a janitor for its map.

use std::{error::Error, net::IpAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, http::Request, routing::get};
use bartizan_ratelimit::{FromExtensions, GovernorJanitor, GovernorKey, governor_refusal};
use tower::ServiceExt;
use tower_governor::{GovernorLayer, governor::GovernorConfigBuilder};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let config = GovernorConfigBuilder::default()
        // One request every two seconds: `per_second` is its interval, not its rate.
        .per_second(2)
        .burst_size(2)
        .key_extractor(GovernorKey::new(FromExtensions::new()))
        .finish()
        .ok_or("an interval and a burst above zero")?;
    // Dropped with the server: it ends its thread.
    let _janitor = GovernorJanitor::start(Arc::clone(config.limiter()), Duration::from_secs(60))?;
    let layer = GovernorLayer::new(Arc::new(config)).error_handler(governor_refusal);
    let app: Router = Router::new()
        .route("/", get(|| async { "hello" }))
        .layer(layer);

    // The client writes itself another address each time, and is refused all the same.
    for number in 1..=4_u8 {
        let mut request = Request::get("/")
            .header("x-forwarded-for", format!("203.0.113.{number}"))
            .body(Body::empty())?;
        request
            .extensions_mut()
            .insert(IpAddr::from([192, 0, 2, 7]));
        let answer = app.clone().oneshot(request).await?;
        let wait = answer.headers().get("retry-after");
        println!("{} retry-after: {wait:?}", answer.status());
    }
    Ok(())
}
