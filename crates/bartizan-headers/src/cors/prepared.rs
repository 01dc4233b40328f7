//! Answers to preflights, made when the policy is built.

use http::{
    HeaderMap, HeaderValue,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
        ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, VARY,
    },
};

use super::asked::Granted;

pub(super) const VARY_PREFLIGHT: HeaderValue = HeaderValue::from_static(
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
);
pub(super) const STAR: HeaderValue = HeaderValue::from_static("*");
pub(super) const TRUE: HeaderValue = HeaderValue::from_static("true");
const STAR_AND_AUTHORIZATION: HeaderValue = HeaderValue::from_static("*,authorization");

/// The answer to a preflight for one method. It is cloned as a whole and then gets what this request has of its own: half
/// the cost of writing six fields into a new map.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    plain: HeaderMap,
    /// With a place for `Access-Control-Allow-Headers`: a map that grows is copied.
    with_names: HeaderMap,
}

impl Prepared {
    /// `method`: none for the safelisted ones, on which browsers need no word.
    pub(super) fn new(
        method: Option<HeaderValue>,
        credentials: bool,
        max_age: HeaderValue,
    ) -> Self {
        let mut plain = HeaderMap::new();
        plain.insert(ACCESS_CONTROL_ALLOW_ORIGIN, STAR);
        if credentials {
            plain.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
        }
        if let Some(method) = method {
            plain.insert(ACCESS_CONTROL_ALLOW_METHODS, method);
        }
        plain.insert(ACCESS_CONTROL_MAX_AGE, max_age);
        plain.insert(VARY, VARY_PREFLIGHT);
        let mut with_names = plain.clone();
        with_names.insert(ACCESS_CONTROL_ALLOW_HEADERS, STAR);
        Self { plain, with_names }
    }

    /// `origin`: none for a policy that is for any.
    pub(super) fn answer(&self, origin: Option<HeaderValue>, names: Granted) -> HeaderMap {
        let names = match names {
            Granted::Nothing => None,
            Granted::Any => Some(STAR),
            Granted::AnyAndAuthorization => Some(STAR_AND_AUTHORIZATION),
            Granted::Asked(names) => Some(names),
        };
        let mut fields = match names {
            Some(_) => self.with_names.clone(),
            None => self.plain.clone(),
        };
        // `insert` makes room for one more first, also where it replaces, and then this map would grow
        if let (Some(names), Some(place)) = (names, fields.get_mut(ACCESS_CONTROL_ALLOW_HEADERS)) {
            *place = names;
        }
        if let (Some(origin), Some(place)) = (origin, fields.get_mut(ACCESS_CONTROL_ALLOW_ORIGIN)) {
            *place = origin;
        }
        fields
    }
}
