//! Who writes the log: nobody waits for it, and what was not written is told.
#![cfg(feature = "log")]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, mpsc},
    time::{Duration, Instant},
};

use bartizan_problem::{Format, LogLayer, Redaction, Writer};
use serde_json::Value;
use tracing::info;
use tracing_subscriber::layer::SubscriberExt;

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

fn redaction() -> Redaction {
    Redaction::trusting(["log_writer"]).allow("shown")
}

/// Blocks in its first write until it is let go.
struct Stuck(mpsc::Receiver<()>, Kept);

impl Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.recv();
        self.1.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_writer_that_blocks_for_ever_stops_nobody_and_drops_are_told() {
    let (release, stuck) = mpsc::channel();
    let kept = Kept::default();
    let writer = Writer::with_queue(Format::Json, Stuck(stuck, kept.clone()), 16).unwrap();
    let layer = LogLayer::new(redaction(), writer.clone());
    let start = Instant::now();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        for shown in 0..10_000 {
            info!(shown, "a line");
        }
    });
    assert!(start.elapsed() < Duration::from_secs(10));
    let counts = writer.counts();
    assert_eq!(counts.taken + counts.dropped, 10_000);
    assert!(counts.dropped > 9_000, "{counts:?}");
    assert!(
        !writer.flush(Duration::from_millis(20)),
        "it is still stuck"
    );
    drop(release);
    assert!(writer.flush(Duration::from_secs(20)));
    let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    let told: u64 = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter_map(|line| line["fields"]["dropped"].as_u64())
        .sum();
    assert_eq!(told, counts.dropped);
}

/// Refuses every write.
struct Broken;

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Fails once in the middle of a line, as a disk that is full for a while.
struct Full(Kept, usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1 += 1;
        match self.1 {
            1 => self.0.write(bytes.get(..20).unwrap()),
            2 => Err(io::ErrorKind::StorageFull.into()),
            _ => self.0.write(bytes),
        }
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn half_a_line_spoils_no_other_and_what_was_not_written_is_told() {
    let kept = Kept::default();
    let writer = Writer::new(Format::Json, Full(kept.clone(), 0)).unwrap();
    let layer = LogLayer::new(redaction(), writer.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        for _ in 0..2 {
            info!("a line");
            assert!(writer.flush(Duration::from_secs(20)));
        }
    });
    let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    let whole = |line: &str| serde_json::from_str::<Value>(line).ok();
    let lines: Vec<_> = text.lines().filter_map(whole).collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert_eq!(lines[0]["message"], "a line");
    assert_eq!(lines[1]["fields"]["dropped"], 1);
}

#[test]
fn a_log_that_cannot_be_written_is_counted_and_ends_nothing() {
    let writer = Writer::new(Format::Json, Broken).unwrap();
    let layer = LogLayer::new(redaction(), writer.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        for _ in 0..10 {
            info!("a line");
        }
    });
    assert!(writer.flush(Duration::from_secs(20)));
    assert_eq!(writer.counts().failed, 10);
}
