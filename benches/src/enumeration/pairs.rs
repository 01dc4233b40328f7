//! Pairs of requests over one connection, one of each kind right after the other, in random order.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use super::statistics::{Share, auc, percentile};
use super::wire::{Connection, Shape};
use crate::harness::Outcome;

/// Asked before anything is measured.
pub(crate) const WARM_UP: u32 = 50;

/// What the pairs of one case said.
#[derive(Debug)]
pub(crate) struct Measured {
    /// Medians, in microseconds.
    pub(crate) left: f64,
    pub(crate) right: f64,
    /// The chance that an answer of the right kind took longer.
    pub(crate) later: Share,
    /// All that the answers looked like: one, if nothing but time can tell them apart.
    pub(crate) shapes: BTreeSet<Shape>,
}

/// A fair coin. Its seed is new in each run, so that no order of the machine can agree with it.
#[derive(Debug)]
pub(crate) struct Coin(u64);

impl Coin {
    pub(crate) fn new() -> Outcome<Self> {
        Ok(Self(getrandom::u64()?))
    }

    /// SplitMix64 (Steele, Lea, Flood 2014); its highest bit.
    pub(crate) fn toss(&mut self) -> bool {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) >> 63 == 1
    }
}

/// Bodies for `path`, the left kind's and the right one's of a number.
pub(crate) type Bodies<'a> = [&'a dyn Fn(u32) -> String; 2];

pub(crate) fn measure(
    address: SocketAddr,
    path: &str,
    bodies: Bodies<'_>,
    pairs: u32,
) -> Outcome<Measured> {
    let mut connection = Connection::open(address)?;
    let mut coin = Coin::new()?;
    let mut times = [const { Vec::new() }; 2];
    let mut shapes = BTreeSet::new();
    let mut caller = 0;
    for number in 0..WARM_UP + pairs {
        let first = usize::from(coin.toss());
        for side in [first, 1 - first] {
            let body = bodies[side](number);
            caller += 1;
            let answer = connection.ask(path, caller, Some(&body))?;
            let status = answer.shape.status;
            if status == 429 || status == 503 || status == 404 {
                return Err(
                    format!("{path} answered {status}: that is no answer to compare").into(),
                );
            }
            if number >= WARM_UP {
                times[side].push(answer.took.as_secs_f64() * 1e6);
                shapes.insert(answer.shape);
            }
        }
    }
    let [left, right] = times;
    Ok(Measured {
        left: percentile(&left, 0.5),
        right: percentile(&right, 0.5),
        later: auc(&left, &right),
        shapes,
    })
}
