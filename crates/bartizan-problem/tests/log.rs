//! The log: no value leaves its line, and nothing unlisted stands in it.
#![cfg(feature = "log")]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::{
    fmt,
    io::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use bartizan_problem::{Format, LogLayer, Redaction, Writer};
use serde_json::Value;
use tracing::{error, info, info_span};
use tracing_subscriber::layer::SubscriberExt;

/// What would do harm if it came out as it went in.
const PIECES: [&str; 24] = [
    "\n",
    "\r\n",
    "\r",
    "\u{1b}[31m",
    "\u{1b}]0;t\u{7}",
    "\0",
    "\u{85}",
    "\u{9b}2J",
    "\u{2028}",
    "\u{2029}",
    "\u{202e}",
    "\u{2066}",
    "\u{200f}",
    "\u{61c}",
    "\"",
    "\\",
    "\\u0000",
    "\",\"level\":\"INFO",
    "}\n{",
    "ü",
    "\u{1f600}",
    "\u{feff}",
    "\u{7f}",
    "plain ",
];

/// What a writer was given.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The text that these events make.
fn logged(format: Format, redaction: Redaction, events: impl FnOnce()) -> String {
    let kept = Kept::default();
    let writer = Writer::new(format, kept.clone()).unwrap();
    let layer = LogLayer::new(redaction, writer.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), events);
    assert!(writer.flush(Duration::from_secs(60)));
    assert_eq!(writer.counts().dropped, 0);
    let bytes = std::mem::take(&mut *kept.0.lock().unwrap());
    String::from_utf8(bytes).unwrap()
}

fn redaction() -> Redaction {
    Redaction::trusting(["log"]).allow("shown").allow("name")
}

fn json(events: impl FnOnce()) -> Vec<Value> {
    let text = logged(Format::Json, redaction(), events);
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.collect()
}

/// A generator that is the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    fn text(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..self.below(8) {
            text.push_str(PIECES[self.below(PIECES.len())]);
        }
        if self.below(500) == 0 {
            text = text.repeat(2_000);
        }
        text
    }
}

/// `BARTIZAN_LOG_VALUES=1000000` for the full count, in each format; it takes about a minute without optimisation.
#[test]
fn hostile_values_leave_one_json_object_a_line() {
    let count = std::env::var("BARTIZAN_LOG_VALUES").ok();
    let count: usize = count.map_or(200_000, |count| count.parse().unwrap());
    let mut chance = Chance(0x2545_f491_4f6c_dd1d);
    for format in [Format::Json, Format::Text] {
        let (mut given, mut seen) = (0, 0);
        while given < count {
            let lines = 500;
            let mut ids = Vec::new();
            let text = logged(format, redaction(), || {
                for _ in 0..lines {
                    let (a, b, c) = (chance.text(), chance.text(), chance.text());
                    let span = info_span!("request", shown = a, request_id = b);
                    let _in = span.enter();
                    error!(shown = b, name = ?c, hidden = a, "fixed");
                    given += 4;
                    ids.push(b);
                }
            });
            for (line, id) in text.split_terminator('\n').zip(&ids) {
                seen += 1;
                assert!(line.len() <= 8 << 10, "{}", line.len());
                for c in line.chars() {
                    assert!(!c.is_control(), "{line:?}");
                    assert!(
                        !matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'),
                        "{line:?}"
                    );
                }
                if format == Format::Json {
                    let value: Value = serde_json::from_str(line).unwrap();
                    assert_eq!(value["level"], "ERROR");
                    assert_eq!(value["message"], "fixed");
                    if id.len() < 30 {
                        assert_eq!(value["request_id"], **id);
                    }
                }
            }
        }
        assert_eq!(seen, given / 4);
    }
}

const CANARY: &str = "canary-4711-ann@example.com";

/// An error that carries the canary at every level.
#[derive(Debug)]
struct Leaky(Option<Box<Leaky>>);

impl fmt::Display for Leaky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read {CANARY}")
    }
}

impl std::error::Error for Leaky {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.as_deref().map(|error| error as _)
    }
}

#[test]
fn a_secret_stands_in_no_line_whatever_carries_it() {
    for format in [Format::Json, Format::Text] {
        let text = logged(format, Redaction::trusting(["log"]), || {
            let span =
                info_span!("request", token = CANARY, user = %CANARY, late = tracing::field::Empty);
            span.record("late", CANARY);
            let _in = span.enter();
            let chain = Leaky(Some(Box::new(Leaky(None))));
            info!(email = CANARY, debug = ?CANARY, display = %CANARY, bytes = CANARY.as_bytes(), "fields");
            info!(error = &chain as &dyn std::error::Error, "an error");
            info!("a message with {CANARY}");
            info!(message = format!("{CANARY} and {CANARY}"));
            info!(target: "somebody_else", "{}", CANARY);
            info!(
                number = 4711,
                wide = 4711_u128,
                real = 47.11,
                truth = true,
                "numbers"
            );
        });
        assert_eq!(text.lines().count(), 6);
        assert!(
            !text.contains("canary") && !text.contains("4711") && !text.contains("47.11"),
            "{text}"
        );
        assert!(text.contains("[redacted: text, 27 bytes]"), "{text}");
        assert!(text.contains("[redacted: error]") && text.contains("[redacted: number]"));
    }
}

#[test]
fn a_hidden_message_says_where_it_was_written() {
    let lines = json(|| {
        info!("words alone");
        info!("words and {}", std::hint::black_box(CANARY));
        info!(target: "hyper::proto", "words alone");
    });
    assert_eq!(lines[0]["message"], "words alone");
    assert_eq!(lines[0].get("logged_at"), None);
    for line in &lines[1..] {
        assert_eq!(line["message"], "[redacted: message]");
        let place = line["logged_at"].as_str().unwrap();
        assert!(place.contains("tests/log.rs:"), "{place}");
    }
}

#[test]
fn what_is_allowed_stands_as_it_is() {
    let lines = json(|| {
        let chain = io::Error::other(fmt::Error);
        info!(shown = 7_u64, name = "Größe", status = 200, "numbers");
        info!(shown = f64::NAN, "not a number");
        info!(shown = u128::MAX, "wide");
        info!(shown = &chain as &dyn std::error::Error, "chain");
        info!(shown = f64::MAX, "large");
    });
    assert_eq!(lines[4]["fields"]["shown"], f64::MAX);
    assert_eq!(
        lines[0]["fields"],
        serde_json::json!({"shown": 7, "name": "Größe", "status": 200})
    );
    assert_eq!(lines[1]["fields"]["shown"], "NaN");
    assert_eq!(lines[2]["fields"]["shown"], u128::MAX.to_string());
    assert!(
        lines[3]["fields"]["shown"]
            .as_str()
            .unwrap()
            .starts_with("an error occurred")
    );
    let time = lines[0]["timestamp"].as_str().unwrap();
    assert!(time.len() == 27 && time.ends_with('Z'), "{time}");
}

#[test]
fn the_ids_come_from_the_event_or_from_the_innermost_span_that_has_them() {
    let lines = json(|| {
        let outer = info_span!("outer", request_id = "o", trace_id = "t").entered();
        let inner = info_span!("inner", request_id = "i", name = 1).entered();
        info!("in both");
        info!(request_id = "e", "its own");
        drop(inner);
        info!("in one");
        drop(outer);
        info!("in none");
    });
    let ids = |at: usize| {
        (
            lines[at]["request_id"].as_str(),
            lines[at]["trace_id"].as_str(),
        )
    };
    assert_eq!(ids(0), (Some("i"), Some("t")));
    assert_eq!(ids(1), (Some("e"), Some("t")));
    assert_eq!(ids(2), (Some("o"), Some("t")));
    assert_eq!(ids(3), (None, None));
    assert_eq!(
        lines[0]["spans"][0],
        serde_json::json!({"name": "inner", "fields": {"name": 1}})
    );
    assert_eq!(lines[0]["spans"][1], serde_json::json!({"name": "outer"}));
}

#[test]
fn a_later_record_of_a_field_replaces_the_first() {
    let text = logged(Format::Json, redaction(), || {
        let span = info_span!("request", shown = 1);
        span.record("shown", 2);
        span.in_scope(|| info!("now"));
    });
    assert_eq!(text.matches("shown").count(), 1);
    assert!(text.contains("\"shown\":2"));
}

#[test]
fn a_line_has_at_most_eight_kibibytes_and_says_what_was_cut() {
    let long = "\u{202e}".repeat(100_000);
    let lines = json(|| {
        info!(shown = long, name = long, status = 200, "long");
        let _spans: Vec<_> = (0..50)
            .map(|_| info_span!("deep", shown = long).entered())
            .collect();
        info!(request_id = long, trace_id = long, shown = long, "long");
    });
    for line in &lines {
        assert!(line["cut"].as_u64().unwrap() > 290_000, "{line}");
        assert!(
            line["fields"]["shown"]
                .as_str()
                .unwrap()
                .ends_with("bytes]")
        );
    }
}

/// Shows itself by logging.
struct Talkative;

impl fmt::Debug for Talkative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        info!(shown = 1, "inside");
        f.write_str("outside")
    }
}

#[test]
fn a_value_that_logs_while_it_is_written_harms_nobody() {
    let text = logged(Format::Json, redaction(), || {
        let span = info_span!("request", name = tracing::field::Empty).entered();
        span.record("name", tracing::field::debug(Talkative));
        info!(shown = ?Talkative, "around");
    });
    for line in text.lines() {
        serde_json::from_str::<Value>(line).unwrap();
    }
    assert!(text.contains("\"shown\":\"outside\""), "{text}");
}
