//! The event of an answer of 5xx.

use std::{
    fmt::Write,
    sync::{Arc, Mutex},
};

use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use super::*;
use crate::OperatorNote;

/// Writes each event's fields into a text, strings as they are recorded.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut Fields(&mut self.0.lock().unwrap()));
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{field}={value:?} ").unwrap();
    }
}

async fn logged(response: Response<Full<Bytes>>) -> (String, Seen) {
    let log = Log::default();
    let guard = tracing::subscriber::set_default(log.clone());
    let seen = get(response).await;
    drop(guard);
    let text = log.0.lock().unwrap().clone();
    (text, seen)
}

#[tokio::test]
async fn a_5xx_leaves_one_event_that_its_id_leads_to() {
    let mut response = answer(503, &[], "");
    response
        .extensions_mut()
        .insert(OperatorNote::new("database is locked\n\u{1b}[31m"));
    let (text, seen) = logged(response).await;
    assert!(
        text.contains(&format!("request_id={:?}", seen.header("x-request-id"))),
        "{text}"
    );
    assert!(
        text.contains("status=503") && text.contains("method=\"GET\""),
        "{text}"
    );
    // recorded as a string, so a subscriber escapes it
    assert!(
        text.contains(r#"operator="database is locked\n\u{1b}[31m""#),
        "{text}"
    );
    assert!(!String::from_utf8_lossy(&seen.text).contains("database"));
    assert_eq!(text.matches("request_id").count(), 1);
}

#[tokio::test]
async fn an_answer_of_overload_leaves_none_for_a_flood_would_fill_the_log() {
    let overload = answer(503, &[("retry-after", "1")], "");
    assert_eq!(logged(overload).await.0, "");
}

#[tokio::test]
async fn refusals_leave_ten_lines_a_second_at_info() {
    let mut lines = String::new();
    for _ in 0..1_000 {
        lines.push_str(&logged(answer(404, &[], "")).await.0);
    }
    let told = lines.matches("status=404").count();
    // other tests may have used some, and a second or two may have begun meanwhile
    assert!((1..=30).contains(&told), "{told}");
    assert_eq!(
        crate::level_of(http::StatusCode::NOT_FOUND),
        tracing::Level::INFO
    );
    assert_eq!(
        crate::level_of(http::StatusCode::BAD_GATEWAY),
        tracing::Level::ERROR
    );
}

#[tokio::test]
async fn a_method_of_the_client_s_own_is_not_repeated() {
    let log = Log::default();
    let guard = tracing::subscriber::set_default(log.clone());
    let request = Request::builder().method("CANARY").body(()).unwrap();
    through(with_ids(), request, answer(500, &[], "")).await;
    drop(guard);
    let text = log.0.lock().unwrap().clone();
    assert!(text.contains("method=\"other\""), "{text}");
    assert!(!text.contains("CANARY"), "{text}");
}

#[tokio::test]
async fn that_a_client_went_away_is_for_debug() {
    assert!(logged(answer(499, &[], "")).await.0.contains("client gone"));
}

#[tokio::test]
async fn a_security_event_in_the_extensions_is_told_with_the_id() {
    let mut response = answer(200, &[], "");
    response
        .extensions_mut()
        .insert(crate::SecurityEvent::LoginSucceeded {
            mechanism: "password",
        });
    let (text, seen) = logged(response).await;
    assert!(
        text.contains("event=\"authn_login_success\"") && text.contains("mechanism=\"password\""),
        "{text}"
    );
    assert!(text.contains("some-id") && seen.head.status == 200);
}

/// Panics at its first poll.
#[derive(Default)]
struct Breaks;

impl Body for Breaks {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        panic!("secret 4711")
    }
}

#[tokio::test]
async fn a_body_that_panics_leaves_one_event_with_the_id_of_its_request() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let service = with_ids().layer(service_fn(async |_: Request<()>| {
        Ok::<_, Infallible>(Response::new(Breaks))
    }));
    let response = service.oneshot(Request::new(())).await.unwrap();
    assert!(response.into_body().collect().await.is_err());
    let text = log.0.lock().unwrap().clone();
    assert_eq!(text.matches("response body panicked").count(), 1, "{text}");
    assert!(text.contains("request_id=\"some-id\""), "{text}");
    assert!(!text.contains("4711"), "{text}");
}
