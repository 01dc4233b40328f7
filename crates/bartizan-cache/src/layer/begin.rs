//! What a request does next: by what is stored, and by who else asks.

use std::{sync::Arc, time::SystemTime};

use http::{HeaderMap, Method, header};

use super::{Shared, record::Ask, serve::Served};
use crate::{
    CacheStatus, Entry, Forwarded, Found, Join, Key, Lead, Reuse, Wait, make_conditional,
    request_control, reuse,
};

/// A request waits for so many flights; after that it goes alone. What landed did not fit it, or was purged.
const MOST_WAITS: u8 = 2;

/// A request that may be answered by the store.
pub(super) struct Visit {
    pub(super) shared: Arc<Shared>,
    pub(super) key: Key,
    pub(super) method: Method,
    pub(super) is_authenticated: bool,
    pub(super) has_partition: bool,
    pub(super) route: Option<Box<str>>,
    pub(super) now: SystemTime,
    pub(super) why: Forwarded,
    pub(super) stale: Option<Arc<Entry>>,
    pub(super) or_if_error: bool,
    pub(super) is_collapsed: bool,
    pub(super) waits: u8,
}

/// What it does next.
pub(super) enum Next {
    /// It is answered.
    Hit(Arc<Entry>),
    /// It asks the handler, perhaps for others too.
    Ask(Option<Lead>),
    /// It waits.
    Wait(Wait),
    /// It is sent on as it is, and its answer is not stored.
    Pass,
    /// It wanted nothing but what is stored (RFC 9111, section 5.2.1.7).
    NotHere,
}

impl Visit {
    /// Looks at the store, and joins or leads a flight if nothing there serves.
    pub(super) fn look(&mut self, headers: &HeaderMap) -> Next {
        self.look_with(headers, None)
    }

    /// The same for one that leads already: the answer may have landed before it took the lead.
    pub(super) fn look_with(&mut self, headers: &HeaderMap, mut lead: Option<Lead>) -> Next {
        let control = self
            .shared
            .policy
            .honours_requests()
            .then(|| request_control(headers));
        let mut serves_meanwhile = None;
        loop {
            // a second look is no second request
            let found = match &lead {
                None => self.shared.store.find(&self.key, headers),
                Some(_) => self.shared.store.peek(&self.key, headers),
            };
            match found {
                Found::Nothing => self.why = Forwarded::UriMiss,
                Found::OtherVariant => self.why = Forwarded::VaryMiss,
                Found::Entry {
                    entry,
                    is_purged_softly,
                } => {
                    match reuse(
                        entry.freshness(),
                        control.as_ref(),
                        is_purged_softly,
                        self.now,
                    ) {
                        Reuse::Fresh | Reuse::Stale => {
                            if let Some(lead) = lead {
                                lead.look_again();
                            }
                            return Next::Hit(entry);
                        }
                        Reuse::StaleWhileRevalidate => {
                            self.or_if_error = true;
                            serves_meanwhile = Some(entry.clone());
                        }
                        Reuse::Ask { or_if_error } => self.or_if_error = or_if_error,
                    }
                    let is_fresh = entry.freshness().stale_for(self.now).is_none();
                    self.why = if is_fresh {
                        Forwarded::Request
                    } else {
                        Forwarded::Stale
                    };
                    self.stale = Some(entry);
                }
            }
            if control
                .as_ref()
                .is_some_and(crate::CacheControl::is_only_if_cached)
            {
                return Next::NotHere;
            }
            if lead.is_some() {
                return Next::Ask(lead);
            }
            // A part or a head alone is no answer that could be stored.
            if self.method != Method::GET || headers.contains_key(header::RANGE) {
                return serves_meanwhile.map_or(Next::Pass, Next::Hit);
            }
            match self.shared.flights.join(&self.key, self.now) {
                // once more, for what landed since the look
                Join::Lead(taken) => lead = Some(taken),
                // RFC 5861, section 3, without a task: one refreshes, the others do not wait for it
                Join::Wait(_) | Join::Alone if serves_meanwhile.is_some() => {
                    return serves_meanwhile.map_or(Next::Pass, Next::Hit);
                }
                Join::Wait(wait) if self.waits < MOST_WAITS => {
                    self.waits += 1;
                    return Next::Wait(wait);
                }
                Join::Wait(_) | Join::Alone => return Next::Ask(None),
            }
        }
    }

    pub(super) fn serve(&self, entry: &Entry, headers: &HeaderMap) -> Served {
        let freshness = entry.freshness();
        let mut status = CacheStatus::hit(freshness.fresh_for(self.now));
        if let Some(by) = freshness.stale_for(self.now) {
            self.shared.tally.stale.raise(1);
            status = status.with_stale_for(by);
        }
        if self.is_collapsed {
            self.shared.tally.collapsed.raise(1);
            status = status.collapsed();
        }
        self.shared
            .serve(entry, &self.method, headers, self.now, status)
    }

    /// Sends the request on with our own conditions in the place of the client's: the handler must not say of a copy of the client's
    /// that it is good, when others wait for the whole.
    pub(super) fn into_ask(self, lead: Option<Lead>, headers: &mut HeaderMap) -> Ask {
        let request = headers.clone();
        let none = HeaderMap::new();
        make_conditional(
            headers,
            self.stale.as_ref().map_or(&none, |stale| stale.headers()),
        );
        let born = lead
            .as_ref()
            .map_or_else(|| self.shared.store.begin(), Lead::born);
        Ask {
            key: self.key,
            request,
            is_authenticated: self.is_authenticated,
            has_partition: self.has_partition,
            route: self.route,
            asked: self.shared.facts.now(),
            born,
            lead,
            stale: self.stale,
            or_if_error: self.or_if_error,
            why: self.why,
            is_collapsed: self.is_collapsed,
            shared: self.shared,
        }
    }
}
