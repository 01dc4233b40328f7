//! Backtraces: taken in microseconds where the failure is, resolved at leisure by one thread.

use std::{
    backtrace::Backtrace,
    sync::{
        OnceLock, PoisonError, RwLock,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    time::Duration,
};

use tracing::Dispatch;

use super::{Fingerprint, known};

/// Traces that may wait to be resolved.
const QUEUE: usize = 16;
/// The pause after each: five a second.
const PAUSE: Duration = Duration::from_millis(200);
/// Frames that are told.
const MAX_FRAMES: usize = 32;
/// Characters of a function's name that are told.
const MAX_NAME: usize = 160;
/// Bytes that are told. Half of a line of the log holds them.
const MAX_BYTES: usize = 3_500;

/// Held while names are looked up. The standard library has one lock for that and for taking traces; the first look-up reads the
/// debug information of the whole program, and no request may wait for it.
static RESOLVING: RwLock<()> = RwLock::new(());

struct Job {
    trace: Backtrace,
    fingerprint: Fingerprint,
    request_id: Option<String>,
    log: Dispatch,
}

/// A trace of the caller, without names, unless it is known or there are too many. Never waits.
pub(super) fn capture(fingerprint: Fingerprint) -> Option<Backtrace> {
    if !known::may_trace(fingerprint) {
        return None;
    }
    let Ok(_free) = RESOLVING.try_read() else {
        known::skipped();
        return None;
    };
    known::taken();
    Some(Backtrace::force_capture())
}

/// Has the trace resolved and logged, under the id of its request.
pub(crate) fn submit(trace: Backtrace, fingerprint: Fingerprint, request_id: Option<&str>) {
    let job = Job {
        trace,
        fingerprint,
        request_id: request_id.map(str::to_owned),
        log: tracing::dispatcher::get_default(Dispatch::clone),
    };
    let sent = sender().is_some_and(|sender| sender.try_send(job).is_ok());
    if !sent {
        known::skipped();
    }
}

/// The thread's queue; the thread starts with the first trace. `None`: the system gives no thread.
fn sender() -> Option<&'static SyncSender<Job>> {
    static SENDER: OnceLock<Option<SyncSender<Job>>> = OnceLock::new();
    let made = SENDER.get_or_init(|| {
        let (sender, jobs) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new().name("backtraces".to_owned());
        thread.spawn(move || resolve_all(&jobs)).ok()?;
        Some(sender)
    });
    made.as_ref()
}

fn resolve_all(jobs: &Receiver<Job>) {
    while let Ok(job) = jobs.recv() {
        let text = {
            let _resolving = RESOLVING.write().unwrap_or_else(PoisonError::into_inner);
            shorten(&job.trace.to_string())
        };
        known::resolved();
        tracing::dispatcher::with_default(&job.log, || {
            tracing::error!(
                target: "bartizan::problem",
                request_id = job.request_id,
                fingerprint = %job.fingerprint,
                backtrace = text,
                "backtrace"
            );
        });
        std::thread::park_timeout(PAUSE);
    }
}

/// The program's own frames: one line each, function and place.
fn shorten(text: &str) -> String {
    let mut short = String::new();
    let mut frames = 0;
    let mut lines = text.lines().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        let place = lines.next_if(|next| next.starts_with("at "));
        let function = line.split_once(": ").map_or(line, |(_, function)| function);
        let place = place.unwrap_or_default();
        if is_of_the_runtime(function) || place.starts_with("at /rustc/") {
            continue;
        }
        let function = shorter(function);
        frames += 1;
        if frames > MAX_FRAMES || short.len() + function.len() + place.len() + 2 > MAX_BYTES {
            break;
        }
        if !short.is_empty() {
            short.push('\n');
        }
        short.push_str(function);
        if !place.is_empty() {
            short.push(' ');
            short.push_str(place);
        }
    }
    short
}

/// The start of a name. Those of generic functions fill lines.
fn shorter(function: &str) -> &str {
    let end = function.char_indices().nth(MAX_NAME);
    end.and_then(|(end, _)| function.get(..end))
        .unwrap_or(function)
}

fn is_of_the_runtime(function: &str) -> bool {
    const STARTS: [&str; 8] = [
        "std::",
        "core::",
        "alloc::",
        "tokio::",
        "bartizan_problem::report::",
        "__",
        "rust_",
        "_start",
    ];
    let function = function.trim_start_matches('<');
    STARTS.iter().any(|start| function.starts_with(start))
        || matches!(function, "start_thread" | "clone" | "clone3" | "main")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_programs_frames_are_told() {
        let text = "   0: std::backtrace::Backtrace::create\n   1: my::handler\n             at ./src/a.rs:3:5\n   \
                    2: <core::pin::Pin<P> as core::future::future::Future>::poll\n             at /rustc/x.rs:1:1\n   3: my::main";
        assert_eq!(shorten(text), "my::handler at ./src/a.rs:3:5\nmy::main");
    }

    #[test]
    fn a_deep_trace_is_cut() {
        let text: String = (0..10_000)
            .map(|n| format!("{n}: my::function\n"))
            .collect();
        assert_eq!(shorten(&text).lines().count(), MAX_FRAMES);
        assert!(shorten(&"f".repeat(10_000)).len() <= MAX_BYTES);
    }
}
