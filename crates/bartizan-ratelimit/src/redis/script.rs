//! The scripts, what they are told and what they answer.

use ::redis::Cmd;
use smallvec::SmallVec;

use crate::{
    calendar::Calendar,
    claim::{Claim, INLINE},
    decision::{Decision, Verdict},
    key::Key,
    limit::Limit,
    quota::Quota,
    store::Change,
};

use super::pace::{Pace, stored};

/// A script and its name in the server's cache.
pub(crate) struct Script {
    text: &'static str,
    hash: String,
}

/// How a script is called: by its name, or once by its text, which also teaches the server its name.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Call {
    ByHash,
    ByText,
}

impl Script {
    pub(crate) fn decide() -> Self {
        Self::new(concat!(
            include_str!("calendar.lua"),
            include_str!("decide.lua")
        ))
    }

    pub(crate) fn settle() -> Self {
        Self::new(concat!(
            include_str!("calendar.lua"),
            include_str!("settle.lua")
        ))
    }

    fn new(text: &'static str) -> Self {
        let hash = ::redis::Script::new(text).get_hash().to_owned();
        Self { text, hash }
    }

    pub(crate) fn load(&self) -> Cmd {
        let mut command = ::redis::cmd("SCRIPT");
        command.arg("LOAD").arg(self.text);
        command
    }

    fn command(&self, call: Call, keys: usize) -> Cmd {
        let mut command = match call {
            Call::ByHash => ::redis::cmd("EVALSHA"),
            Call::ByText => ::redis::cmd("EVAL"),
        };
        command.arg(match call {
            Call::ByHash => &self.hash,
            Call::ByText => self.text,
        });
        command.arg(keys);
        command
    }
}

/// A claim that outlives its request's borrow.
#[derive(Clone, Debug)]
pub(crate) struct Owned {
    pub(crate) limit: Limit,
    pub(crate) key: Key,
    pub(crate) cost: u32,
}

impl Owned {
    pub(crate) fn claim(&self) -> Claim<'_> {
        Claim::new(&self.limit, self.key, self.cost)
    }
}

impl From<&Claim<'_>> for Owned {
    fn from(claim: &Claim<'_>) -> Self {
        Self {
            limit: claim.limit.clone(),
            key: claim.key,
            cost: claim.cost,
        }
    }
}

pub(crate) fn decide(script: &Script, call: Call, namespace: &str, claims: &[Owned]) -> Cmd {
    // Each key once, so that the script needs no look-ups by name.
    let mut keys = SmallVec::<[(Key, u8); 4]>::new();
    let mut places = SmallVec::<[usize; 4]>::new();
    for claim in claims {
        let quota = claim.limit.quota();
        let own = (stored(claim.key, quota), Pace::of(quota).letter());
        let place = keys.iter().position(|key| *key == own);
        places.push(place.unwrap_or(keys.len()) + 1);
        if place.is_none() {
            keys.push(own);
        }
    }
    let mut command = script.command(call, keys.len());
    for (key, letter) in &keys {
        command.arg(&*key_name(namespace, *letter, *key));
    }
    for (_, letter) in &keys {
        command.arg(&[*letter]);
    }
    for (claim, place) in claims.iter().zip(places) {
        let quota = claim.limit.quota();
        let pace = Pace::of(quota);
        command.arg(place).arg(pace.price(claim.cost));
        command.arg(pace.price(quota.burst().get()));
    }
    command
}

/// A change on its way to the store.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) limit: Limit,
    pub(crate) key: Key,
    pub(crate) change: Change,
}

pub(crate) fn settle(script: &Script, call: Call, namespace: &str, changes: &[Pending]) -> Cmd {
    let mut command = script.command(call, changes.len());
    for pending in changes {
        let letter = Pace::of(pending.quota()).letter();
        let key = stored(pending.key, pending.quota());
        command.arg(&*key_name(namespace, letter, key));
    }
    for pending in changes {
        let pace = Pace::of(pending.quota());
        let (name, cost, mark) = match &pending.change {
            Change::Refund(decision) => ("refund", decision.cost, mark(pace, decision)),
            Change::Penalty(cost) => ("penalty", *cost, 0),
            Change::Clear => ("clear", 0, 0),
        };
        command.arg(name).arg(&[pace.letter()]);
        command.arg(pace.price(cost)).arg(mark);
    }
    command
}

/// A penalty of a microsecond on a key of its own: whether scripts may write here.
pub(crate) fn probe(script: &Script, call: Call, namespace: &str) -> Cmd {
    let mut command = script.command(call, 1);
    command.arg(format!("{{{namespace}}}:probe"));
    command.arg("penalty").arg("r").arg(1).arg(0);
    command
}

impl Pending {
    /// The quota that the key's name says: a limit's may have changed since the decision.
    fn quota(&self) -> Quota {
        match &self.change {
            Change::Refund(decision) => decision.quota,
            _ => self.limit.quota(),
        }
    }
}

/// The key as the store knows it: `{namespace}:kind:hash`. What stands in braces chooses the shard, so one decision's keys
/// are on one; nothing of the caller is in it but the keyed hash.
fn key_name(namespace: &str, letter: u8, key: Key) -> SmallVec<[u8; 64]> {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut name = SmallVec::new();
    name.push(b'{');
    name.extend_from_slice(namespace.as_bytes());
    name.extend_from_slice(&[b'}', b':', letter, b':']);
    for byte in key.as_u128().to_be_bytes() {
        name.push(HEX[usize::from(byte >> 4)]);
        name.push(HEX[usize::from(byte & 15)]);
    }
    name
}

/// The highest bit of a decision's word says that it was taken from the store: a refund has to go there. A local word has it
/// never: neither 292 years of nanoseconds nor 2^31 windows of a minute have passed.
const FROM_STORE: u64 = 1 << 63;

/// Whether the store has taken it, rather than a table of this process.
pub(crate) const fn is_from_store(decision: &Decision) -> bool {
    decision.word & FROM_STORE != 0
}

/// What the script needs to know of an allowed decision to give it back.
const fn mark(pace: Pace, decision: &Decision) -> u64 {
    let word = decision.word & !FROM_STORE;
    match pace {
        Pace::Rate { .. } => word,
        Pace::Calendar(_) => word >> 32,
    }
}

/// What the script has answered, as decisions; `None` when it is no answer of ours.
pub(crate) fn decisions(claims: &[Owned], reply: &[i64]) -> Option<SmallVec<[Decision; INLINE]>> {
    let (now_us, pairs) = reply.split_first()?;
    if pairs.len() != 2 * claims.len() {
        return None;
    }
    let now_us = u64::try_from(*now_us).ok()?;
    let allowed = pairs.chunks_exact(2).all(|pair| pair[0] == 0);
    claims
        .iter()
        .zip(pairs.chunks_exact(2))
        .map(|(claim, pair)| decision(claim, now_us, pair[0], pair[1], allowed))
        .collect()
}

fn decision(claim: &Owned, now_us: u64, wait: i64, spent: i64, all: bool) -> Option<Decision> {
    let quota = claim.limit.quota();
    let spent = u64::try_from(spent).ok()?;
    let verdict = match wait {
        0 => Verdict::Allowed,
        -1 => Verdict::Never,
        _ => Verdict::Refused {
            wait_ns: u64::try_from(wait).ok()?.saturating_mul(1000),
        },
    };
    let (spent, left_ns, word) = match Pace::of(quota) {
        Pace::Rate {
            interval_ns,
            interval_us,
        } => {
            let debt_ns = Pace::debt_ns(interval_ns, interval_us, spent);
            (debt_ns, 0, now_us.saturating_add(spent))
        }
        Pace::Calendar(calendar) => {
            let (number, left_ns) = window(calendar, now_us);
            (spent, left_ns, number << 32)
        }
    };
    Some(Decision {
        quota,
        verdict,
        spent,
        left_ns,
        // Of a refused request nothing was taken; the claims that would have fit only show what is left.
        cost: match all || verdict != Verdict::Allowed {
            true => claim.cost,
            false => 0,
        },
        word: word | FROM_STORE,
    })
}

fn window(calendar: Calendar, now_us: u64) -> (u64, u64) {
    let window = calendar.window(now_us.saturating_mul(1000));
    (u64::from(window.number), window.left_ns)
}

#[cfg(test)]
mod tests;
