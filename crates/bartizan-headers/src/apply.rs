//! A policy meets a response.

use std::sync::atomic::Ordering;

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

use crate::{
    Authenticated, FloorExemption, NonceUsed, Policy, cookies::Repair, disclosure::discloses,
    fields::Preset, policy::Rules,
};

/// What is known of the request when its answer comes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Facts<'a> {
    pub(crate) https: bool,
    /// Whether it brought credentials.
    pub(crate) private: bool,
    /// The nonce, if the handler drew one.
    pub(crate) nonce: Option<&'a str>,
}

impl Policy {
    /// Puts the policy's fields on a response. `https` says whether the client came over HTTPS.
    ///
    /// The layer does this to all that passes it, and more: it draws nonces and knows the request's credentials. This call is
    /// for answers that are made elsewhere.
    pub fn apply<B>(&self, response: &mut Response<B>, https: bool) {
        self.apply_to(
            response,
            Facts {
                https,
                ..Facts::default()
            },
        );
    }

    pub(crate) fn apply_to<B>(&self, response: &mut Response<B>, facts: Facts<'_>) {
        let rules = self.rules();
        let extensions = response.extensions();
        let exempt = extensions.get::<FloorExemption>().is_some();
        let private = facts.private || extensions.get::<Authenticated>().is_some();
        let preset = preset(response.status(), response.headers());
        let mut fields = rules.prepared.map(preset, facts.https).clone();
        if let (Some(nonce), Preset::Document) = (facts.nonce, preset) {
            for (name, value) in rules.prepared.with_nonce(nonce, facts.https) {
                fields.insert(name, value);
            }
        }
        if private && rules.keeps_private && preset != Preset::Api {
            fields.insert(header::CACHE_CONTROL, NO_STORE);
        }
        // the set is cloned as a whole and the handler's few fields go on top: a third of the cost of ten inserts
        let own = std::mem::replace(response.headers_mut(), fields);
        if !own.is_empty() {
            let answer = Answer {
                rules,
                preset,
                https: facts.https,
                exempt,
            };
            answer.merge(response.headers_mut(), own);
        }
        if facts.nonce.is_some() {
            forbid_storing(response);
        }
    }
}

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// A stored nonce is known to everybody, so the handler has no say in this (CSP 3, section 7.1).
fn forbid_storing<B>(response: &mut Response<B>) {
    response.extensions_mut().insert(NonceUsed::new());
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, NO_STORE);
    // caches in front that know these do not read Cache-Control beside them (RFC 9213, section 2.1)
    let targeted: Vec<_> = headers
        .keys()
        .filter(|name| name.as_str().ends_with("cdn-cache-control") || *name == "surrogate-control")
        .cloned()
        .collect();
    for name in targeted {
        headers.remove(name);
    }
}

fn preset(status: StatusCode, headers: &HeaderMap) -> Preset {
    match headers.get(header::CONTENT_TYPE) {
        Some(value) if is_document(value) => Preset::Document,
        None if status == StatusCode::NOT_MODIFIED => Preset::Unchanged,
        _ => Preset::Api,
    }
}

/// Whether this is a type that browsers render as a page with its own scripts.
fn is_document(value: &HeaderValue) -> bool {
    let bytes = value.as_bytes();
    [&b"text/html"[..], b"application/xhtml+xml"]
        .iter()
        .any(|name| {
            bytes
                .split_at_checked(name.len())
                .is_some_and(|(start, rest)| {
                    start.eq_ignore_ascii_case(name)
                        && matches!(rest.first(), None | Some(b';' | b' ' | b'\t'))
                })
        })
}

/// One response on its way out.
struct Answer<'a> {
    rules: &'a Rules,
    preset: Preset,
    https: bool,
    exempt: bool,
}

impl Answer<'_> {
    /// Adds the handler's own fields to the set. The handler's value wins, but for the floor.
    fn merge(&self, fields: &mut HeaderMap, own: HeaderMap) {
        let (mut own_csp, mut own_frame_options) = (false, false);
        let mut last: Option<HeaderName> = None;
        for (name, value) in own {
            // `None` is a further value of the field before
            let Some(name) = name else {
                if let Some(name) = &last {
                    fields.append(name, self.repaired(name, value));
                }
                continue;
            };
            last = None;
            if self.rules.removes_disclosure && discloses(name.as_str())
                || name == header::X_CONTENT_TYPE_OPTIONS
            {
                continue;
            }
            if name == header::X_FRAME_OPTIONS {
                if !self.exempt {
                    continue;
                }
                own_frame_options = true;
            }
            own_csp |= name == header::CONTENT_SECURITY_POLICY;
            fields.insert(&name, self.repaired(&name, value));
            last = Some(name);
        }
        if own_csp && !self.exempt {
            fields.append(
                header::CONTENT_SECURITY_POLICY,
                self.rules.prepared.framing(self.preset).clone(),
            );
        }
        if own_csp && self.exempt && !own_frame_options {
            // the handler's policy decides alone; old browsers would read the set's field instead
            fields.remove(header::X_FRAME_OPTIONS);
        }
    }

    /// The value as it goes out: the same, but for cookies.
    fn repaired(&self, name: &HeaderName, value: HeaderValue) -> HeaderValue {
        match &self.rules.cookies {
            Some(repair) if name == header::SET_COOKIE => match repair.repair(&value, self.https) {
                Repair::Good => value,
                Repair::Better(better) => better,
                Repair::Hopeless => {
                    self.rules.unrepaired.fetch_add(1, Ordering::Relaxed);
                    value
                }
            },
            _ => value,
        }
    }
}
