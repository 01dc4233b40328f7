//! A handler's error as a problem for the client and a report for the log: `cargo run -p bartizan-examples --example problem_axum`.
//!
//! Asks itself twice and prints what the client sees; the log goes to standard error.

use std::{error::Error, fmt, time::Duration};

use axum::{
    Router,
    extract::Path,
    response::{IntoResponse, Response},
    routing::get,
};
use bartizan::{
    Hardening,
    problem::{Format, LogLayer, PanicHook, Problem, ProblemType, Redaction, Report, Writer},
};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;
use tracing_subscriber::{layer::SubscriberExt, util::SubscriberInitExt};

const OUT_OF_STOCK: ProblemType =
    ProblemType::new("/problems/out-of-stock", "Out of stock", &[409])
        .with_detail("none is left; ask again tomorrow");

/// What the handler answers instead of success.
enum Failure {
    /// The client's matter: told to the client.
    OutOfStock { item: u32 },
    /// Ours: told to the log.
    Store(Report),
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::OutOfStock { item } => Problem::of(&OUT_OF_STOCK)
                .with_member("item", item)
                .into_response(),
            Self::Store(report) => {
                report.into_response(Problem::new(StatusCode::INTERNAL_SERVER_ERROR))
            }
        }
    }
}

/// An error of a store. It quotes its input, as many do.
#[derive(Debug)]
struct Corrupt(String);

impl fmt::Display for Corrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row is corrupt: {}", self.0)
    }
}

impl Error for Corrupt {}

async fn stock(Path(item): Path<u32>) -> Result<&'static str, Failure> {
    match item {
        1 => Ok("one left"),
        2 => Err(Failure::OutOfStock { item }),
        _ => {
            let report = Report::new(Corrupt("ann@example.com".to_owned())).attach("item", item);
            Err(Failure::Store(report))
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let writer = Writer::new(Format::Json, std::io::stderr())?;
    let redaction = Redaction::trusting(["problem_axum"]).allow("item");
    tracing_subscriber::registry()
        .with(LogLayer::new(redaction, writer.clone()))
        .init();
    PanicHook::new().flushing(writer.clone()).install();

    let app = Router::new()
        .route("/stock/{item}", get(stock))
        .layer(Hardening::default());
    for path in ["/stock/2", "/stock/3"] {
        let request = Request::get(path)
            .header("host", "localhost")
            .body(axum::body::Body::empty())?;
        let answer = app.clone().oneshot(request).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        println!("GET {path}: {status}\n{}\n", String::from_utf8_lossy(&body));
    }
    // The thread of the backtraces is given its time; a server goes on anyway.
    tokio::time::sleep(Duration::from_secs(1)).await;
    if !writer.flush(Duration::from_secs(2)) {
        eprintln!("the log is not whole");
    }
    Ok(())
}
