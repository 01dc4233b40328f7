//! The search, over any function that says how long a cost takes: no clock.

use std::time::Duration;

use crate::{Ceilings, Cost, Policy};

/// The least memory of any policy.
pub(super) const LEAST_KIB: u32 = 7_168;
/// Passes that the pool takes: those of the default [`Ceilings`].
const MOST_PASSES: u32 = 10;
/// Times that a cost is measured; their median counts.
const TIMES: usize = 3;
/// Costs that are measured after the first two.
const TRIES: usize = 7;
/// The two best are measured against each other for so many rounds.
const FINAL: usize = 3;
/// The most hashes that a search takes.
pub(super) const MOST_HASHES: u32 = (TIMES * (2 + TRIES) + 2 * FINAL) as u32;
/// Above this target, each cost is measured once on the way, and above the second also at the end, with fewer tries: the whole
/// stays below 10 s.
const SLOW: Duration = Duration::from_millis(150);
const VERY_SLOW: Duration = Duration::from_millis(400);
/// Memories that are nearer to each other than this, with times further apart, have a cliff between them.
const CLIFF: f64 = 1.1;
/// A guess within one part of so many of the target is not refined.
const CLOSE: u32 = 25;

/// How the policy found stands to the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fit {
    /// It takes the target's time, within 15 %.
    Target,
    /// OWASP's floor already takes longer on this machine. Accept the time: the floor is no wish.
    Floor,
    /// The most memory and passes that were allowed take less time.
    Ceiling,
    /// At the end the nearest took more than 15 % longer or shorter than the target: the machine was busy. Run it again while it
    /// is idle.
    Unsteady,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) cost: Cost,
    pub(super) time: Duration,
    pub(super) fit: Fit,
}

/// Searches the policy with the fewest passes, and so with the most memory, whose time is the target's.
///
/// The time of a hash is its passes × the time of one, which grows with the memory: nearly in proportion, with steps where
/// caches end. So each guess is read from a line through the memories that were timed; a few are enough. `time` takes one hash.
pub(super) fn search(
    target: Duration,
    max_memory_kib: u32,
    time: impl FnMut(Cost) -> Duration,
) -> Found {
    let mut machine = Machine {
        time,
        times: if target > SLOW { 1 } else { TIMES },
        known: Vec::new(),
    };
    let floor = floor(max_memory_kib);
    let first = machine.median(floor);
    if first > target && !near(first, target) {
        // The weakest policy of all may be sooner, if not by much: all floors are of one strength.
        let least = machine.median(Cost {
            memory_kib: LEAST_KIB,
            passes: 5,
            lanes: 1,
        });
        if least > target && !near(least, target) {
            return Found {
                cost: floor,
                time: first,
                fit: Fit::Floor,
            };
        }
    }
    let tries = if target > VERY_SLOW { TRIES / 2 } else { TRIES };
    for _ in 0..tries {
        let cost = machine.guess(target, max_memory_kib);
        if machine.known.iter().any(|(known, _)| *known == cost) {
            break;
        }
        if near(machine.median(cost), target) {
            break;
        }
    }
    machine.decide(target, max_memory_kib)
}

struct Machine<T> {
    time: T,
    times: usize,
    /// Costs and their median times.
    known: Vec<(Cost, Duration)>,
}

impl<T: FnMut(Cost) -> Duration> Machine<T> {
    fn median(&mut self, cost: Cost) -> Duration {
        if let Some((_, took)) = self.known.iter().find(|(known, _)| *known == cost) {
            return *took;
        }
        let took = median((0..self.times).map(|_| (self.time)(cost)).collect());
        self.known.push((cost, took));
        took
    }

    /// The fewest passes for which some allowed memory would take the target's time; where there is none, the nearest end.
    fn guess(&self, target: Duration, max_memory_kib: u32) -> Cost {
        let curve = self.curve();
        let mut ends = Vec::new();
        for passes in 1..=MOST_PASSES {
            let floor = Policy::floor_kib(passes);
            if floor > max_memory_kib {
                continue;
            }
            let memory = memory_for(&curve, target.as_nanos() as f64 / f64::from(passes));
            let cost = |memory_kib| Cost {
                memory_kib,
                passes,
                lanes: 1,
            };
            if memory >= f64::from(floor) && memory <= f64::from(max_memory_kib) {
                if !is_cliff(&curve, memory) {
                    return cost(memory as u32);
                }
                continue;
            }
            let end = if memory < f64::from(floor) {
                floor
            } else {
                max_memory_kib
            };
            // How far the end is from the memory that would be right, in parts of it.
            ends.push((cost(end), (f64::from(end) / memory).ln().abs()));
        }
        let nearest = ends.into_iter().min_by(|a, b| a.1.total_cmp(&b.1));
        nearest.map_or(Policy::default().cost(), |(cost, _)| cost)
    }

    /// Memory in KiB and the nanoseconds of one pass over it, by memory; never falling.
    fn curve(&self) -> Vec<(f64, f64)> {
        let pass = |took: Duration, cost: Cost| took.as_nanos() as f64 / f64::from(cost.passes);
        let points = self.known.iter();
        let mut points: Vec<(f64, f64)> = points
            .map(|(cost, took)| (f64::from(cost.memory_kib), pass(*took, *cost).max(1.0)))
            .collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut least = 0.0;
        for (_, nanos) in &mut points {
            *nanos = nanos.max(least);
            least = *nanos;
        }
        points
    }

    /// Of the two nearest, measured in turns, the nearer: a machine that slows down meanwhile slows both.
    fn decide(&mut self, target: Duration, max_memory_kib: u32) -> Found {
        let mut best = self.known.clone();
        best.sort_by_key(|(_, took)| took.abs_diff(target));
        best.truncate(2);
        let rounds = if target > VERY_SLOW { 1 } else { FINAL };
        // The second is only in question while it may be the nearer one.
        if let [_, (_, second)] = best[..]
            && !near(second, target)
        {
            best.truncate(1);
        }
        let mut times = vec![Vec::new(); best.len()];
        for _ in 0..rounds {
            for ((cost, _), times) in best.iter().zip(&mut times) {
                times.push((self.time)(*cost));
            }
        }
        let measured = best
            .iter()
            .zip(times)
            .map(|((cost, _), times)| (*cost, median(times)));
        let nearest = measured.min_by_key(|(_, took)| took.abs_diff(target));
        let (cost, time) = nearest.unwrap_or((Policy::default().cost(), Duration::ZERO));
        let at_ceiling = cost.passes == MOST_PASSES && cost.memory_kib == max_memory_kib;
        let fit = match time.abs_diff(target) <= target * 15 / 100 {
            true => Fit::Target,
            false if at_ceiling && time < target => Fit::Ceiling,
            false => Fit::Unsteady,
        };
        Found { cost, time, fit }
    }
}

/// The memory of which one pass takes so many nanoseconds, on a line through the points, and in proportion beyond them.
fn memory_for(curve: &[(f64, f64)], nanos: f64) -> f64 {
    let above = curve.iter().position(|(_, known)| *known > nanos);
    let at = |place: usize| curve.get(place).copied();
    match (
        above.unwrap_or(curve.len()).checked_sub(1).and_then(at),
        above.and_then(at),
    ) {
        (Some((low, before)), Some((high, after))) => {
            low + (high - low) * (nanos - before) / (after - before)
        }
        (Some((memory, known)), None) | (None, Some((memory, known))) => memory * nanos / known,
        (None, None) => 0.0,
    }
}

/// Whether a memory is between two that are near each other and whose times are not.
fn is_cliff(curve: &[(f64, f64)], memory: f64) -> bool {
    curve.windows(2).any(|pair| match pair {
        [(low, before), (high, after)] => {
            (low..high).contains(&&memory) && high / low < CLIFF && after / before > CLIFF * CLIFF
        }
        _ => false,
    })
}

/// The policy to begin with, and to stay with where it is too slow: the default, or the nearest that the limit allows.
fn floor(max_memory_kib: u32) -> Cost {
    let passes = (2..=5).find(|passes| Policy::floor_kib(*passes) <= max_memory_kib);
    let passes = passes.unwrap_or(5);
    Cost {
        memory_kib: Policy::floor_kib(passes),
        passes,
        lanes: 1,
    }
}

fn near(took: Duration, target: Duration) -> bool {
    took.abs_diff(target) <= target / CLOSE
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// What the pool takes is what is searched.
const _: () = {
    let most = Ceilings::new(Cost {
        memory_kib: super::CalibrationLimits::MOST_MEMORY_KIB,
        passes: MOST_PASSES,
        lanes: 1,
    });
    assert!(most.cost.memory_kib == 65_536 && most.cost.passes == 10);
};

#[cfg(test)]
mod tests;
