//! Reports and panics, in processes of their own: the hook, the table and the thread are the process's.
#![cfg(all(feature = "report", feature = "log"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    convert::Infallible,
    fmt,
    process::{Command, Output},
    time::{Duration, Instant},
};

use bartizan_problem::{
    CatchPanicLayer, Describe, Format, LogLayer, PanicHook, Problem, ProblemLayer, Redaction,
    Report, Writer, report_counts,
};
use bytes::Bytes;
use http::{Extensions, HeaderValue, Request, Response, StatusCode, response::Parts};
use http_body_util::Full;
use serde_json::Value;
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;
use tracing_subscriber::{filter::LevelFilter, layer::SubscriberExt, util::SubscriberInitExt};

const CANARY: &str = "canary-4711";

/// Runs one of the scenes below in a process of its own, and returns its log.
fn play(scene: &str) -> (Output, Vec<Value>) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "scene", "--nocapture", "--test-threads=1"])
        .env("BARTIZAN_SCENE", scene)
        .env_remove("RUST_BACKTRACE")
        .output()
        .unwrap();
    let log = String::from_utf8(output.stderr.clone()).unwrap();
    let lines = log
        .lines()
        .map(|line| serde_json::from_str(line).expect(line));
    let lines = lines.collect();
    (output, lines)
}

fn with<'a>(log: &'a [Value], message: &str) -> Vec<&'a Value> {
    log.iter()
        .filter(|line| line["message"] == message)
        .collect()
}

/// Does nothing unless it was started for a scene.
#[test]
fn scene() {
    let Ok(scene) = std::env::var("BARTIZAN_SCENE") else {
        return;
    };
    let writer = Writer::new(Format::Json, std::io::stderr()).unwrap();
    let level = if scene == "debug" {
        LevelFilter::DEBUG
    } else {
        LevelFilter::INFO
    };
    let mut redaction = Redaction::trusting(["report"]).allow("article");
    if scene == "debug" {
        redaction = redaction.allow("payload");
    }
    let layer = LogLayer::new(redaction, writer.clone());
    tracing_subscriber::registry()
        .with(level)
        .with(layer)
        .init();
    PanicHook::new().flushing(writer.clone()).install();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    match &*scene {
        "one" | "debug" => runtime.block_on(async { ask("/panic", "r1").await }),
        "many" => runtime.block_on(async {
            for _ in 0..2_000 {
                ask("/panic", "r1").await;
            }
        }),
        "places" => runtime.block_on(async {
            let start = Instant::now();
            for place in 0.. {
                ask(&format!("/place/{}", place % 16), "r1").await;
                if start.elapsed() > Duration::from_millis(2_500) {
                    break;
                }
            }
        }),
        "error" => runtime.block_on(async {
            ask("/error", "r1").await;
            ask("/error", "r2").await;
        }),
        "thread" => drop(std::thread::spawn(|| panic!("{CANARY}")).join()),
        "caught" => runtime.block_on(async { ask("/caught", "r1").await }),
        "exit" => {
            for n in 0..500 {
                tracing::info!(count = n, "a line");
            }
        }
        // a second panic while the first unwinds ends the process
        "abort" => {
            let _bomb = Bomb;
            panic!("{CANARY}");
        }
        other => unreachable!("{other}"),
    }
    // until the thread of the backtraces is done, or has had its time
    let start = Instant::now();
    while report_counts().resolved < report_counts().taken
        && start.elapsed() < Duration::from_secs(20)
    {
        std::thread::park_timeout(Duration::from_millis(20));
    }
    std::thread::park_timeout(Duration::from_millis(50));
    assert!(writer.flush(Duration::from_secs(10)));
    let counts = report_counts();
    println!(
        "counts {} {} {}",
        counts.taken, counts.skipped, counts.resolved
    );
    std::process::exit(0);
}

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("{CANARY}");
    }
}

#[derive(Debug)]
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "broken by {CANARY}")
    }
}

impl std::error::Error for Broken {}

struct Ids;

impl Describe for Ids {
    fn describe(&self, _: &Parts) -> Option<Problem> {
        None
    }
    fn request_id(&self, extensions: &Extensions) -> Option<HeaderValue> {
        extensions.get().cloned()
    }
    fn route(&self, _: &Extensions) -> Option<std::sync::Arc<str>> {
        Some("/{scene}".into())
    }
}

/// Sixteen places of the code.
fn panic_at(place: u32) {
    match place {
        0 => panic!("{CANARY}"),
        1 => panic!("{CANARY}"),
        2 => panic!("{CANARY}"),
        3 => panic!("{CANARY}"),
        4 => panic!("{CANARY}"),
        5 => panic!("{CANARY}"),
        6 => panic!("{CANARY}"),
        7 => panic!("{CANARY}"),
        8 => panic!("{CANARY}"),
        9 => panic!("{CANARY}"),
        10 => panic!("{CANARY}"),
        11 => panic!("{CANARY}"),
        12 => panic!("{CANARY}"),
        13 => panic!("{CANARY}"),
        14 => panic!("{CANARY}"),
        15 => panic!("{CANARY}"),
        _ => {}
    }
}

async fn answer(request: Request<()>) -> Result<Response<Full<Bytes>>, Infallible> {
    match request.uri().path() {
        "/panic" => panic!("{CANARY}"),
        "/error" => {
            let report = Report::new(Broken)
                .attach("article", 7)
                .attach("email", CANARY);
            Ok(report.into_response(Problem::new(StatusCode::BAD_GATEWAY)))
        }
        "/caught" => {
            drop(std::panic::catch_unwind(|| panic!("{CANARY}")));
            Ok(Response::default())
        }
        path => {
            panic_at(path.rsplit('/').next().unwrap().parse().unwrap());
            Ok(Response::default())
        }
    }
}

async fn ask(path: &str, id: &'static str) {
    let service =
        ProblemLayer::describing(Ids).layer(CatchPanicLayer::new().layer(service_fn(answer)));
    let mut request = Request::get(path).body(()).unwrap();
    request
        .extensions_mut()
        .insert(HeaderValue::from_static(id));
    let answer = service.oneshot(request).await.unwrap();
    assert_eq!(answer.status().is_server_error(), path != "/caught");
}

#[test]
fn a_panic_is_one_line_with_its_request_and_later_a_backtrace_under_the_same_id() {
    let (output, log) = play("one");
    let failed = with(&log, "request failed");
    assert_eq!(failed.len(), 1, "{log:?}");
    let fields = &failed[0]["fields"];
    assert_eq!(
        (failed[0]["request_id"].as_str(), &fields["route"]),
        (Some("r1"), &"/{scene}".into())
    );
    assert!(
        fields["place"]
            .as_str()
            .unwrap()
            .contains("tests/report.rs:"),
        "{fields}"
    );
    assert_eq!(
        (&fields["panicked"], &fields["count"]),
        (&true.into(), &1.into())
    );
    let traces = with(&log, "backtrace");
    assert_eq!(traces.len(), 1);
    assert_eq!(
        (
            &traces[0]["request_id"],
            &traces[0]["fields"]["fingerprint"]
        ),
        (&"r1".into(), &fields["fingerprint"])
    );
    let text = traces[0]["fields"]["backtrace"].as_str().unwrap();
    assert!(text.contains("report::answer"), "{text}");
    assert!(with(&log, "panicked").is_empty());
    assert!(!String::from_utf8_lossy(&output.stderr).contains("canary"));
}

#[test]
fn the_fingerprint_is_the_same_in_every_process() {
    let prints = [play("one").1, play("one").1]
        .map(|log| with(&log, "request failed")[0]["fields"]["fingerprint"].clone());
    assert_eq!(prints[0], prints[1]);
    assert_eq!(prints[0].as_str().unwrap().len(), 16);
}

#[test]
fn what_a_panic_said_is_for_debug_alone() {
    let (_, log) = play("debug");
    let said = with(&log, "what the panic said");
    assert_eq!(
        (said.len(), &said[0]["fields"]["payload"]),
        (1, &CANARY.into())
    );
}

#[test]
fn each_failure_has_a_line_and_the_details_come_once_a_second() {
    let (_, log) = play("many");
    let failed = with(&log, "request failed");
    assert_eq!(failed.len(), 2_000);
    let detailed: Vec<_> = failed
        .iter()
        .filter_map(|line| line["fields"]["count"].as_u64())
        .collect();
    assert!(detailed[0] == 1 && detailed.len() <= 20, "{detailed:?}");
    assert_eq!(with(&log, "backtrace").len(), 1);
}

#[test]
fn at_most_five_backtraces_a_second_by_another_thread() {
    let (output, log) = play("places");
    let out = String::from_utf8(output.stdout).unwrap();
    let counts = out
        .lines()
        .find_map(|line| line.split_once("counts "))
        .unwrap()
        .1;
    let [taken, skipped, resolved] =
        [0, 1, 2].map(|at| counts.split(' ').nth(at).unwrap().parse::<usize>().unwrap());
    assert!(
        (1..=16).contains(&taken) && resolved == taken && skipped > 100,
        "{counts}"
    );
    let traces = with(&log, "backtrace");
    assert_eq!(traces.len(), taken);
    // five a second: of any six, the last comes a second after the first
    let seconds = |line: &Value| {
        let time: Vec<f64> = line["timestamp"].as_str().unwrap()[11..26]
            .split(':')
            .map(|part| part.parse().unwrap())
            .collect();
        time[0] * 3600.0 + time[1] * 60.0 + time[2]
    };
    for six in traces.windows(6) {
        let apart = (seconds(six[5]) - seconds(six[0])).rem_euclid(86_400.0);
        assert!(apart > 0.95, "{apart}");
    }
}

#[test]
fn an_error_is_told_by_type_and_place_and_its_values_by_the_allow_list() {
    let (output, log) = play("error");
    let failed = with(&log, "request failed");
    let fields = &failed[0]["fields"];
    assert_eq!(fields["error_type"], "report::Broken");
    assert_eq!(fields["causes"], "[redacted: text, 21 bytes]");
    assert_eq!(
        fields["attachments"],
        serde_json::json!({"article": "7", "email": "[redacted: text, 11 bytes]"})
    );
    // the second within a second: by its fingerprint
    assert_eq!(failed[1]["request_id"], "r2");
    assert_eq!(failed[1]["fields"]["fingerprint"], fields["fingerprint"]);
    assert_eq!(failed[1]["fields"].get("causes"), None);
    assert!(!String::from_utf8_lossy(&output.stderr).contains("canary"));
}

#[test]
fn a_panic_that_no_layer_catches_is_told_by_the_hook() {
    for scene in ["thread", "caught"] {
        let (output, log) = play(scene);
        assert_eq!(with(&log, "panicked").len(), 1, "{scene}: {log:?}");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("canary"));
    }
}

#[test]
fn the_log_is_whole_at_exit_and_before_the_process_dies_of_a_panic() {
    assert_eq!(with(&play("exit").1, "a line").len(), 500);
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "scene", "--nocapture", "--test-threads=1"])
        .env("BARTIZAN_SCENE", "abort")
        .output()
        .unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    // what the runtime itself says of an abort follows
    let lines = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let told = lines.filter(|line| line["message"] == "panicked").count();
    assert!(told >= 2, "{log}");
    assert!(!output.status.success() && !log.contains("canary"));
}
