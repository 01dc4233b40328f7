//! A quota that several processes share: `cargo run -p bartizan-examples --example ratelimit_redis [redis://HOST:PORT]`.
//!
//! Without a server it shows what happens then: each process counts its share, and nobody waits.

use std::{
    error::Error,
    num::NonZeroU32,
    time::{Duration, Instant, SystemTime},
};

use bartizan_ratelimit::{
    FromExtensions, Limiter, OnFailure, Quota, RateLimitLayer, Redis, RedisConfig, Rule, Rules,
    Secret,
};
use http::{Request, Response};
use std::net::IpAddr;
use tower::{Layer, ServiceExt, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "redis://127.0.0.1:1".to_owned());
    let two = NonZeroU32::MIN.saturating_add(1);
    let four = two.saturating_mul(two);
    // Two instances: while the store is gone, each counts half of the quota.
    let store = Redis::connect(RedisConfig::new(&url).with_expected_instances(two))?;
    // A moment for the first answer of a server that is there.
    tokio::time::sleep(Duration::from_millis(200)).await;
    println!(
        "{url} is {}",
        if store.stats().is_down { "down" } else { "up" }
    );

    let rule = Rule::new("shared", Quota::per_hour(four)?).on_failure(OnFailure::Local);
    // All instances have the same secret, from a file or the environment.
    let limiter = Limiter::builder()
        .store(store)
        .secret(Secret::from_bytes(*b"sixteen of those"));
    let limiter = limiter.build(Rules::new([rule]), Instant::now(), SystemTime::now())?;
    let service = RateLimitLayer::edge(limiter, FromExtensions::new()).layer(service_fn(
        |_: Request<()>| async { Ok::<_, std::convert::Infallible>(Response::new(String::new())) },
    ));
    for _ in 0..5 {
        let mut request = Request::new(());
        request
            .extensions_mut()
            .insert(IpAddr::from([192, 0, 2, 7]));
        let answer = service.clone().oneshot(request).await?;
        let left = answer
            .headers()
            .get("ratelimit")
            .and_then(|left| left.to_str().ok());
        println!("{} {}", answer.status(), left.unwrap_or_default());
    }
    Ok(())
}
