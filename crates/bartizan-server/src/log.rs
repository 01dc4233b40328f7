//! The log: one line an event on stderr, JSON by default.

use std::{
    error::Error,
    io::stderr,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::SystemTime,
};

use tracing_subscriber::{
    EnvFilter, Layer, Registry, fmt, layer::SubscriberExt, reload, util::SubscriberInitExt,
};

use crate::config::{Log, LogFormat};

/// Changes the level while the server runs.
#[derive(Debug, Clone)]
pub struct Reload {
    filter: reload::Handle<EnvFilter, Registry>,
}

impl Reload {
    /// From now on, events of this level and above are written.
    pub fn set_level(&self, level: &str) {
        // Only a subscriber that has gone refuses.
        drop(self.filter.reload(filter(level)));
    }
}

/// tower-governor writes a line for each request that it refuses: a flood would fill the disk.
fn filter(level: &str) -> EnvFilter {
    EnvFilter::new(format!("{level},tower_governor=warn"))
}

/// Starts logging for the whole process.
///
/// # Errors
///
/// It was started already.
pub fn init(config: &Log) -> Result<Reload, Box<dyn Error>> {
    let (filter, handle) = reload::Layer::new(filter(&config.level));
    let lines = match config.format {
        LogFormat::Json => fmt::layer().json().with_writer(stderr).boxed(),
        LogFormat::Text => fmt::layer().with_ansi(false).with_writer(stderr).boxed(),
    };
    tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .try_init()?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(Reload { filter: handle })
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

/// A panic is a line of the log like every other. Its message may quote what a client sent, so only `debug` shows it.
fn log_panic(info: &std::panic::PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string);
    let thread = std::thread::current().name().map(str::to_owned);
    tracing::error!(place, thread, "panicked");
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    tracing::debug!(text, "what it said");
}
