//! What becomes of the handler's answer.

use std::{hash::BuildHasher, task::Context, time::SystemTime};

use bytes::Bytes;
use http::{Method, Response, StatusCode, header};
use http_body::Body;

use super::{
    CacheBody,
    body::Recorded,
    record::{Ask, Recorder, dated},
    serve::Served,
};
use crate::{
    CACHE_STATUS, CacheStatus, CacheTags, NotStored, Storable, Times, confirmed, is_failure,
    jittered,
};

impl Ask {
    /// The head came.
    pub(super) fn answered<B: Body<Data = Bytes>>(
        self,
        mut response: Response<B>,
        cx: &mut Context<'_>,
    ) -> Response<CacheBody<B>> {
        let received = self.shared.facts.now();
        let mut tags = response
            .extensions_mut()
            .remove::<CacheTags>()
            .unwrap_or_default();
        tags.take_from(response.headers_mut());
        let code = response.status();
        let status = self.status(code);
        if code == StatusCode::NOT_MODIFIED && self.stale.is_some() {
            return self.confirm(&response, tags, received, status);
        }
        if is_failure(code) && self.or_if_error && self.stale.is_some() {
            return self.stand_in(status);
        }
        let judged = if self.shared.facts.may_store(response.extensions()) {
            let times = Times::new(self.asked, received);
            let policy = &self.shared.policy;
            policy.storable(&self.asked(), code, response.headers(), times)
        } else {
            Err(NotStored::Marked)
        };
        let shared = self.shared.clone();
        let recorder = match judged {
            Ok(mut storable) => {
                self.jitter(&mut storable, received);
                Recorder::new(self, code, storable, tags, received)
            }
            Err(why) => Err(Box::new((self, why))),
        };
        let (mut parts, body) = response.into_parts();
        let (status, body) = match recorder {
            Ok(recorder) => {
                let mut recorded = Recorded::new(body, recorder);
                recorded.take_ready(cx);
                let is_done = recorded.is_stored();
                let status = if is_done { status.stored() } else { status };
                (status, CacheBody::recorded(recorded))
            }
            Err(refused) => {
                let (ask, why) = *refused;
                ask.give_up(why);
                (status.with_detail(why.as_str()), CacheBody::pass(body))
            }
        };
        parts
            .headers
            .append(CACHE_STATUS, status.to_value(&shared.name));
        Response::from_parts(parts, body)
    }

    /// There is no answer.
    pub(super) fn failed<B: Body<Data = Bytes>, E>(
        self,
        error: E,
    ) -> Result<Response<CacheBody<B>>, E> {
        if self.or_if_error && self.stale.is_some() {
            let status = CacheStatus::forwarded(self.why).with_detail("error");
            return Ok(self.stand_in(status));
        }
        // the lead goes on to the next
        Err(error)
    }

    fn status(&self, code: StatusCode) -> CacheStatus {
        let status = CacheStatus::forwarded(self.why).with_status(code);
        if self.is_collapsed {
            status.collapsed()
        } else {
            status
        }
    }

    fn jitter(&self, storable: &mut Storable, received: SystemTime) {
        let percent = self.shared.policy.jitter_percent();
        // the upper half of a keyed hash: nobody can tell it
        let chance = self.shared.chance.hash_one((&self.key, received)) >> 32;
        let lifetime = storable.freshness.lifetime();
        let cut = jittered(lifetime, percent, u32::try_from(chance).unwrap_or(0));
        storable.freshness = storable.freshness.shortened_to(cut);
    }

    /// What is stored is still good (RFC 9111, section 4.3.4).
    fn confirm<B: Body<Data = Bytes>>(
        mut self,
        response: &Response<B>,
        tags: CacheTags,
        received: SystemTime,
        status: CacheStatus,
    ) -> Response<CacheBody<B>> {
        let shared = self.shared.clone();
        let request = self.request.clone();
        let Some(stale) = self.stale.take() else {
            return Served {
                code: StatusCode::NOT_MODIFIED,
                headers: response.headers().clone(),
                body: Bytes::new(),
            }
            .into_response();
        };
        let mut headers = confirmed(stale.headers(), response.headers());
        // It is as old as the 304, not as the body. A 304 without a date is of now (RFC 9110, section 6.6.1).
        if !response.headers().contains_key(header::DATE) {
            headers.remove(header::DATE);
        }
        if let Some(age) = response.headers().get(header::AGE) {
            headers.insert(header::AGE, age.clone());
        }
        let times = Times::new(self.asked, received);
        let judged = shared
            .policy
            .storable(&self.asked(), stale.status(), &headers, times);
        shared.tally.confirmed.raise(1);
        let stored = match judged {
            Ok(mut storable) => {
                self.jitter(&mut storable, received);
                dated(&mut storable, received);
                let body = stale.body().clone();
                self.store(stale.status(), storable, body, tags, Some(stale.clone()))
                    .ok()
            }
            Err(why) => {
                // not for others, such as a cookie that came with it
                self.give_up(why);
                headers.append(CACHE_STATUS, status.to_value(&shared.name));
                return Served {
                    code: stale.status(),
                    headers,
                    body: stale.body().clone(),
                }
                .into_response();
            }
        };
        let status = if stored.is_some() {
            status.stored()
        } else {
            status
        };
        let entry = stored.unwrap_or(stale);
        shared
            .serve(&entry, &Method::GET, &request, received, status)
            .into_response()
    }

    /// The stale answer stands in for a failure (RFC 5861, section 4), for all that wait too.
    fn stand_in<B: Body<Data = Bytes>>(mut self, status: CacheStatus) -> Response<CacheBody<B>> {
        let now = self.shared.facts.now();
        let lead = self.lead.take();
        let Some(stale) = self.stale.take() else {
            return Served {
                code: StatusCode::BAD_GATEWAY,
                headers: http::HeaderMap::new(),
                body: Bytes::new(),
            }
            .into_response();
        };
        self.shared.tally.stale.raise(1);
        if let Some(lead) = lead {
            lead.landed(&stale);
        }
        self.shared
            .serve(&stale, &Method::GET, &self.request, now, status)
            .into_response()
    }
}
