//! A decision on its way.

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, atomic::Ordering::Relaxed},
    task::{Context, Poll},
    time::Instant,
};

use smallvec::SmallVec;

use crate::{
    claim::{Claim, Decisions},
    store::Outcome,
};

use super::{
    fallback,
    link::{Failed, Link},
    script::{self, Owned},
};

/// The answer of the store, or of what decides in its place when it takes longer than the time limit.
///
/// Dropped before its end, it may have taken the cost or not.
pub struct RedisWait {
    // One box a network round trip.
    future: Pin<Box<dyn Future<Output = Outcome> + Send>>,
}

impl RedisWait {
    pub(crate) fn new(link: Arc<Link>, claims: SmallVec<[Owned; 4]>, now: Instant) -> Self {
        Self {
            future: Box::pin(decide(link, claims, now)),
        }
    }
}

impl Future for RedisWait {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        self.future.as_mut().poll(cx)
    }
}

impl fmt::Debug for RedisWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisWait").finish_non_exhaustive()
    }
}

async fn decide(link: Arc<Link>, claims: SmallVec<[Owned; 4]>, now: Instant) -> Outcome {
    match ask(&link, &claims).await {
        Ok(decisions) => {
            learn(&link, &claims, &decisions, now);
            Ok(decisions)
        }
        Err(Failed) => {
            link.counters.fallbacks.fetch_add(1, Relaxed);
            let claims: SmallVec<[Claim<'_>; 4]> = claims.iter().map(Owned::claim).collect();
            fallback::decide(&claims, link.instances, now)
        }
    }
}

async fn ask(link: &Link, claims: &[Owned]) -> Result<Decisions, Failed> {
    let reply: Vec<i64> = link
        .call(|call| script::decide(&link.decide, call, &link.namespace, claims))
        .await?;
    let decisions = script::decisions(claims, &reply).ok_or_else(|| link.misunderstood())?;
    Ok(Decisions(decisions))
}

/// What this process keeps of an answer: refusals, so that it need not ask again, or else a count for the time when it cannot.
fn learn(link: &Link, claims: &[Owned], decisions: &Decisions, now: Instant) {
    let allowed = decisions.are_allowed();
    for (claim, decision) in claims.iter().zip(decisions.as_slice()) {
        if allowed {
            fallback::keep_warm(&claim.claim(), link.instances, now);
            continue;
        }
        // A key that is named twice may be refused for what this very request would have taken.
        let named = claims.iter().filter(|other| other.key == claim.key).count();
        if named == 1 {
            link.deny
                .remember(claim.key, claim.limit.quota(), decision, now);
        }
    }
}
