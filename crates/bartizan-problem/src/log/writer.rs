//! A queue between those who log and what may block.

use std::{
    fmt,
    io::{self, Write},
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    time::{Duration, Instant},
};

use jiff::Timestamp;

use super::Format;

/// Lines that may wait. With at most 8 KiB each that is 32 MiB at worst, and 1 MiB of the usual ones.
const QUEUE: usize = 4_096;
/// Lines that are written by one call, as long as they wait already.
const BATCH: usize = 64;
/// How long `flush` sleeps at most before it looks again.
const STEP: Duration = Duration::from_millis(10);

/// Takes lines and never blocks: they wait in a bounded queue for a thread that writes them. What finds the queue full is dropped
/// and counted, as is what cannot be written, and the next line that is written says how many.
///
/// A clone is the same queue. The thread ends when the last clone has gone. A program that ends calls [`flush`](Self::flush)
/// first.
#[derive(Clone)]
pub struct Writer {
    sender: SyncSender<Box<str>>,
    shared: Arc<Shared>,
    format: Format,
}

#[derive(Default)]
struct Shared {
    taken: AtomicU64,
    dropped: AtomicU64,
    failed: AtomicU64,
    /// Lines that have left the queue and are written, or could not be.
    done: Mutex<u64>,
    changed: Condvar,
}

/// What a [`Writer`] has done since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WriterCounts {
    /// Lines that were taken.
    pub taken: u64,
    /// Lines that found the queue full.
    pub dropped: u64,
    /// Lines that could not be written.
    pub failed: u64,
}

impl Writer {
    /// Starts the thread that writes to `out`. Up to 4,096 lines may wait for it.
    ///
    /// # Errors
    ///
    /// The system gives no thread.
    pub fn new(format: Format, out: impl Write + Send + 'static) -> io::Result<Self> {
        Self::with_queue(format, out, QUEUE)
    }

    /// The same with another length of the queue, in lines of at most 8 KiB.
    ///
    /// # Errors
    ///
    /// The system gives no thread.
    pub fn with_queue(
        format: Format,
        out: impl Write + Send + 'static,
        lines: usize,
    ) -> io::Result<Self> {
        let (sender, receiver) = sync_channel(lines.max(1));
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || write_all(&receiver, &own, format, out))?;
        Ok(Self {
            sender,
            shared,
            format,
        })
    }

    /// What it has done so far.
    #[must_use]
    pub fn counts(&self) -> WriterCounts {
        WriterCounts {
            taken: self.shared.taken.load(Relaxed),
            dropped: self.shared.dropped.load(Relaxed),
            failed: self.shared.failed.load(Relaxed),
        }
    }

    /// Waits until every line that was taken before is written, at most so long. Whether they all are.
    ///
    /// For the end of a program, and for a hook that runs before it dies. Never for a request.
    #[must_use]
    pub fn flush(&self, limit: Duration) -> bool {
        let wanted = self.shared.taken.load(Relaxed);
        let end = Instant::now() + limit;
        let mut done = lock(&self.shared.done);
        // fewer may be taken than were counted: a line that found the queue full meanwhile
        while *done < wanted.min(self.shared.taken.load(Relaxed)) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.shared.changed.wait_timeout(done, left.min(STEP));
            done = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    pub(super) const fn format(&self) -> Format {
        self.format
    }

    pub(super) fn send(&self, line: &str) {
        // before it is sent, or `flush` could miss it
        self.shared.taken.fetch_add(1, Relaxed);
        match self.sender.try_send(line.into()) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                self.shared.taken.fetch_sub(1, Relaxed);
                self.shared.dropped.fetch_add(1, Relaxed);
            }
        }
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}

fn lock(done: &Mutex<u64>) -> std::sync::MutexGuard<'_, u64> {
    // a number cannot be left half changed
    done.lock().unwrap_or_else(PoisonError::into_inner)
}

fn write_all(receiver: &Receiver<Box<str>>, shared: &Shared, format: Format, mut out: impl Write) {
    let mut batch = String::new();
    let (mut told, mut is_broken) = (0, false);
    while let Ok(line) = receiver.recv() {
        batch.clear();
        if is_broken {
            // half a line may be out, and would make one with the next
            batch.push('\n');
        }
        batch.push_str(&line);
        let mut lines = 1;
        while lines < BATCH
            && let Ok(line) = receiver.try_recv()
        {
            batch.push_str(&line);
            lines += 1;
        }
        let dropped = shared.dropped.load(Relaxed) + shared.failed.load(Relaxed);
        if dropped > told {
            say_dropped(&mut batch, format, dropped - told);
        }
        // a log that cannot be written must not end the program
        let written = out.write_all(batch.as_bytes()).and_then(|()| out.flush());
        is_broken = written.is_err();
        if is_broken {
            shared.failed.fetch_add(lines as u64, Relaxed);
        } else {
            told = dropped;
        }
        *lock(&shared.done) += lines as u64;
        shared.changed.notify_all();
    }
}

fn say_dropped(batch: &mut String, format: Format, dropped: u64) {
    use std::fmt::Write;
    let time = Timestamp::now();
    // a `String` takes everything
    let _ = match format {
        Format::Json => writeln!(
            batch,
            "{{\"timestamp\":\"{time:.6}\",\"level\":\"WARN\",\"target\":\"bartizan::log\",\
             \"message\":\"lines were dropped\",\"fields\":{{\"dropped\":{dropped}}}}}"
        ),
        Format::Text => writeln!(
            batch,
            "{time:.6} WARN  bartizan::log: lines were dropped dropped={dropped}"
        ),
    };
}
