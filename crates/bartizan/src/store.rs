use std::{
    future::Ready,
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};

use bartizan_ratelimit::{Answer, Change, Claim, Key, Limit, Memory, Outcome, Store};
#[cfg(feature = "redis")]
use bartizan_ratelimit::{Redis, RedisWait};

/// Where the limits of a [`Hardening`](crate::Hardening) count: chosen by configuration, so one type for all.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum LimitStore {
    /// In this process.
    Memory(Memory),
    /// In a server that all instances share.
    #[cfg(feature = "redis")]
    Redis(Redis),
}

impl Default for LimitStore {
    fn default() -> Self {
        Self::Memory(Memory::new())
    }
}

impl Store for LimitStore {
    type Wait = LimitWait;

    #[inline]
    fn decide(&self, claims: &[Claim<'_>], now: Instant) -> Answer<LimitWait> {
        match self {
            Self::Memory(memory) => match memory.decide(claims, now) {
                Answer::Now(outcome) => Answer::Now(outcome),
                Answer::Later(wait) => Answer::Later(LimitWait(Wait::Memory(wait))),
            },
            #[cfg(feature = "redis")]
            Self::Redis(redis) => match redis.decide(claims, now) {
                Answer::Now(outcome) => Answer::Now(outcome),
                Answer::Later(wait) => Answer::Later(LimitWait(Wait::Redis(Box::pin(wait)))),
            },
        }
    }

    fn settle(&self, limit: &Limit, key: Key, change: Change, now: Instant) {
        match self {
            Self::Memory(memory) => memory.settle(limit, key, change, now),
            #[cfg(feature = "redis")]
            Self::Redis(redis) => redis.settle(limit, key, change, now),
        }
    }
}

/// The answer of a [`LimitStore`], when it comes.
#[derive(Debug)]
pub struct LimitWait(Wait);

enum Wait {
    Memory(Ready<Outcome>),
    #[cfg(feature = "redis")]
    Redis(Pin<Box<RedisWait>>),
}

impl std::fmt::Debug for Wait {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wait(..)")
    }
}

impl Future for LimitWait {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        match &mut self.0 {
            Wait::Memory(ready) => Pin::new(ready).poll(cx),
            #[cfg(feature = "redis")]
            Wait::Redis(wait) => wait.as_mut().poll(cx),
        }
    }
}
