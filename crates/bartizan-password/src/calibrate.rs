//! Which parameters of Argon2id take a wanted time on this machine, and how many logins it then bears.

mod load;
mod search;

use std::{
    fmt, io,
    num::NonZeroUsize,
    time::{Duration, Instant},
};

use crate::{
    Cost, Policy,
    arena::{Arena, Input},
};

pub use load::Load;
pub use search::Fit;

/// What a calibration may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CalibrationLimits {
    max_memory_kib: u32,
    workers: Option<NonZeroUsize>,
    clients: NonZeroUsize,
}

impl CalibrationLimits {
    /// What the pool takes: the memory of the default [`Ceilings`](crate::Ceilings).
    pub const MOST_MEMORY_KIB: u32 = 65_536;
    /// Beyond, the clients would be measured and not the pool.
    pub const MOST_CLIENTS: usize = 1_024;

    /// The most memory of one hash, in KiB. The process takes `workers` times as much.
    ///
    /// # Errors
    ///
    /// Below 7,168 KiB, where no number of passes is enough (OWASP Password Storage Cheat Sheet), or above 65,536.
    pub const fn max_memory_kib(mut self, max_memory_kib: u32) -> Result<Self, CalibrationError> {
        if max_memory_kib < search::LEAST_KIB || max_memory_kib > Self::MOST_MEMORY_KIB {
            return Err(CalibrationError::Memory { max_memory_kib });
        }
        self.max_memory_kib = max_memory_kib;
        Ok(self)
    }

    /// Threads that hash.
    #[must_use]
    pub const fn workers(mut self, workers: NonZeroUsize) -> Self {
        self.workers = Some(workers);
        self
    }

    /// Clients that log in at once, again and again: 1 to 1,024.
    ///
    /// # Errors
    ///
    /// More of them.
    pub const fn clients(mut self, clients: NonZeroUsize) -> Result<Self, CalibrationError> {
        if clients.get() > Self::MOST_CLIENTS {
            return Err(CalibrationError::Clients {
                clients: clients.get(),
            });
        }
        self.clients = clients;
        Ok(self)
    }
}

/// 64 MiB a hash, workers as the pool has them, 32 clients.
impl Default for CalibrationLimits {
    fn default() -> Self {
        Self {
            max_memory_kib: Self::MOST_MEMORY_KIB,
            workers: None,
            clients: const { NonZeroUsize::new(32).unwrap() },
        }
    }
}

/// What a calibration does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CalibrationProgress {
    /// So many hashes were timed, of at most so many.
    #[non_exhaustive]
    Timed {
        /// Hashes so far.
        hashes: u32,
        /// The most that will be.
        most: u32,
    },
    /// The clients have logged in for so long.
    #[non_exhaustive]
    Load {
        /// Time so far.
        elapsed: Duration,
        /// Time in all.
        whole: Duration,
    },
}

/// Parameters that fit this machine, and what it bears with them.
///
/// ```no_run
/// use std::time::Duration;
/// use bartizan_password::{Calibration, CalibrationLimits};
///
/// let found = Calibration::measure(Duration::from_millis(250), CalibrationLimits::default(), |_| {})?;
/// let cost = found.policy().cost();
/// println!("{} KiB, {} passes: {:?}", cost.memory_kib(), cost.passes(), found.time());
/// # Ok::<(), bartizan_password::CalibrationError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    policy: Policy,
    time: Duration,
    target: Duration,
    fit: Fit,
    workers: NonZeroUsize,
    load: Load,
}

impl Calibration {
    /// A shorter target is no slow hash.
    pub const SHORTEST: Duration = Duration::from_millis(10);
    /// A longer login keeps its user waiting and lets an attacker fill the queue with few requests.
    pub const LONGEST: Duration = Duration::from_secs(1);

    /// Searches, at or above OWASP's floor, for the parameters whose one hash takes `target` on one thread, then has clients log in
    /// for two seconds. More memory comes before more passes, since memory is what an attacker's hardware has least of.
    ///
    /// Blocks for less than 10 s, on this thread and on a pool's. Run it on the machine that will serve, while it is idle.
    ///
    /// # Errors
    ///
    /// A target below 10 ms or above 1 s, or the pool could not be started.
    pub fn measure(
        target: Duration,
        limits: CalibrationLimits,
        mut progress: impl FnMut(CalibrationProgress),
    ) -> Result<Self, CalibrationError> {
        if !(Self::SHORTEST..=Self::LONGEST).contains(&target) {
            return Err(CalibrationError::Target { target });
        }
        let mut hashes = 0;
        let found = search::search(target, limits.max_memory_kib, |cost| {
            let time = time_one(cost);
            hashes += 1;
            progress(CalibrationProgress::Timed {
                hashes,
                most: search::MOST_HASHES,
            });
            time
        });
        let policy = Policy::with_insecure_cost(found.cost);
        let workers = limits.workers.unwrap_or_else(default_workers);
        let load = load::measure(policy, workers, limits.clients, |elapsed, whole| {
            progress(CalibrationProgress::Load { elapsed, whole });
        })?;
        Ok(Self {
            policy,
            time: found.time,
            target,
            fit: found.fit,
            workers,
            load,
        })
    }

    /// The policy, at or above OWASP's floor.
    pub const fn policy(&self) -> Policy {
        self.policy
    }

    /// The median time of one hash under it, alone on one thread.
    pub const fn time(&self) -> Duration {
        self.time
    }

    /// The time that was wanted.
    pub const fn target(&self) -> Duration {
        self.target
    }

    /// Whether the policy is the target's, or the nearest that may be.
    pub const fn fit(&self) -> Fit {
        self.fit
    }

    /// Threads of the pool.
    pub const fn workers(&self) -> NonZeroUsize {
        self.workers
    }

    /// Memory that the pool's arenas take, in KiB, however many log in.
    pub const fn memory_kib(&self) -> u64 {
        self.workers.get() as u64 * self.policy.cost().memory_kib() as u64
    }

    /// What the clients saw.
    pub const fn load(&self) -> Load {
        self.load
    }
}

/// As of [`PoolConfig`](crate::PoolConfig).
fn default_workers() -> NonZeroUsize {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    NonZeroUsize::new(cores.saturating_sub(1)).unwrap_or(NonZeroUsize::MIN)
}

/// One hash in memory that has been touched, as a worker's has.
fn time_one(cost: Cost) -> Duration {
    let mut arena = Arena::new(cost);
    let input = Input {
        password: b"calibrate this machine",
        salt: &[7; Policy::SALT_BYTES],
        secret: &[],
        associated_data: &[],
    };
    let mut tag = [0; Policy::TAG_BYTES];
    let start = Instant::now();
    // A cost of the search is one that Argon2 takes.
    let _ = arena.hash(cost, &input, &mut tag);
    let time = start.elapsed();
    std::hint::black_box(tag);
    time
}

/// A calibration that cannot be.
#[derive(Debug)]
#[non_exhaustive]
pub enum CalibrationError {
    /// A target below 10 ms or above 1 s.
    #[non_exhaustive]
    Target {
        /// The target asked for.
        target: Duration,
    },
    /// A limit below 7,168 KiB or above 65,536 KiB.
    #[non_exhaustive]
    Memory {
        /// The limit asked for.
        max_memory_kib: u32,
    },
    /// More than 1,024 clients.
    #[non_exhaustive]
    Clients {
        /// The number asked for.
        clients: usize,
    },
    /// The pool could not be started.
    Pool(io::Error),
}

impl fmt::Display for CalibrationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Target { target } => write!(
                f,
                "target of {target:?}, expected {:?} to {:?}",
                Calibration::SHORTEST,
                Calibration::LONGEST
            ),
            Self::Memory { max_memory_kib } => write!(
                f,
                "at most {max_memory_kib} KiB a hash, expected {} to {} KiB",
                search::LEAST_KIB,
                CalibrationLimits::MOST_MEMORY_KIB
            ),
            Self::Clients { clients } => write!(
                f,
                "{clients} clients, expected at most {}",
                CalibrationLimits::MOST_CLIENTS
            ),
            Self::Pool(_) => f.write_str("pool for the calibration could not be started"),
        }
    }
}

impl std::error::Error for CalibrationError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Pool(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_beyond_the_pool_and_targets_beyond_sense_are_refused() {
        let limits = CalibrationLimits::default();
        for (kib, fits) in [
            (7_167, false),
            (7_168, true),
            (65_536, true),
            (65_537, false),
        ] {
            assert_eq!(limits.max_memory_kib(kib).is_ok(), fits);
        }
        for (clients, fits) in [(1, true), (1_024, true), (1_025, false)] {
            assert_eq!(
                limits.clients(NonZeroUsize::new(clients).unwrap()).is_ok(),
                fits
            );
        }
        for millis in [9, 1_001] {
            let target = Duration::from_millis(millis);
            let refused = Calibration::measure(target, limits, |_| panic!("nothing is measured"));
            assert!(matches!(refused, Err(CalibrationError::Target { .. })));
        }
    }

    #[test]
    fn what_is_measured_is_a_policy_that_the_pool_takes_and_the_floor_allows() {
        let two = NonZeroUsize::new(2).unwrap();
        let limits = CalibrationLimits::default()
            .workers(two)
            .clients(two)
            .unwrap();
        let mut seen = Vec::new();
        let found =
            Calibration::measure(Calibration::SHORTEST, limits, |step| seen.push(step)).unwrap();
        let cost = found.policy().cost();
        assert!(Policy::new(cost.memory_kib(), cost.passes(), cost.lanes()).is_ok());
        assert!(cost.memory_kib() <= CalibrationLimits::MOST_MEMORY_KIB);
        assert_eq!(found.memory_kib(), 2 * u64::from(cost.memory_kib()));
        assert!(found.load().logins() > 0 && found.load().p50() <= found.load().p99());
        assert!(matches!(
            seen.first(),
            Some(CalibrationProgress::Timed { hashes: 1, .. })
        ));
        assert!(
            matches!(seen.last(), Some(CalibrationProgress::Load { elapsed, whole }) if elapsed >= whole)
        );
    }
}
