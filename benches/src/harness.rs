//! How everything here is measured: alternated rounds, a ratio for each pair, medians.

use std::error::Error;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

pub(crate) type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Odd, so that the median is a measured value.
pub(crate) const ROUNDS: usize = 9;

/// The medians of one comparison.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    pub(crate) ours: f64,
    pub(crate) rival: f64,
    /// Median of the rounds' own ratios: a machine that slows down during the run slows both sides of a round.
    pub(crate) ratio: f64,
}

/// Measures ours, rival, ours, rival, ... after one unmeasured round of each.
pub(crate) fn alternate(
    mut ours: impl FnMut() -> Outcome<f64>,
    mut rival: impl FnMut() -> Outcome<f64>,
) -> Outcome<Pair> {
    ours()?;
    rival()?;
    rounds(|| Ok((ours()?, rival()?)))
}

/// What ours and the rival add to the bare service, which is measured beside each of them.
pub(crate) fn added_cost(
    mut bare: impl FnMut() -> Outcome<f64>,
    mut ours: impl FnMut() -> Outcome<f64>,
    mut rival: impl FnMut() -> Outcome<f64>,
) -> Outcome<Pair> {
    let mut round = || {
        let first = bare()?;
        let ours = ours()?;
        let second = bare()?;
        let rival = rival()?;
        Ok((ours - first, rival - second))
    };
    round()?;
    rounds(round)
}

/// Medians over rounds that give both values.
pub(crate) fn rounds(mut round: impl FnMut() -> Outcome<(f64, f64)>) -> Outcome<Pair> {
    let mut values = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        let (ours, rival) = round()?;
        values[0].push(ours);
        values[1].push(rival);
        values[2].push(ours / rival);
    }
    let [ours, rival, ratio] = values.map(median);
    Ok(Pair { ours, rival, ratio })
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Nanoseconds of one call, averaged over `calls`.
pub(crate) fn nanoseconds(calls: u32, mut call: impl FnMut() -> Outcome<()>) -> Outcome<f64> {
    let start = Instant::now();
    for _ in 0..calls {
        call()?;
    }
    Ok(start.elapsed().as_secs_f64() * 1e9 / f64::from(calls))
}

/// Calls a second, when `count` of them took the time of `work`.
pub(crate) fn per_second(count: u32, work: impl FnOnce() -> Outcome<()>) -> Outcome<f64> {
    let start = Instant::now();
    work()?;
    Ok(f64::from(count) / start.elapsed().as_secs_f64())
}

/// The output of a future that never waits. No runtime stands between the clock and what is measured.
pub(crate) fn ready<F: Future>(future: F) -> Outcome<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => Err("a future that must not wait waits".into()),
    }
}

/// `name version`, as a lock file has it. Of several versions the newest, which stands last: that is the one we depend on.
pub(crate) fn locked(lock: &str, name: &str) -> String {
    let wanted = format!("name = \"{name}\"");
    let lines: Vec<&str> = lock.lines().collect();
    let version = lines
        .windows(2)
        .rfind(|pair| pair[0] == wanted)
        .and_then(|pair| pair[1].split('"').nth(1));
    format!("{name} {}", version.unwrap_or("of unknown version"))
}

/// The rivals' lock file.
pub(crate) const LOCK: &str = include_str!("../Cargo.lock");

#[cfg(test)]
mod tests {
    use super::{locked, median, rounds};

    #[test]
    fn one_slow_round_does_not_move_the_median() {
        assert_eq!(median(vec![1.0, 900.0, 2.0, 3.0, 2.0]), 2.0);
    }

    #[test]
    fn a_machine_that_slows_down_does_not_move_the_ratio() {
        let mut slowness = 1.0;
        let pair = rounds(|| {
            slowness *= 2.0;
            Ok((slowness, 4.0 * slowness))
        });
        assert_eq!(pair.expect("nothing fails").ratio, 0.25);
    }

    #[test]
    fn versions_come_from_the_lock_file() {
        let package =
            |version| format!("[[package]]\nname = \"argon2\"\nversion = \"{version}\"\n");
        let lock = &[package("0.5.3"), package("0.6.0")].concat();
        assert_eq!(locked(lock, "argon2"), "argon2 0.6.0");
        assert_eq!(locked(lock, "blake2"), "blake2 of unknown version");
    }
}
