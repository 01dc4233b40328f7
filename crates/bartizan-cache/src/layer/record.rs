//! What is recorded of an answer until it is whole.

use std::{sync::Arc, time::SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use super::Shared;
use crate::{Answer, Asked, Born, CacheTags, Entry, Forwarded, Key, Lead, NotStored, Storable};

/// One request that went to the handler, and what is known of it.
pub(super) struct Ask {
    pub(super) shared: Arc<Shared>,
    pub(super) key: Key,
    /// The request's own fields, before ours replaced its conditions.
    pub(super) request: HeaderMap,
    pub(super) is_authenticated: bool,
    pub(super) has_partition: bool,
    pub(super) route: Option<Box<str>>,
    pub(super) asked: SystemTime,
    pub(super) born: Born,
    /// `None` for one for whom nobody waits.
    pub(super) lead: Option<Lead>,
    /// What is stored and must be confirmed.
    pub(super) stale: Option<Arc<Entry>>,
    pub(super) or_if_error: bool,
    pub(super) why: Forwarded,
    pub(super) is_collapsed: bool,
}

impl Ask {
    pub(super) fn asked(&self) -> Asked<'_> {
        let mut asked = Asked::new(&Method::GET, &self.request);
        asked.is_authenticated = self.is_authenticated;
        asked.has_partition = self.has_partition;
        asked
    }

    /// Stores an answer and tells those that wait.
    pub(super) fn store(
        mut self,
        status: StatusCode,
        storable: Storable,
        body: Bytes,
        tags: CacheTags,
        confirms: Option<Arc<Entry>>,
    ) -> Result<Arc<Entry>, NotStored> {
        let now = self.shared.facts.now();
        let mut answer = Answer::new(status, storable, body, &self.request, self.born);
        answer.tags = tags;
        answer.route = self.route.as_deref();
        answer.confirms = confirms;
        let result = self.shared.store.put(&self.key, answer, now);
        if let Err(why) = &result {
            self.shared.tally.not_stored(*why);
        }
        let lead = self.lead.take();
        match (&result, lead) {
            (Ok(entry), Some(lead)) => lead.landed(entry),
            (Ok(_), None) => self.shared.flights.is_storable(&self.key),
            // another answer is on its way, or will be
            (Err(NotStored::Purged), Some(lead)) => lead.look_again(),
            (Err(_), Some(lead)) => lead.not_storable(now + self.shared.pass_for),
            (Err(_), None) => {}
        }
        result
    }

    /// The answer is not stored, and, unless that is by who asked, the next ones will not be either.
    pub(super) fn give_up(mut self, why: NotStored) {
        self.shared.tally.not_stored(why);
        let now = self.shared.facts.now();
        match (self.lead.take(), why) {
            (None, _) => {}
            // Others may do better: else one stranger with junk credentials would have all of them go alone.
            (Some(lead), NotStored::Credentials) => lead.look_again(),
            // the lead goes on to the next
            (Some(lead), NotStored::Truncated) => drop(lead),
            (Some(lead), _) => lead.not_storable(now + self.shared.pass_for),
        }
    }
}

/// Copies a body. Dropped before the end, it lets the next one lead.
pub(super) struct Recorder {
    ask: Ask,
    status: StatusCode,
    storable: Storable,
    tags: CacheTags,
    expected: Option<u64>,
    copy: Vec<u8>,
}

impl Recorder {
    /// Gives the request back, and why not, if the answer says itself that it cannot be recorded.
    pub(super) fn new(
        ask: Ask,
        status: StatusCode,
        mut storable: Storable,
        tags: CacheTags,
        received: SystemTime,
    ) -> Result<Self, Box<(Ask, NotStored)>> {
        let most = ask.shared.policy.max_body();
        let expected = match length(&storable.headers) {
            Ok(expected) => expected,
            Err(why) => return Err(Box::new((ask, why))),
        };
        if expected.is_some_and(|expected| expected > most as u64) {
            return Err(Box::new((ask, NotStored::TooLarge)));
        }
        dated(&mut storable, received);
        let copy = Vec::with_capacity(usize::try_from(expected.unwrap_or(0)).unwrap_or(0));
        Ok(Self {
            ask,
            status,
            storable,
            tags,
            expected,
            copy,
        })
    }

    pub(super) fn record(&mut self, data: &Bytes) -> Result<(), NotStored> {
        if self.copy.len().saturating_add(data.len()) > self.ask.shared.policy.max_body() {
            return Err(NotStored::TooLarge);
        }
        self.copy.extend_from_slice(data);
        Ok(())
    }

    /// Stores what was recorded. Whether it is stored now.
    pub(super) fn finish(self) -> bool {
        if self
            .expected
            .is_some_and(|expected| expected != self.copy.len() as u64)
        {
            self.ask.give_up(NotStored::Truncated);
            return false;
        }
        // exactly as long as it is: what is accounted is what is held
        let body = Bytes::from(self.copy.into_boxed_slice());
        let stored = self
            .ask
            .store(self.status, self.storable, body, self.tags, None);
        stored.is_ok()
    }

    pub(super) fn give_up(self, why: NotStored) {
        self.ask.give_up(why);
    }
}

/// With a date (RFC 9110, section 6.6.1): else a server adds one to each hit, and its age counts from there.
pub(super) fn dated(storable: &mut Storable, received: SystemTime) {
    if let Ok(date) = HeaderValue::try_from(httpdate::fmt_http_date(received)) {
        storable.headers.entry(header::DATE).or_insert(date);
    }
}

/// `Content-Length`, if it is one number.
fn length(headers: &HeaderMap) -> Result<Option<u64>, NotStored> {
    let mut lines = headers.get_all(header::CONTENT_LENGTH).iter();
    let Some(line) = lines.next() else {
        return Ok(None);
    };
    let text = line.to_str().ok().filter(|_| lines.next().is_none());
    match text.and_then(|text| text.parse().ok()) {
        Some(length) => Ok(Some(length)),
        None => Err(NotStored::Truncated),
    }
}
