//! The future of [`RateLimit`](crate::RateLimit).

use std::{
    fmt, mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Instant,
};

use http::{Request, Response};
use pin_project_lite::pin_project;
use smallvec::SmallVec;
use tower_service::Service;

use crate::{
    body::RateLimitBody,
    caller::Spent,
    claim::Decisions,
    decision::Decision,
    examine::{Examined, Hit, Permits, conclude, settled},
    fields::Fields,
    key::Key,
    limit::Limit,
    limiter::Limiter,
    rejection::Rejection,
    rules::RuleSet,
    store::{Change, Outcome, Store},
};

pin_project! {
    /// The future of [`RateLimit`](crate::RateLimit).
    pub struct ResponseFuture<S, St, Q>
    where
        S: Service<Request<Q>>,
        St: Store,
    {
        #[pin]
        kind: Kind<S, St, Q>,
    }
}

pin_project! {
    #[project = KindProj]
    enum Kind<S, St, Q>
    where
        S: Service<Request<Q>>,
        St: Store,
    {
        Passed {
            #[pin]
            future: S::Future,
            passed: Passed<St>,
        },
        Refused {
            refusal: Option<Box<(Rejection, Fields)>>,
        },
        // A round trip costs more than the box, which keeps request and service out of every local future.
        Deciding {
            deciding: Pin<Box<Deciding<S, St, Q>>>,
        },
    }
}

pin_project! {
    struct Deciding<S, St: Store, Q> {
        #[pin]
        wait: St::Wait,
        inner: S,
        request: Option<Request<Q>>,
        examined: Examined,
        set: Arc<RuleSet>,
        limiter: Limiter<St>,
        now: Instant,
    }
}

/// What a request that may go on takes along.
pub(crate) struct Passed<St> {
    fields: Fields,
    permits: Permits,
    settling: Option<Box<Settling<St>>>,
}

struct Settling<St> {
    limiter: Limiter<St>,
    taken: SmallVec<[(Limit, Key, Decision); 2]>,
}

impl<St: Store> Passed<St> {
    pub(crate) fn new(permits: Permits) -> Self {
        Self {
            fields: Fields::default(),
            permits,
            settling: None,
        }
    }

    pub(crate) fn with_fields(mut self, fields: Fields) -> Self {
        self.fields = fields;
        self
    }

    pub(crate) fn with_settling(
        mut self,
        limiter: &Limiter<St>,
        set: &RuleSet,
        hits: &[Hit],
        decisions: &Decisions,
    ) -> Self {
        if set.settles() {
            let taken: SmallVec<_> = settled(set, hits, decisions)
                .map(|(claim, decision)| (claim.limit.clone(), claim.key, decision))
                .collect();
            if !taken.is_empty() {
                self.settling = Some(Box::new(Settling {
                    limiter: limiter.clone(),
                    taken,
                }));
            }
        }
        self
    }

    fn finish<B>(&mut self, mut response: Response<B>) -> Response<RateLimitBody<B>> {
        if let Some(settling) = self.settling.take()
            && let Some(Spent(spent)) = response.extensions().get::<Spent>()
        {
            settling.settle(*spent, Instant::now());
        }
        mem::take(&mut self.fields).write(response.headers_mut());
        let permits = mem::take(&mut self.permits);
        response.map(|body| RateLimitBody::new(body, permits))
    }
}

impl<St: Store> Settling<St> {
    fn settle(self, spent: u32, now: Instant) {
        for (limit, key, mut decision) in self.taken {
            let change = match decision.cost().checked_sub(spent) {
                Some(0) => continue,
                Some(over) => {
                    decision.cost = over;
                    Change::Refund(decision)
                }
                None => Change::Penalty(spent - decision.cost()),
            };
            self.limiter.store().settle(&limit, key, change, now);
        }
    }
}

impl<S, St, Q> ResponseFuture<S, St, Q>
where
    S: Service<Request<Q>>,
    St: Store,
{
    pub(crate) const fn passed(future: S::Future, passed: Passed<St>) -> Self {
        Self {
            kind: Kind::Passed { future, passed },
        }
    }

    pub(crate) fn refused(rejection: Rejection) -> Self {
        Self::refused_with(rejection, Fields::default())
    }

    pub(crate) fn refused_with(rejection: Rejection, fields: Fields) -> Self {
        let refusal = Some(Box::new((rejection, fields)));
        Self {
            kind: Kind::Refused { refusal },
        }
    }

    pub(crate) fn deciding(
        wait: St::Wait,
        inner: S,
        request: Request<Q>,
        examined: Examined,
        set: Arc<RuleSet>,
        limiter: Limiter<St>,
        now: Instant,
    ) -> Self {
        let deciding = Box::pin(Deciding {
            wait,
            inner,
            request: Some(request),
            examined,
            set,
            limiter,
            now,
        });
        Self {
            kind: Kind::Deciding { deciding },
        }
    }
}

impl<S, St, Q> fmt::Debug for ResponseFuture<S, St, Q>
where
    S: Service<Request<Q>>,
    St: Store,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResponseFuture(..)")
    }
}

impl<S, St, Q> Deciding<S, St, Q>
where
    S: Service<Request<Q>>,
    St: Store,
{
    /// What follows from the answer; `None` if this future was polled after its end.
    fn next(self: Pin<&mut Self>, outcome: Outcome) -> Option<Kind<S, St, Q>> {
        let this = self.project();
        let refused = |rejection, fields| Kind::Refused {
            refusal: Some(Box::new((rejection, fields))),
        };
        let Ok(decisions) = outcome else {
            return Some(refused(Rejection::Unavailable, Fields::default()));
        };
        let Examined { hits, permits } = mem::take(this.examined);
        match conclude(this.set, &hits, &decisions, *this.now) {
            (fields, Some(rejection)) => Some(refused(rejection, fields)),
            (fields, None) => {
                let passed = Passed::new(permits).with_fields(fields).with_settling(
                    this.limiter,
                    this.set,
                    &hits,
                    &decisions,
                );
                let future = this.inner.call(this.request.take()?);
                Some(Kind::Passed { future, passed })
            }
        }
    }
}

impl<S, St, Q, B> Future for ResponseFuture<S, St, Q>
where
    S: Service<Request<Q>, Response = Response<B>>,
    St: Store,
    B: Default,
{
    type Output = Result<Response<RateLimitBody<B>>, S::Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            let next = match self.as_mut().project().kind.project() {
                KindProj::Passed { future, passed } => {
                    let response = ready!(future.poll(cx))?;
                    return Poll::Ready(Ok(passed.finish(response)));
                }
                KindProj::Refused { refusal } => {
                    let Some((rejection, fields)) = refusal.take().map(|refusal| *refusal) else {
                        // polled after its end, which no executor does
                        return Poll::Pending;
                    };
                    return Poll::Ready(Ok(rejection.into_response(fields)));
                }
                KindProj::Deciding { deciding } => {
                    let outcome = ready!(deciding.as_mut().project().wait.poll(cx));
                    deciding.as_mut().next(outcome)
                }
            };
            match next {
                Some(next) => self.as_mut().project().kind.set(next),
                None => return Poll::Pending,
            }
        }
    }
}
