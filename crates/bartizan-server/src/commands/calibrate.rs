//! `bartizan-server calibrate`: the lines of `[password]` that fit this machine.

use std::{num::NonZeroUsize, process::ExitCode, time::Duration};

use bartizan_password::{
    Calibration, CalibrationError, CalibrationLimits, CalibrationProgress, Fit,
};
use serde_json::json;

use super::{fail, print, progress::bar};

/// Options of `calibrate`.
#[derive(Debug, Clone, clap::Args)]
#[non_exhaustive]
pub struct Args {
    /// The time that one hash shall take: 10ms to 1s.
    #[arg(long, value_name = "TIME", default_value = "250ms", value_parser = time)]
    pub target: Duration,
    /// The most memory of one hash: 7MiB to 64MiB.
    #[arg(long, value_name = "SIZE", default_value = "64MiB", value_parser = kib)]
    pub max_memory: u32,
    /// Threads that hash; cores - 1 when there is none.
    #[arg(long, value_name = "N")]
    pub workers: Option<NonZeroUsize>,
    /// Clients that log in at once, to see what they wait: 1 to 1024.
    #[arg(long, value_name = "N", default_value = "32")]
    pub clients: NonZeroUsize,
    /// For machines.
    #[arg(long)]
    pub json: bool,
}

/// Measures, and prints what to write into the configuration.
pub fn run(args: &Args) -> ExitCode {
    match measure(args) {
        Ok(found) if args.json => print(as_json(&found)),
        Ok(found) => print(as_lines(&found)),
        Err(error) => fail(&error),
    }
}

fn measure(args: &Args) -> Result<Calibration, CalibrationError> {
    let mut limits = CalibrationLimits::default()
        .max_memory_kib(args.max_memory)?
        .clients(args.clients)?;
    if let Some(workers) = args.workers {
        limits = limits.workers(workers);
    }
    let bar = bar(100, "{bar:40} {msg}");
    let found = Calibration::measure(args.target, limits, |step| match step {
        // The search mostly ends early: the first half of the bar is its.
        CalibrationProgress::Timed { hashes, most, .. } => {
            bar.set_message("timing hashes");
            bar.set_position(50 * u64::from(hashes) / u64::from(most));
        }
        CalibrationProgress::Load { elapsed, whole, .. } => {
            bar.set_message("logging in");
            let part = elapsed.as_secs_f64() / whole.as_secs_f64();
            bar.set_position(50 + (50.0 * part.min(1.0)) as u64);
        }
        _ => {}
    });
    bar.finish_and_clear();
    found
}

fn as_lines(found: &Calibration) -> String {
    let cost = found.policy().cost();
    let load = found.load();
    let fit = match found.fit() {
        Fit::Floor => {
            "# The least that OWASP recommends takes longer than the target on this machine. Do not go below.\n"
        }
        Fit::Ceiling => {
            "# The most memory and passes that were allowed take less than the target.\n"
        }
        Fit::Unsteady => "# The machine was busy: run it again while it is idle.\n",
        _ => "",
    };
    format!(
        "{fit}# One hash takes {} ms, {} ms were wanted.\n\
         # {} clients at once: {:.1} logins a second, half of them within {} ms, 99 of 100 within {} ms{}.\n\
         # Memory of all workers: {} MiB.\n\
         [password]\nmemory_kib = {}\npasses = {}\nlanes = {}\nworkers = {}",
        found.time().as_millis(),
        found.target().as_millis(),
        load.clients(),
        load.logins_per_second(),
        load.p50().as_millis(),
        load.p99().as_millis(),
        if load.is_estimated() {
            " (estimated)"
        } else {
            ""
        },
        found.memory_kib().div_ceil(1024),
        cost.memory_kib(),
        cost.passes(),
        cost.lanes(),
        found.workers(),
    )
}

fn as_json(found: &Calibration) -> String {
    let cost = found.policy().cost();
    let load = found.load();
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    let fit = match found.fit() {
        Fit::Floor => "floor",
        Fit::Ceiling => "ceiling",
        Fit::Unsteady => "unsteady",
        _ => "target",
    };
    let value = json!({
        "password": {
            "memory_kib": cost.memory_kib(),
            "passes": cost.passes(),
            "lanes": cost.lanes(),
            "workers": found.workers(),
        },
        "fit": fit,
        "target_ms": millis(found.target()),
        "hash_ms": millis(found.time()),
        "memory_kib": found.memory_kib(),
        "clients": load.clients(),
        "logins_per_second": load.logins_per_second(),
        "p50_ms": millis(load.p50()),
        "p99_ms": millis(load.p99()),
        "is_estimated": load.is_estimated(),
    });
    format!("{value:#}")
}

/// `250ms` or `1s`.
fn time(text: &str) -> Result<Duration, String> {
    let (number, millis) = match text.strip_suffix("ms") {
        Some(number) => (number, 1),
        None => (text.strip_suffix('s').unwrap_or(""), 1_000),
    };
    let number: Option<u64> = number.parse().ok();
    let millis = number.and_then(|number| number.checked_mul(millis));
    millis
        .map(Duration::from_millis)
        .ok_or_else(|| "expected a time such as 250ms or 1s".to_owned())
}

/// `64MiB` or `19456KiB`, in KiB.
fn kib(text: &str) -> Result<u32, String> {
    let (number, kib) = match text.strip_suffix("MiB") {
        Some(number) => (number, 1_024),
        None => (text.strip_suffix("KiB").unwrap_or(""), 1),
    };
    let number: Option<u32> = number.parse().ok();
    let kib = number.and_then(|number| number.checked_mul(kib));
    kib.ok_or_else(|| "expected a size such as 64MiB or 19456KiB".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    #[test]
    fn times_and_sizes_have_units() {
        assert_eq!(time("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(time("1s"), Ok(Duration::from_secs(1)));
        assert_eq!(kib("64MiB"), Ok(65_536));
        assert_eq!(kib("19456KiB"), Ok(19_456));
        for text in [
            "",
            "250",
            "ms",
            "-1s",
            "1.5s",
            "99999999999999999999s",
            "18446744073709551615s",
        ] {
            assert!(time(text).is_err(), "{text}");
        }
        for text in ["", "64", "MiB", "-1MiB", "4294967295MiB"] {
            assert!(kib(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_printed_is_a_configuration_and_the_same_for_machines() {
        let args = Args {
            target: Calibration::SHORTEST,
            max_memory: 65_536,
            workers: Some(NonZeroUsize::MIN),
            clients: NonZeroUsize::MIN,
            json: false,
        };
        let found = measure(&args).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bartizan.toml");
        std::fs::write(&path, as_lines(&found)).unwrap();
        let loaded = config::load(Some(&path), Vec::new()).map_err(|errors| errors.lines());
        let cost = found.policy().cost();
        assert_eq!(
            loaded.unwrap().config.password.memory_kib,
            cost.memory_kib()
        );
        let value: serde_json::Value = serde_json::from_str(&as_json(&found)).unwrap();
        assert_eq!(value["password"]["passes"], cost.passes());
        assert!(value["logins_per_second"].as_f64().unwrap() > 0.0);
    }
}
