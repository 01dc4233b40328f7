//! The panic hook, and how a panic gets to the request that it belongs to.

use std::{
    cell::{Cell, RefCell},
    panic::PanicHookInfo,
    thread,
};
#[cfg(feature = "log")]
use std::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::Duration,
};

use super::{Report, known, trace};

/// How long a dying process waits for its log.
#[cfg(feature = "log")]
const LAST_FLUSH: Duration = Duration::from_secs(1);
/// How long a thread waits whose panic nobody catches, once a second at most: the next may end the process, and nothing says so.
#[cfg(feature = "log")]
const FLUSH: Duration = Duration::from_millis(100);

/// Whether the last wait was in vain. Then a request that panics again and again does not wait long each time.
#[cfg(feature = "log")]
static IS_STALLED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// How many guards of this thread will catch a panic and tell of it.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// What the hook has seen, until the guard has caught the panic.
    static SEEN: RefCell<Option<(Report, Said)>> = const { RefCell::new(None) };
}

/// What a panic said. It may quote what a client sent, so it is taken along only where the log shows `debug`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said(Option<String>);

impl Said {
    /// Tells it, at `debug`.
    pub(crate) fn record(&self, request_id: Option<&str>) {
        if let Some(payload) = &self.0 {
            tracing::debug!(target: "bartizan::problem", request_id, payload, "what the panic said");
        }
    }
}

/// Replaces the process's panic hook by one that writes to the log: place, thread and count, and a backtrace for the first of its
/// kind. What the panic said is written at `debug` only. Nothing is printed.
///
/// A panic that [`CatchPanicLayer`](crate::CatchPanicLayer) catches is told once, with the answer of its request.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct PanicHook {
    #[cfg(feature = "log")]
    writer: Option<crate::Writer>,
}

impl PanicHook {
    /// The hook.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Waits for this log before the process may die of the panic: up to a second in the main thread, in a build that aborts and at a
    /// second panic, up to 100 ms where no layer catches it. A panic that is caught waits for nothing.
    #[cfg(feature = "log")]
    #[must_use]
    pub fn flushing(mut self, writer: crate::Writer) -> Self {
        self.writer = Some(writer);
        self
    }

    /// Puts the hook in force for the whole process.
    pub fn install(self) {
        std::panic::set_hook(Box::new(move |info| self.see(info)));
    }

    fn see(&self, info: &PanicHookInfo<'_>) {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let fingerprint = Report::of_panic(place.clone(), None).fingerprint();
        let report = Report::of_panic(place, trace::capture(fingerprint));
        let said = Said(
            tracing::enabled!(target: "bartizan::problem", tracing::Level::DEBUG)
                .then(|| text(info)),
        );
        // A thread-local may be gone already when a thread ends; then nobody catches.
        let is_caught = DEPTH.try_with(Cell::get).is_ok_and(|depth| depth > 0);
        let first = SEEN.try_with(|seen| {
            seen.try_borrow_mut()
                .ok()?
                .replace((report.clone(), said.clone()))
        });
        let first = first.ok().flatten();
        // A second panic before the first was caught ends the process: both are told now.
        if is_caught && first.is_none() {
            return;
        }
        if let Some((first, said)) = first {
            record(&first, &said);
        }
        let _ = SEEN.try_with(|seen| seen.try_borrow_mut().map(|mut seen| seen.take()));
        let is_told = record(&report, &said);
        #[cfg(feature = "log")]
        if let Some(writer) = &self.writer {
            let is_main = thread::current().name() == Some("main");
            // Of two panics under a guard, the first may have been caught by the application: nobody says so.
            let may_be_last = is_caught && !IS_STALLED.load(Relaxed);
            let is_last = may_be_last || is_main || cfg!(panic = "abort");
            if is_last || is_told {
                let is_out = writer.flush(if is_last { LAST_FLUSH } else { FLUSH });
                IS_STALLED.store(!is_out, Relaxed);
            }
        }
        #[cfg(not(feature = "log"))]
        let _ = is_told;
    }
}

fn text(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no text").to_owned()
}

/// Tells of a panic that no layer will tell of. Whether this one was worth a line.
fn record(report: &Report, said: &Said) -> bool {
    let fingerprint = report.fingerprint();
    let noted = known::note(fingerprint);
    if let Some(since_last) = noted.since_last {
        tracing::error!(
            target: "bartizan::problem",
            place = report.place(),
            thread = thread::current().name(),
            fingerprint = %fingerprint,
            count = noted.count,
            since_last,
            "panicked"
        );
    }
    said.record(None);
    if let Some(trace) = report.take_trace() {
        trace::submit(trace, fingerprint, None);
    }
    noted.since_last.is_some()
}

/// Held by whoever catches panics and tells of them.
#[derive(Debug)]
pub(crate) struct Catching(());

impl Catching {
    pub(crate) fn begin() -> Self {
        let _ = DEPTH.try_with(|depth| depth.set(depth.get().saturating_add(1)));
        Self(())
    }

    /// What the hook has seen of the panic that was just caught. `None` if it is not installed.
    pub(crate) fn caught() -> Option<(Report, Said)> {
        SEEN.try_with(|seen| seen.try_borrow_mut().ok()?.take())
            .ok()?
    }
}

impl Drop for Catching {
    fn drop(&mut self) {
        let _ = DEPTH.try_with(|depth| depth.set(depth.get().saturating_sub(1)));
        // The application has caught one itself: it would be told by nobody.
        if !thread::panicking()
            && let Some((report, said)) = Self::caught()
        {
            record(&report, &said);
        }
    }
}
