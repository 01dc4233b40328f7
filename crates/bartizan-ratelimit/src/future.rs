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
    decision::Decision,
    examine::{Examined, Permits, conclude, settled, settles},
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
            refusal: Option<Refusal>,
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

    /// What follows from the store's answer on an examined request.
    #[inline]
    pub(crate) fn after(
        outcome: Outcome,
        examined: &mut Examined,
        limiter: &Limiter<St>,
        set: &RuleSet,
        now: Instant,
    ) -> Result<Self, Refusal> {
        let decisions = outcome.map_err(|_| Refusal::from(Rejection::Unavailable))?;
        let (fields, rejection) = conclude(set, &examined.hits, &decisions, now);
        if let Some(rejection) = rejection {
            return Err(Refusal(Box::new((rejection, fields))));
        }
        let settling = settles(set, &examined.hits).then(|| {
            Box::new(Settling {
                limiter: limiter.clone(),
                taken: settled(set, &examined.hits, &decisions),
            })
        });
        Ok(Self {
            fields,
            permits: mem::take(&mut examined.permits),
            settling,
        })
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

/// A rejection and the fields of its response. Boxed: few are, and every future would carry them.
pub(crate) struct Refusal(Box<(Rejection, Fields)>);

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        Self(Box::new((rejection, Fields::default())))
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

    pub(crate) fn refused(refusal: impl Into<Refusal>) -> Self {
        let refusal = Some(refusal.into());
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
        Some(
            match Passed::after(outcome, this.examined, this.limiter, this.set, *this.now) {
                Ok(passed) => Kind::Passed {
                    future: this.inner.call(this.request.take()?),
                    passed,
                },
                Err(refusal) => Kind::Refused {
                    refusal: Some(refusal),
                },
            },
        )
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
                    let Some(Refusal(refusal)) = refusal.take() else {
                        // polled after its end, which no executor does
                        return Poll::Pending;
                    };
                    let (rejection, fields) = *refusal;
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
