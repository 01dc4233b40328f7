//! What is written on an answer.

use std::sync::Arc;

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{
        self, ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
        ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
        ACCESS_CONTROL_MAX_AGE, Entry,
    },
};

use super::{
    policy::Rules,
    prepared::{STAR, TRUE, VARY_PREFLIGHT},
};

const VARY_ORIGIN: HeaderValue = HeaderValue::from_static("Origin");

/// All that a browser reads as permission.
const GRANTING: [HeaderName; 6] = [
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ACCESS_CONTROL_ALLOW_HEADERS,
    ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS,
    ACCESS_CONTROL_MAX_AGE,
];

/// The fields that belong on one answer. By default none.
#[derive(Clone, Debug, Default)]
#[must_use = "a decision without its fields is not carried out"]
pub struct CorsFields {
    vary: Vary,
    grant: Grant,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Vary {
    #[default]
    Nothing,
    Origin,
    Preflight,
}

#[derive(Clone, Debug, Default)]
enum Grant {
    /// The path has no policy.
    #[default]
    Nothing,
    /// A refused origin learns nothing, and a cache nothing from a request without one.
    Refused,
    Actual {
        rules: Arc<Rules>,
        origin: Option<HeaderValue>,
    },
    /// `Vary` included. Boxed, as the future of every request has room for it.
    Preflight(Box<HeaderMap>),
}

impl CorsFields {
    pub(super) const fn refused(vary: Vary) -> Self {
        Self {
            vary,
            grant: Grant::Refused,
        }
    }

    /// `origin`: none for a policy that is for any.
    pub(super) fn actual(vary: Vary, rules: &Arc<Rules>, origin: Option<HeaderValue>) -> Self {
        let rules = Arc::clone(rules);
        Self {
            vary,
            grant: Grant::Actual { rules, origin },
        }
    }

    pub(super) fn preflight(answer: HeaderMap) -> Self {
        Self {
            vary: Vary::Nothing,
            grant: Grant::Preflight(Box::new(answer)),
        }
    }

    /// Writes them.
    ///
    /// `Vary` is added to what is there. The other fields of CORS are replaced, and those that the policy does not send are
    /// removed: a handler that answers `*` by itself would undo the policy.
    pub fn write(self, headers: &mut HeaderMap) {
        match self.grant {
            Grant::Nothing => {}
            Grant::Refused => {
                for name in GRANTING {
                    headers.remove(name);
                }
            }
            Grant::Actual { rules, origin } => {
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.unwrap_or(STAR));
                if rules.credentials {
                    headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
                } else {
                    headers.remove(ACCESS_CONTROL_ALLOW_CREDENTIALS);
                }
                match &rules.expose {
                    Some(names) => headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, names.clone()),
                    None => headers.remove(ACCESS_CONTROL_EXPOSE_HEADERS),
                };
            }
            Grant::Preflight(answer) if headers.is_empty() => *headers = *answer,
            Grant::Preflight(mut answer) => {
                answer.remove(header::VARY);
                headers.extend(*answer);
                add_vary(headers, VARY_PREFLIGHT);
            }
        }
        match self.vary {
            Vary::Nothing => {}
            Vary::Origin => add_vary(headers, VARY_ORIGIN),
            Vary::Preflight => add_vary(headers, VARY_PREFLIGHT),
        }
    }
}

/// Appends a line, unless the ones that are there say as much.
fn add_vary(headers: &mut HeaderMap, value: HeaderValue) {
    match headers.entry(header::VARY) {
        Entry::Vacant(entry) => {
            entry.insert(value);
        }
        Entry::Occupied(mut entry) => {
            let names = |name: &[u8]| {
                entry.iter().any(|line| {
                    let mut elements = line.as_bytes().split(|byte| *byte == b',');
                    elements.any(|element| element.trim_ascii().eq_ignore_ascii_case(name))
                })
            };
            let missing = |element: &[u8]| !names(element.trim_ascii());
            if !names(b"*") && value.as_bytes().split(|byte| *byte == b',').any(missing) {
                entry.append(value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(before: &[&'static str], vary: Vary) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for value in before {
            headers.append(header::VARY, HeaderValue::from_static(value));
        }
        CorsFields::refused(vary).write(&mut headers);
        let all = headers.get_all(header::VARY).iter();
        all.map(|value| value.to_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn vary_is_added_and_never_overwritten() {
        for (before, vary, after) in [
            (&[][..], Vary::Nothing, &[][..]),
            (&[], Vary::Origin, &["Origin"]),
            (&["accept"], Vary::Nothing, &["accept"]),
            (&["accept"], Vary::Origin, &["accept", "Origin"]),
            (
                &["accept", "cookie"],
                Vary::Origin,
                &["accept", "cookie", "Origin"],
            ),
            (&["accept, origin"], Vary::Origin, &["accept, origin"]),
            (&["original"], Vary::Origin, &["original", "Origin"]),
            (&["*"], Vary::Preflight, &["*"]),
        ] {
            assert_eq!(written(before, vary), after, "{before:?}");
        }
        assert_eq!(written(&["Origin"], Vary::Preflight).len(), 2);
    }
}
