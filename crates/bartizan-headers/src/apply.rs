//! A policy meets a response.

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

use crate::{FloorExemption, Policy, disclosure::discloses, fields::Preset, policy::Rules};

impl Policy {
    /// Puts the policy's fields on a response. `https` says whether the client came over HTTPS.
    ///
    /// The layer does this to all that passes it; this call is for answers that are made elsewhere.
    pub fn apply<B>(&self, response: &mut Response<B>, https: bool) {
        let rules = self.rules();
        let exempt = response.extensions().get::<FloorExemption>().is_some();
        let preset = preset(response.status(), response.headers());
        let fields = rules.prepared.map(preset, https).clone();
        // the set is cloned as a whole and the handler's few fields go on top: a third of the cost of ten inserts
        let own = std::mem::replace(response.headers_mut(), fields);
        if !own.is_empty() {
            merge(rules, response.headers_mut(), own, exempt);
        }
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

/// Adds the handler's own fields to the set. The handler's value wins, but for the floor.
fn merge(rules: &Rules, fields: &mut HeaderMap, own: HeaderMap, exempt: bool) {
    let (mut own_csp, mut own_frame_options) = (false, false);
    let mut last: Option<HeaderName> = None;
    for (name, value) in own {
        // `None` is a further value of the field before
        let Some(name) = name else {
            if let Some(name) = &last {
                fields.append(name, value);
            }
            continue;
        };
        last = None;
        if rules.removes_disclosure && discloses(name.as_str())
            || name == header::X_CONTENT_TYPE_OPTIONS
        {
            continue;
        }
        if name == header::X_FRAME_OPTIONS {
            if !exempt {
                continue;
            }
            own_frame_options = true;
        }
        own_csp |= name == header::CONTENT_SECURITY_POLICY;
        fields.insert(&name, value);
        last = Some(name);
    }
    if own_csp && !exempt {
        fields.append(
            header::CONTENT_SECURITY_POLICY,
            rules.prepared.framing.clone(),
        );
    }
    if own_csp && exempt && !own_frame_options {
        // the handler's policy decides alone; old browsers would read the set's field instead
        fields.remove(header::X_FRAME_OPTIONS);
    }
}
