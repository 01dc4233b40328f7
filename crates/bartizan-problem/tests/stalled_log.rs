//! Panics while nobody reads the log, in a process of their own: the hook is the process's.
#![cfg(all(feature = "report", feature = "log"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    convert::Infallible,
    io::{self, Write},
    panic::catch_unwind,
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

use bartizan_problem::{CatchPanicLayer, Format, LogLayer, PanicHook, Redaction, Writer};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;
use tracing_subscriber::{layer::SubscriberExt, util::SubscriberInitExt};

/// Blocks until the sender has gone.
struct Stuck(Receiver<()>);

impl Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.recv();
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn requests_that_panic_twice_wait_long_for_a_stalled_log_only_once() {
    let (_held, stuck) = channel();
    let writer = Writer::new(Format::Json, Stuck(stuck)).unwrap();
    let layer = LogLayer::new(Redaction::default(), writer.clone());
    tracing_subscriber::registry().with(layer).init();
    PanicHook::new().flushing(writer).install();
    let service = CatchPanicLayer::new().layer(service_fn(async |_: Request<()>| {
        drop(catch_unwind(|| panic!("caught by the application")));
        if true {
            panic!("caught by the layer");
        }
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    }));
    let start = Instant::now();
    for _ in 0..20 {
        let answer = service.clone().oneshot(Request::new(())).await.unwrap();
        assert_eq!(answer.status(), 500);
    }
    // once a second, and then a tenth of it
    assert!(start.elapsed() < Duration::from_secs(5));
}
