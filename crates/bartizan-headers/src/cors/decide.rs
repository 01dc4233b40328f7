//! What one request is, and what follows.

use http::{
    HeaderMap, HeaderValue, Method,
    header::{ACCESS_CONTROL_REQUEST_METHOD, ORIGIN},
};

use super::{
    fields::{CorsFields, Vary},
    policy::CorsPolicy,
    rejection::CorsRejection,
};

/// What a policy says to a request.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "Fetch knows these three, and callers have to handle each"
)]
pub enum CorsDecision {
    /// Without `Origin`: not cross-origin. The answer may be cached and read by one that is.
    NotCors {
        /// What belongs on the answer.
        fields: CorsFields,
    },
    /// A browser asks whether it may: answer now, 204 if it may and 403 if not.
    Preflight {
        /// What belongs on the answer.
        fields: CorsFields,
        /// Why not.
        refused: Option<CorsRejection>,
    },
    /// Every other request, `OPTIONS` included: the handler answers.
    Actual {
        /// What belongs on the answer, whoever makes it.
        fields: CorsFields,
        /// Why no script will read it.
        refused: Option<CorsRejection>,
    },
}

impl CorsPolicy {
    /// Decides by the request's method and fields alone.
    ///
    /// A preflight is `OPTIONS` with one `Origin` and with `Access-Control-Request-Method` (Fetch, section 4.8). Nothing is
    /// allocated for a request that is refused, however long its fields are.
    pub fn decide(&self, method: &Method, headers: &HeaderMap) -> CorsDecision {
        let rules = &self.rules;
        let vary = match rules.origins {
            Some(_) => Vary::Origin,
            None => Vary::Nothing,
        };
        let mut origins = headers.get_all(ORIGIN).iter();
        let Some(origin) = origins.next() else {
            // Fetch, section 3.3.6: a shared cache has one answer for all, so `*` has to stand in it already
            let fields = match rules.origins {
                // refused: what the handler says by itself is not kept for others by a cache that does not know `Vary`
                Some(_) => CorsFields::refused(vary),
                None => CorsFields::actual(vary, rules, None),
            };
            return CorsDecision::NotCors { fields };
        };
        let single = origins.next().is_none();
        // `*` is for whoever asks, and stands there without `Vary`: one answer without it would be stored for all
        let allowed = match rules.origins {
            Some(_) => single && self.allows_origin(origin.as_bytes()),
            None => true,
        };
        if method == Method::OPTIONS && single {
            let mut methods = headers.get_all(ACCESS_CONTROL_REQUEST_METHOD).iter();
            if let Some(asked) = methods.next() {
                let asked = methods.next().is_none().then_some(asked);
                return self.preflight(headers, origin, allowed, asked);
            }
        }
        if !allowed {
            return CorsDecision::Actual {
                fields: CorsFields::refused(vary),
                refused: Some(CorsRejection::Origin),
            };
        }
        let echoed = rules.origins.as_ref().map(|_| origin.clone());
        CorsDecision::Actual {
            fields: CorsFields::actual(vary, rules, echoed),
            refused: None,
        }
    }

    fn preflight(
        &self,
        headers: &HeaderMap,
        origin: &HeaderValue,
        allowed: bool,
        method: Option<&HeaderValue>,
    ) -> CorsDecision {
        let granted = if allowed {
            self.granted(headers, origin, method)
        } else {
            Err(CorsRejection::Origin)
        };
        let (fields, refused) = match granted {
            Ok(answer) => (CorsFields::preflight(answer), None),
            Err(rejection) => (CorsFields::refused(Vary::Preflight), Some(rejection)),
        };
        CorsDecision::Preflight { fields, refused }
    }

    fn granted(
        &self,
        headers: &HeaderMap,
        origin: &HeaderValue,
        method: Option<&HeaderValue>,
    ) -> Result<HeaderMap, CorsRejection> {
        let rules = &self.rules;
        let prepared = method
            .and_then(|method| rules.methods.find(method.as_bytes()))
            .ok_or(CorsRejection::Method)?;
        let names = rules.headers.grant(headers)?;
        let origin = rules.origins.as_ref().map(|_| origin.clone());
        Ok(prepared.answer(origin, names))
    }
}
