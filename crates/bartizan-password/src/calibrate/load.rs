//! Clients that log in again and again, each when its last answer came.

use std::{
    num::NonZeroUsize,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::{Duration, Instant},
};

use super::CalibrationError;
use crate::{Password, Policy, Pool, PoolConfig, Unavailable, Verdict};

/// How long they do.
const WHOLE: Duration = Duration::from_secs(2);

/// What clients that log in at once saw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    clients: NonZeroUsize,
    logins: usize,
    elapsed: Duration,
    p50: Duration,
    p99: Duration,
    is_estimated: bool,
}

impl Load {
    /// Clients at once.
    pub const fn clients(&self) -> NonZeroUsize {
        self.clients
    }

    /// Logins that were answered.
    pub const fn logins(&self) -> usize {
        self.logins
    }

    /// Logins that were answered in a second.
    pub fn logins_per_second(&self) -> f64 {
        self.logins as f64 / self.elapsed.as_secs_f64()
    }

    /// Whether [`p50`](Self::p50) and [`p99`](Self::p99) are an estimate: in two seconds fewer logins were answered than three for each
    /// client, and those that came first had no line before them. Both are then clients divided by logins a second (Little's law),
    /// which is what each waits in a line that is served in order.
    pub const fn is_estimated(&self) -> bool {
        self.is_estimated
    }

    /// The time that half of them waited at most.
    pub const fn p50(&self) -> Duration {
        self.p50
    }

    /// The time that 99 of 100 waited at most.
    pub const fn p99(&self) -> Duration {
        self.p99
    }

    /// Of waits in the order in which they ended.
    fn new(clients: NonZeroUsize, elapsed: Duration, mut waits: Vec<Duration>) -> Self {
        let logins = waits.len();
        let is_estimated = logins < 3 * clients.get();
        let (p50, p99) = match is_estimated {
            true => {
                let logins = u32::try_from(logins).unwrap_or(u32::MAX).max(1);
                let wait = elapsed * clients.get().try_into().unwrap_or(u32::MAX) / logins;
                (wait, wait)
            }
            // The first of each client met a line that was not there yet.
            false => {
                let full = waits.get_mut(clients.get()..).unwrap_or_default();
                full.sort_unstable();
                (percentile(full, 50), percentile(full, 99))
            }
        };
        Self {
            clients,
            logins,
            elapsed,
            p50,
            p99,
            is_estimated,
        }
    }
}

/// The nearest rank.
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(rank).copied().unwrap_or_default()
}

type Login = Pin<Box<dyn Future<Output = Result<Verdict, Unavailable>> + Send>>;

/// Wakes the one thread that plays all clients.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

pub(super) fn measure(
    policy: Policy,
    workers: NonZeroUsize,
    clients: NonZeroUsize,
    mut progress: impl FnMut(Duration, Duration),
) -> Result<Load, CalibrationError> {
    let config = PoolConfig::default()
        .policy(policy)
        .workers(workers)
        .queue(clients);
    let pool = Pool::start(config).map_err(CalibrationError::Pool)?;
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let start = Instant::now();
    let mut waiting: Vec<(Instant, Login)> = Vec::new();
    waiting.extend((0..clients.get()).map(|_| log_in(&pool)));
    let mut waits = Vec::new();
    // At least one answer, however slow: else there is nothing to tell.
    while start.elapsed() < WHOLE || waits.is_empty() {
        for (since, login) in &mut waiting {
            // Until one waits, so that it knows whom to wake.
            while let Poll::Ready(answer) = login.as_mut().poll(&mut context) {
                let answered = answer.is_ok();
                if answered {
                    waits.push(since.elapsed());
                }
                (*since, *login) = log_in(&pool);
                if !answered {
                    break;
                }
            }
        }
        progress(start.elapsed(), WHOLE);
        // A wake since the polls returns at once; the limit is for the progress.
        thread::park_timeout(Duration::from_millis(50));
    }
    let load = Load::new(clients, start.elapsed(), waits);
    progress(start.elapsed(), WHOLE);
    Ok(load)
}

/// For an account that does not exist, which costs what one costs that does.
fn log_in(pool: &Pool) -> (Instant, Login) {
    let since = Instant::now();
    match Password::new("calibrate this machine".into()) {
        Ok(password) => (since, Box::pin(pool.verify(password, None, None))),
        // It is neither empty nor too long.
        Err(_) => (since, Box::pin(std::future::pending())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_waits_that_were_measured_in_a_full_line() {
        let two = NonZeroUsize::new(2).unwrap();
        let waits = (1..=202).rev().map(Duration::from_millis).collect();
        let load = Load::new(two, Duration::from_secs(4), waits);
        assert_eq!((load.p50().as_millis(), load.p99().as_millis()), (100, 198));
        assert_eq!((load.logins(), load.logins_per_second()), (202, 50.5));
        assert!(!load.is_estimated());
    }

    #[test]
    fn too_few_answers_do_not_make_the_line_look_short() {
        // A login each 250 ms: the last of 32 waits 8 s, but within 2 s only the first 8 are answered.
        let clients = NonZeroUsize::new(32).unwrap();
        let waits = (1..=8).map(|n| Duration::from_millis(250 * n)).collect();
        let load = Load::new(clients, Duration::from_secs(2), waits);
        assert_eq!((load.p50().as_secs(), load.p99().as_secs()), (8, 8));
        assert!(load.is_estimated());
    }
}
