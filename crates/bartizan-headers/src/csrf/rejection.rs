//! What a refused request's answer says.

use http::{Response, StatusCode};

use crate::CrossOriginRefuse;

/// Why [`CrossOrigin`](crate::CrossOrigin) refused a request. It is in the response's extensions, beside an empty body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CrossOriginRejection(CrossOriginRefuse);

impl CrossOriginRejection {
    pub(crate) const fn new(reason: CrossOriginRefuse) -> Self {
        Self(reason)
    }

    /// Why.
    #[must_use]
    pub const fn reason(&self) -> CrossOriginRefuse {
        self.0
    }

    /// 403 (Forbidden; RFC 9110, section 15.5.4).
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        StatusCode::FORBIDDEN
    }

    pub(crate) fn into_response<B: Default>(self) -> Response<B> {
        let mut response = Response::new(B::default());
        *response.status_mut() = self.status();
        response.extensions_mut().insert(self);
        response
    }
}
