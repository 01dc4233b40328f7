//! The log: one line an event on stderr, JSON by default.

use std::{
    error::Error,
    io::stderr,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::{Duration, SystemTime},
};

use bartizan::problem::{Format, LogLayer, PanicHook, Redaction, Writer};
use tracing_subscriber::{
    EnvFilter, Registry, layer::SubscriberExt, reload, util::SubscriberInitExt,
};

use crate::config::{self, LogFormat};

/// How long the end of the process waits for a reader of stderr that has stopped reading.
const LAST_FLUSH: Duration = Duration::from_secs(2);

/// Fields of this server's own events. Their texts are its own, or those of the database, of the file system, of the mail server and
/// of a browser's report, which `read_reports` has cleaned: none holds a password, a token or an account's address.
const FIELDS: [&str; 8] = [
    "account", "audit", "blocked", "cause", "document", "error", "path", "payload",
];

/// The log of this process.
#[derive(Debug, Clone)]
pub struct Log {
    filter: reload::Handle<EnvFilter, Registry>,
    writer: Writer,
}

impl Log {
    /// From now on, events of this level and above are written.
    pub fn set_level(&self, level: &str) {
        // Only a subscriber that has gone refuses.
        drop(self.filter.reload(filter(level)));
    }

    /// Waits, when it is dropped, until every line is written, for two seconds at most.
    #[must_use]
    pub fn at_end(&self) -> AtEnd {
        AtEnd(self.writer.clone())
    }
}

/// Made by [`Log::at_end`].
#[derive(Debug)]
pub struct AtEnd(Writer);

impl Drop for AtEnd {
    fn drop(&mut self) {
        // Whoever does not read stderr loses its end.
        let _ = self.0.flush(LAST_FLUSH);
    }
}

/// tower-governor writes a line for each request that it refuses: a flood would fill the disk.
fn filter(level: &str) -> EnvFilter {
    EnvFilter::new(format!("{level},tower_governor=warn"))
}

/// Starts logging for the whole process. A panic is a line of the log like every other; its message may quote what a client
/// sent, so only `debug` shows it.
///
/// # Errors
///
/// It was started already, or the system gives no thread.
pub fn init(config: &config::Log) -> Result<Log, Box<dyn Error>> {
    let (filter, handle) = reload::Layer::new(filter(&config.level));
    let format = match config.format {
        LogFormat::Json => Format::Json,
        LogFormat::Text => Format::Text,
    };
    let writer = Writer::new(format, stderr())?;
    let redaction = FIELDS.iter().fold(Redaction::default(), |redaction, name| {
        redaction.allow(name)
    });
    tracing_subscriber::registry()
        .with(filter)
        .with(LogLayer::new(redaction, writer.clone()))
        .try_init()?;
    PanicHook::new().flushing(writer.clone()).install();
    Ok(Log {
        filter: handle,
        writer,
    })
}

/// What may speak once a second.
#[derive(Debug)]
pub(crate) struct Seldom {
    /// Seconds since 1970 at the last time.
    last: AtomicU64,
}

impl Seldom {
    pub(crate) const fn new() -> Self {
        Self {
            last: AtomicU64::new(0),
        }
    }

    pub(crate) fn may_speak(&self) -> bool {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now = now.map_or(0, |now| now.as_secs());
        self.last.swap(now, Relaxed) != now
    }
}
