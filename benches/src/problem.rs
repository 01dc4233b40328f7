//! What a failure costs: the problem's text, a panic beside an error, and a line of the log.

use std::hint::black_box;
use std::io;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use bartizan_problem::{
    Format, LogLayer, PanicHook, Problem, ProblemType, Redaction, Writer, report_counts,
};
use http::StatusCode;
use problem_details::ProblemDetails;
use serde::Serialize;
use tracing::{Dispatch, dispatcher};
use tracing_subscriber::layer::SubscriberExt;

use crate::edge::hardening;
use crate::harness::{LOCK, Outcome, alternate, locked, nanoseconds};
use crate::row::{Row, Target};
use crate::socket::{Client, serve};

const CALLS: u32 = 50_000;
const LINES: u32 = 20_000;
/// Fewer than the queue holds: what is dropped would cost nothing.
const BETWEEN_FLUSHES: u32 = 2_000;

const URI: &str = "https://api.example.com/problems/out-of-credit";
const TITLE: &str = "Out of credit";
const DETAIL: &str = "the balance is lower than the cost";
const ID: &str = "4ab6c2e05bb0fd9e2f6f1f8ba1cd2b6c";

pub(crate) fn rows() -> Outcome<Vec<Row>> {
    Ok(vec![rendered()?, line()?, panics()?])
}

#[derive(Serialize)]
struct Members {
    request_id: &'static str,
    balance: u32,
}

fn rendered() -> Outcome<Row> {
    const TYPE: ProblemType = ProblemType::new(URI, TITLE, &[403]).with_detail(DETAIL);
    let ours = || {
        Problem::of(&TYPE)
            .with_member("balance", 30)
            .to_json_for(ID)
    };
    let rival = || {
        let problem = ProblemDetails::from_status_code(StatusCode::FORBIDDEN)
            .with_type(http::Uri::from_static(URI))
            .with_title(TITLE)
            .with_detail(DETAIL)
            .with_extensions(Members {
                request_id: ID,
                balance: 30,
            });
        serde_json::to_vec(&problem)
    };
    let same = serde_json::from_slice::<serde_json::Value>(&ours())?
        == serde_json::from_slice::<serde_json::Value>(&rival()?)?;
    if !same {
        return Err("the sides do not write the same problem".into());
    }
    let pair = alternate(
        || {
            nanoseconds(CALLS, || {
                black_box(ours());
                Ok(())
            })
        },
        || {
            nanoseconds(CALLS, || {
                black_box(rival()?);
                Ok(())
            })
        },
    )?;
    Ok(Row {
        area: "problem",
        name: "a problem made and written",
        pair,
        rival: locked(LOCK, "problem_details"),
        unit: "ns",
        target: Target::AtMost(1.0),
    })
}

/// Ours with the queue and its thread, theirs written in place to nowhere: what a request waits for.
fn line() -> Outcome<Row> {
    let writer = Writer::new(Format::Json, io::sink())?;
    let redaction = Redaction::default().allow("article").allow("elapsed_ms");
    let layer = LogLayer::new(redaction, writer.clone());
    let ours = Dispatch::new(tracing_subscriber::registry().with(layer));
    let rival = Dispatch::new(
        tracing_subscriber::registry().with(
            tracing_subscriber::fmt::layer()
                .json()
                .with_writer(io::sink),
        ),
    );
    let pair = alternate(
        || {
            let cost = lines(&ours, || writer.flush(Duration::from_secs(10)));
            match writer.counts().dropped {
                0 => cost,
                dropped => Err(format!("{dropped} lines were dropped").into()),
            }
        },
        || lines(&rival, || true),
    )?;
    Ok(Row {
        area: "problem",
        name: "a line of the log, with a span",
        pair,
        rival: format!("JSON of {}", locked(LOCK, "tracing-subscriber")),
        unit: "ns",
        target: Target::AtMost(1.2),
    })
}

fn lines(log: &Dispatch, written: impl Fn() -> bool) -> Outcome<f64> {
    dispatcher::with_default(log, || {
        let span = tracing::info_span!("request", request_id = ID, route = "/v1/articles/{id}");
        let _in = span.enter();
        let (mut count, mut total) = (0, 0.0);
        while count < LINES {
            total += nanoseconds(BETWEEN_FLUSHES, || {
                tracing::info!(target: "bartizan", article = 7, status = 200, method = "GET", elapsed_ms = 3, "answered");
                Ok(())
            })?;
            count += BETWEEN_FLUSHES;
            if !written() {
                return Err("the log was not written".into());
            }
        }
        Ok(total / f64::from(LINES / BETWEEN_FLUSHES))
    })
}

/// A server whose every answer is a panic, against one whose every answer is a 500: hardened, with the log and backtraces.
fn panics() -> Outcome<Row> {
    let writer = Writer::new(Format::Json, io::sink())?;
    let layer = LogLayer::new(Redaction::default(), writer.clone());
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer))?;
    PanicHook::new().flushing(writer).install();
    let panicking = Router::new().route("/", get(panics_always));
    let failing = Router::new().route("/", get(fails_always));
    let connect = |router: Router| {
        let client = Client::connect(serve(router.layer(hardening()))?)?;
        Outcome::Ok(client.expecting(StatusCode::INTERNAL_SERVER_ERROR))
    };
    let (mut ours, mut rival) = (connect(panicking)?, connect(failing)?);
    let pair = alternate(
        || ours.requests_per_second(),
        || rival.requests_per_second(),
    )?;
    drop(std::panic::take_hook());
    if report_counts().taken == 0 {
        return Err("no backtrace was taken".into());
    }
    Ok(Row {
        area: "problem",
        name: "every answer a panic, over loopback",
        pair,
        rival: "every answer a 500, the same layers".to_owned(),
        unit: "requests/s",
        target: Target::AtLeast(0.6),
    })
}

async fn panics_always() -> &'static str {
    // the compiler must not know that it never returns
    assert!(black_box(false), "a bug");
    "never"
}

async fn fails_always() -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}
