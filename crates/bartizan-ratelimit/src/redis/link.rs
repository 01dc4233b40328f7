//! What all clones of a store share: the connection, the breaker, the counters.

use std::{
    num::NonZeroU32,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use ::redis::{
    Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind, aio::MultiplexedConnection,
};
use arc_swap::ArcSwapOption;
use tokio::{sync::Notify, time::timeout};

use super::{
    breaker::Breaker,
    config::RedisConfig,
    deny::DenyCache,
    events::{self, Announcer, Back, Trouble},
    script::{Call, Script},
    stats::Counters,
};

pub(crate) struct Link {
    /// Host and port, for events.
    pub(crate) store: String,
    pub(crate) namespace: String,
    pub(crate) instances: NonZeroU32,
    pub(crate) time_limit: Duration,
    pub(crate) decide: Script,
    pub(crate) settle: Script,
    pub(crate) deny: DenyCache,
    pub(crate) counters: Counters,
    /// Wakes the keeper of the connection when the breaker opens.
    pub(crate) wake: Notify,
    connection: ArcSwapOption<MultiplexedConnection>,
    breaker: Mutex<Breaker>,
    announcer: Mutex<Announcer>,
    /// What the breaker says, for the many who only ask.
    is_open: AtomicBool,
    /// Whether an answer has failures to wipe out: most have none, and need not lock.
    is_failing: AtomicBool,
}

/// A call without an answer. The breaker knows of it already.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failed;

impl Link {
    pub(crate) fn new(store: String, config: &RedisConfig, now: Instant) -> Self {
        Self {
            store,
            namespace: config.namespace.clone(),
            instances: config.instances,
            time_limit: config.time_limit,
            decide: Script::decide(),
            settle: Script::settle(),
            deny: DenyCache::new(config.deny_cells, now),
            counters: Counters::default(),
            wake: Notify::new(),
            connection: ArcSwapOption::empty(),
            breaker: Mutex::new(Breaker::new(config.breaker, now)),
            announcer: Mutex::new(Announcer::default()),
            is_open: AtomicBool::new(true),
            is_failing: AtomicBool::new(false),
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.is_open.load(Relaxed)
    }

    /// Runs a script within the time limit. A call that is given up may still be carried out: that counts too much, never
    /// too little.
    pub(crate) async fn call<T: FromRedisValue>(
        &self,
        command: impl Fn(Call) -> Cmd,
    ) -> Result<T, Failed> {
        self.counters.calls.fetch_add(1, Relaxed);
        let Some(connection) = self.connection.load_full() else {
            return Err(self.failed(Trouble::Unreachable, None));
        };
        let mut own = MultiplexedConnection::clone(&connection);
        let trouble = match timeout(self.time_limit, run(&mut own, command)).await {
            Ok(Ok(answer)) => {
                self.succeeded();
                return Ok(answer);
            }
            Ok(Err(error)) => Trouble::of(&error),
            Err(_) => Trouble::Silent,
        };
        Err(self.failed(trouble, Some(&connection)))
    }

    fn succeeded(&self) {
        if self.is_failing.load(Relaxed) {
            let mut breaker = self.breaker();
            breaker.succeeded();
            self.is_failing.store(false, Relaxed);
        }
    }

    /// The store has answered something that no script of ours does.
    pub(crate) fn misunderstood(&self) -> Failed {
        let connection = self.connection.load_full();
        self.failed(Trouble::Refuses, connection.as_ref())
    }

    fn failed(&self, trouble: Trouble, used: Option<&Arc<MultiplexedConnection>>) -> Failed {
        self.counters.failures.fetch_add(1, Relaxed);
        let now = Instant::now();
        let mut breaker = self.breaker();
        // What went wrong on an earlier connection says nothing of this one.
        let current = self.connection.load();
        if current.as_ref().map(Arc::as_ptr) == used.map(Arc::as_ptr) {
            self.is_failing.store(true, Relaxed);
            let opens = match trouble {
                Trouble::Unreachable => breaker.lost(now),
                Trouble::Silent | Trouble::Refuses => breaker.failed(now),
            };
            if opens {
                self.is_open.store(true, Relaxed);
                drop(breaker);
                self.announce_down(trouble, now);
                self.wake.notify_one();
            }
        }
        Failed
    }

    pub(crate) fn probe_at(&self) -> Option<Instant> {
        self.breaker().probe_at()
    }

    pub(crate) fn begin_probe(&self, now: Instant) -> bool {
        let begins = self.breaker().begin_probe(now);
        if begins {
            // A half-open connection, as after a firewall's restart, would swallow calls for minutes.
            self.connection.store(None);
        }
        begins
    }

    /// How the probe that began at `began` has ended; the connection is the one that has answered.
    pub(crate) fn probed(&self, answer: Result<MultiplexedConnection, Trouble>, began: Instant) {
        let now = Instant::now();
        let mut breaker = self.breaker();
        let trouble = match answer {
            Ok(connection) => {
                self.connection.store(Some(Arc::new(connection)));
                None
            }
            Err(trouble) => Some(trouble),
        };
        breaker.probed(trouble.is_none(), began, now);
        self.is_failing.store(false, Relaxed);
        self.is_open.store(breaker.is_open(), Relaxed);
        drop(breaker);
        if let Some(trouble) = trouble {
            self.announce_down(trouble, now);
        }
    }

    fn announce_down(&self, trouble: Trouble, now: Instant) {
        if self.announcer().down(now) {
            events::say_down(&self.store, trouble);
        }
    }

    /// Says that the store is back, or when to ask again.
    pub(crate) fn announce_back(&self, now: Instant) -> Option<Instant> {
        match self.announcer().back(now) {
            Back::Say => events::say_back(&self.store),
            Back::At(at) => return Some(at),
            Back::Nothing => {}
        }
        None
    }

    // Neither is held while anything can panic, so a poisoned one is as good as new.
    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn announcer(&self) -> MutexGuard<'_, Announcer> {
        self.announcer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Calls a script by its name, and once by its text if the server does not know it, as after a restart.
pub(crate) async fn run<T: FromRedisValue>(
    connection: &mut MultiplexedConnection,
    command: impl Fn(Call) -> Cmd,
) -> Result<T, RedisError> {
    const UNKNOWN: ErrorKind = ErrorKind::Server(ServerErrorKind::NoScript);
    match command(Call::ByHash).query_async(connection).await {
        Err(error) if error.kind() == UNKNOWN => {
            command(Call::ByText).query_async(connection).await
        }
        answer => answer,
    }
}
