//! One request against the rules in force: what it must fit, and what follows from the answers.

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use http::{Extensions, Method, Uri};
use smallvec::SmallVec;

use crate::{
    caller::{Caller, Cost, Identity},
    claim::{Claim, Decisions, INLINE, decide_all},
    decision::Decision,
    fields::{Fields, Item},
    inflight::Permit,
    key::{Key, KeyPart, Keyer, prefix},
    limit::Limit,
    rejection::Rejection,
    rule::{KeyBy, Point},
    rules::{Counters, Ready, RuleSet, Told},
};

/// What a layer knows of a request.
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a Method,
    pub(crate) uri: &'a Uri,
    pub(crate) extensions: &'a Extensions,
}

/// A request that fits no list of networks and no ban, and what it must fit still.
#[derive(Debug, Default)]
pub(crate) struct Examined {
    pub(crate) hits: SmallVec<[Hit; INLINE]>,
    pub(crate) permits: Permits,
}

pub(crate) type Permits = SmallVec<[Permit; 1]>;

/// A rule that a request must fit, with its keys.
#[derive(Debug)]
pub(crate) struct Hit {
    rule: usize,
    narrow: Key,
    wide: Option<Key>,
    cost: u32,
}

/// Looks for the rules of this point that fit the request. Rules in shadow are decided here, in this process's memory: they
/// change nothing.
pub(crate) fn examine<C: Caller>(
    set: &RuleSet,
    caller: &C,
    point: Point,
    asked: &Asked<'_>,
    now: Instant,
    examined: &mut Examined,
) -> Result<(), Rejection> {
    let address = caller.address(asked.extensions);
    if address.is_some_and(|address| set.deny.contains(address)) {
        return Err(Rejection::Denied);
    }
    if address.is_some_and(|address| set.allow.contains(address)) {
        return Ok(());
    }
    let route = caller.route(asked.uri, asked.extensions);
    let cost = asked.extensions.get::<Cost>().map(|cost| cost.0);
    for (index, ready) in set.rules.iter().enumerate() {
        if ready.rule.point() != point || !ready.rule.fits(route, asked.method) {
            continue;
        }
        let keys = Keys {
            caller,
            asked,
            route,
            address,
        };
        let Some(narrow) = keys.narrow(ready) else {
            Counters::add(&ready.counters.without_key);
            continue;
        };
        let hit = Hit {
            rule: index,
            narrow,
            wide: keys.wide(ready),
            cost: cost.unwrap_or(ready.rule.cost.get()),
        };
        if ready.rule.shadow {
            let decisions = decide_all(&claims(set, std::slice::from_ref(&hit)), now);
            if !decisions.are_allowed() {
                Counters::add(&ready.counters.shadow_refused);
            }
            continue;
        }
        if let Some(left) = ready.bans.as_ref().and_then(|bans| bans.left(narrow, now)) {
            Counters::add(&ready.counters.refused);
            return Err(Rejection::Banned { retry_after: left });
        }
        if let Some((most, inflight)) = &ready.inflight {
            match inflight.acquire(narrow, *most) {
                Some(permit) => examined.permits.push(permit),
                None => {
                    Counters::add(&ready.counters.refused);
                    let rule = ready.rule.fields.then(|| Arc::clone(&ready.name));
                    return Err(Rejection::TooManyAtOnce { rule });
                }
            }
        }
        examined.hits.push(hit);
    }
    Ok(())
}

/// The claims of these rules: one each, and one more for the wider prefix of an IPv6 address.
pub(crate) fn claims<'a>(set: &'a RuleSet, hits: &[Hit]) -> SmallVec<[Claim<'a>; INLINE]> {
    let ready = hits
        .iter()
        .filter_map(|hit| Some((set.rules.get(hit.rule)?, hit)));
    ready.flat_map(|(ready, hit)| hit.claims(ready)).collect()
}

impl Hit {
    fn claims<'a>(&self, ready: &'a Ready) -> impl Iterator<Item = Claim<'a>> + use<'a> {
        let wide = ready.wide.as_ref().zip(self.wide);
        let wide = wide.map(|((_, limit), key)| Claim::new(limit, key, self.cost));
        std::iter::once(Claim::new(&ready.narrow, self.narrow, self.cost)).chain(wide)
    }
}

/// Each rule with the decisions on its claims, the narrow one first.
fn decided<'a>(
    set: &'a RuleSet,
    hits: &'a [Hit],
    decisions: &'a Decisions,
) -> impl Iterator<Item = (&'a Ready, &'a Hit, &'a [Decision])> {
    let mut rest = decisions.as_slice();
    hits.iter().filter_map(move |hit| {
        let ready = set.rules.get(hit.rule)?;
        let (own, others) = rest.split_at_checked(hit.claims(ready).count())?;
        rest = others;
        Some((ready, hit, own))
    })
}

/// The fields of the response, and the refusal if one of the rules refused.
pub(crate) fn conclude(
    set: &RuleSet,
    hits: &[Hit],
    decisions: &Decisions,
    now: Instant,
) -> (Fields, Option<Rejection>) {
    let mut told = SmallVec::<[Item<'_>; INLINE]>::new();
    let mut refused = SmallVec::<[(&Ready, Key, &Decision); 2]>::new();
    for (ready, hit, own) in decided(set, hits, decisions) {
        let Some(tightest) = own.iter().min_by_key(|decision| decision.remaining()) else {
            continue;
        };
        if let Some(decision) = own.iter().find(|decision| !decision.is_allowed()) {
            refused.push((ready, hit.narrow, decision));
            // What neighbours of the wider prefix have used up is no strike against this caller.
            let is_own = own.first().is_some_and(|narrow| !narrow.is_allowed());
            if let Some(bans) = ready.bans.as_ref().filter(|_| is_own) {
                bans.strike(hit.narrow, now);
            }
        }
        if let Some(Told { prefix, policy }) = &ready.told {
            told.push(Item {
                prefix,
                policy,
                quota: ready.rule.quota.burst().get(),
                remaining: tightest.remaining(),
                next: tightest.next_after(),
            });
        }
    }
    let fields = Fields::new(set.dialect, &told);
    if refused.is_empty() {
        return (fields, None);
    }
    for (ready, ..) in &refused {
        Counters::add(&ready.counters.refused);
    }
    let waits = refused
        .iter()
        .map(|(_, key, decision)| wait(*key, decision));
    // `None`, never, is the longest wait.
    let retry_after = waits.reduce(|one, other| Some(one?.max(other?))).flatten();
    let named = refused.iter().filter(|(ready, ..)| ready.rule.fields);
    let rules = named.map(|(ready, ..)| Arc::clone(&ready.name)).collect();
    let rejection = Rejection::QuotaExceeded { rules, retry_after };
    (fields, Some(rejection))
}

/// How long a caller is told to wait. All that wait for one turn of a calendar would come back in one second: they are spread
/// over a twentieth of the wait, at most ten seconds.
fn wait(key: Key, decision: &Decision) -> Option<Duration> {
    let wait = decision.retry_after()?;
    if decision.quota().interval().is_some() {
        return Some(wait);
    }
    let spread = (wait / 20).min(Duration::from_secs(10)).as_millis() as u64;
    let jitter = key.lower() % (spread + 1);
    Some(wait + Duration::from_millis(jitter))
}

struct Keys<'a, C> {
    caller: &'a C,
    asked: &'a Asked<'a>,
    route: &'a str,
    address: Option<IpAddr>,
}

impl<C: Caller> Keys<'_, C> {
    fn narrow(&self, ready: &Ready) -> Option<Key> {
        self.key(ready, ready.narrow.keyer(), ready.rule.v6.bits)
    }

    fn wide(&self, ready: &Ready) -> Option<Key> {
        let (bits, limit) = ready.wide.as_ref()?;
        let address = self.address?.to_canonical();
        address
            .is_ipv6()
            .then(|| self.key(ready, limit.keyer(), *bits))?
    }

    fn key(&self, ready: &Ready, keyer: &Keyer, v6_bits: u8) -> Option<Key> {
        if let [KeyBy::Address] = *ready.rule.key {
            return Some(keyer.address(prefix(self.address?, v6_bits)));
        }
        let mut parts = SmallVec::<[KeyPart<'_>; 3]>::new();
        for part in &ready.rule.key {
            let identity = |what| self.caller.identity(what, self.asked.extensions);
            parts.push(match part {
                KeyBy::Address => KeyPart::Address(prefix(self.address?, v6_bits)),
                KeyBy::Principal => identity(Identity::Principal)?,
                KeyBy::Account => identity(Identity::Account)?,
                KeyBy::Tenant => identity(Identity::Tenant)?,
                KeyBy::Route => KeyPart::Bytes(self.route.as_bytes()),
                KeyBy::Method => KeyPart::Bytes(self.asked.method.as_str().as_bytes()),
            });
        }
        Some(keyer.parts(&parts))
    }
}

/// Whether the cost of any of these rules is corrected when the response is there.
pub(crate) fn settles(set: &RuleSet, hits: &[Hit]) -> bool {
    let mut rules = hits.iter().filter_map(|hit| set.rules.get(hit.rule));
    rules.any(|ready| ready.rule.settled)
}

/// What was taken, for rules whose cost is corrected when the response is there.
pub(crate) fn settled(
    set: &RuleSet,
    hits: &[Hit],
    decisions: &Decisions,
) -> SmallVec<[(Limit, Key, Decision); 2]> {
    decided(set, hits, decisions)
        .filter(|(ready, ..)| ready.rule.settled)
        .flat_map(|(ready, hit, own)| hit.claims(ready).zip(own))
        .map(|(claim, decision)| (claim.limit.clone(), claim.key, *decision))
        .collect()
}
