//! The problem itself: what a client is told.

use std::borrow::Cow;

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{
    Value,
    value::{RawValue, to_raw_value},
};

use crate::ProblemType;

/// The media type of a problem in JSON (RFC 9457, section 3).
pub const MEDIA_TYPE: &str = "application/problem+json";

/// The member that carries the request's id.
const REQUEST_ID_MEMBER: &str = "request_id";

/// The member that carries the trace's id.
const TRACE_ID_MEMBER: &str = "trace_id";

/// A body of a megabyte may break a rule at each byte; nobody reads that many.
const MAX_VIOLATIONS: usize = 100;

/// Names that [`Problem`] writes itself, so no extension member may bear them.
const RESERVED: [&str; 7] = [
    "type",
    "title",
    "status",
    "detail",
    "instance",
    REQUEST_ID_MEMBER,
    TRACE_ID_MEMBER,
];

/// What a client is told about a failure (RFC 9457).
///
/// It has no place for a cause. An error's own text belongs in an
/// [`OperatorNote`](crate::OperatorNote), which is never sent.
///
/// A handler puts it into its response's extensions, beside an empty body; [`Problem::into_response`] does just that.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    status: StatusCode,
    kind: &'static str,
    title: Option<&'static str>,
    detail: Option<Cow<'static, str>>,
    instance: Option<Cow<'static, str>>,
    members: Vec<(&'static str, Member)>,
}

/// What an extension member holds.
#[derive(Clone, Debug)]
enum Member {
    Value(Value),
    /// As it will stand in the answer.
    Json(Box<RawValue>),
}

impl PartialEq for Member {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Value(one), Self::Value(other)) => one == other,
            (Self::Json(one), Self::Json(other)) => one.get() == other.get(),
            _ => false,
        }
    }
}

impl Serialize for Member {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => value.serialize(serializer),
            Self::Json(json) => json.serialize(serializer),
        }
    }
}

impl Problem {
    /// A problem that says no more than its status: type `about:blank`, the status phrase as title.
    ///
    /// Only a status of 400 to 599 is ever rendered.
    #[must_use]
    pub const fn new(status: StatusCode) -> Self {
        Self {
            status,
            kind: "about:blank",
            title: None,
            detail: None,
            instance: None,
            members: Vec::new(),
        }
    }

    /// A problem of this type, with its usual status.
    #[must_use]
    pub fn of(kind: &ProblemType) -> Self {
        Self {
            kind: kind.uri(),
            title: Some(kind.title()),
            detail: kind.detail().map(Cow::Borrowed),
            ..Self::new(kind.status())
        }
    }

    /// Sets the status, for a type that comes with several.
    #[must_use]
    pub const fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Sets the URI reference that names this type of problem (RFC 9457, section 3.1.1).
    #[must_use]
    pub const fn with_type(mut self, uri: &'static str) -> Self {
        self.kind = uri;
        self
    }

    /// Sets the short summary of the type. It is static on purpose: it must not change from case to case (section 3.1.3).
    #[must_use]
    pub const fn with_title(mut self, title: &'static str) -> Self {
        self.title = Some(title);
        self
    }

    /// Sets the text for this case. It goes to the client: no error's text, no input, no secret.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Sets the URI reference that names this case (section 3.1.5).
    #[must_use]
    pub fn with_instance(mut self, uri: impl Into<Cow<'static, str>>) -> Self {
        self.instance = Some(uri.into());
        self
    }

    /// Adds or replaces an extension member (section 3.2).
    ///
    /// A member named as one that this crate writes itself (`type`, `title`, `status`, `detail`, `instance`,
    /// `request_id`, `trace_id`) is dropped, for two members of one name make a document that readers understand differently.
    #[must_use]
    pub fn with_member(self, name: &'static str, value: impl Into<Value>) -> Self {
        self.with(name, Member::Value(value.into()))
    }

    /// The same for what serialises itself: written at once, without a tree of values between. What cannot be written is left out.
    #[must_use]
    pub fn with_serialized(self, name: &'static str, value: &impl Serialize) -> Self {
        match to_raw_value(value) {
            Ok(json) => self.with(name, Member::Json(json)),
            Err(_) => self,
        }
    }

    fn with(mut self, name: &'static str, member: Member) -> Self {
        if !RESERVED.contains(&name) {
            self.members.retain(|(known, _)| *known != name);
            self.members.push((name, member));
        }
        self
    }

    /// Adds the fields of a request that broke rules, as the member `violations` (the member of RFC 9457's own example is named
    /// `errors`; ours says what they are). At most 100 are told.
    #[must_use]
    pub fn with_violations(self, violations: impl IntoIterator<Item = Value>) -> Self {
        let violations: Vec<Value> = violations.into_iter().take(MAX_VIOLATIONS).collect();
        self.with_member("violations", violations)
    }

    /// The status that the response will have.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The type's URI reference.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        self.kind
    }

    /// The summary of the type: the one that was set, or the status phrase.
    #[must_use]
    pub fn title(&self) -> Option<&'static str> {
        self.title.or_else(|| self.status.canonical_reason())
    }

    /// The text for this case, if any.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// Whether the status is one that a problem can stand for: 400 to 599.
    #[must_use]
    pub fn is_renderable(&self) -> bool {
        self.status.is_client_error() || self.status.is_server_error()
    }

    /// A response of this status with an empty body and the problem in its extensions, for the layer to render.
    #[must_use]
    pub fn into_response<B: Default>(self) -> Response<B> {
        let mut response = Response::new(B::default());
        *response.status_mut() = self.status;
        response.extensions_mut().insert(self);
        response
    }

    /// The problem as JSON text, without a request id.
    #[must_use]
    pub fn to_json(&self) -> Bytes {
        self.render("", None, None)
    }

    /// The problem as JSON text, with the id under which operators find the request.
    #[must_use]
    pub fn to_json_for(&self, request_id: &str) -> Bytes {
        self.render("", Some(request_id), None)
    }

    pub(crate) fn render(&self, base: &str, request: Option<&str>, trace: Option<&str>) -> Bytes {
        // Every key is a string and the writer is memory, so this cannot fail; an empty object is a valid problem.
        serde_json::to_vec(&Wire {
            problem: self,
            base: if self.kind.starts_with('/') { base } else { "" },
            request,
            trace,
        })
        .map_or(Bytes::from_static(b"{}"), Bytes::from)
    }
}

/// The members in the order of RFC 9457, section 3.1, then the extensions.
struct Wire<'a> {
    problem: &'a Problem,
    base: &'a str,
    request: Option<&'a str>,
    trace: Option<&'a str>,
}

impl Serialize for Wire<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let problem = self.problem;
        let mut map = serializer.serialize_map(None)?;
        if self.base.is_empty() {
            map.serialize_entry("type", problem.kind)?;
        } else {
            map.serialize_entry("type", &format_args!("{}{}", self.base, problem.kind))?;
        }
        if let Some(title) = problem.title() {
            map.serialize_entry("title", title)?;
        }
        map.serialize_entry("status", &problem.status.as_u16())?;
        if let Some(detail) = &problem.detail {
            map.serialize_entry("detail", detail)?;
        }
        if let Some(instance) = &problem.instance {
            map.serialize_entry("instance", instance)?;
        }
        if let Some(request) = self.request {
            map.serialize_entry(REQUEST_ID_MEMBER, request)?;
        }
        if let Some(trace) = self.trace {
            map.serialize_entry(TRACE_ID_MEMBER, trace)?;
        }
        for (name, value) in &problem.members {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(problem: &Problem) -> String {
        String::from_utf8(problem.to_json().to_vec()).unwrap()
    }

    #[test]
    fn a_bare_problem_says_its_status_only() {
        let problem = Problem::new(StatusCode::NOT_FOUND);
        assert_eq!(
            text(&problem),
            r#"{"type":"about:blank","title":"Not Found","status":404}"#
        );
    }

    #[test]
    fn a_status_without_a_phrase_has_no_title() {
        let problem = Problem::new(StatusCode::from_u16(499).unwrap());
        assert_eq!(text(&problem), r#"{"type":"about:blank","status":499}"#);
    }

    #[test]
    fn all_members_stand_in_the_order_of_the_standard() {
        let problem = Problem::new(StatusCode::FORBIDDEN)
            .with_member("balance", 30)
            .with_type("https://example.com/probs/out-of-credit")
            .with_title("Out of credit")
            .with_detail("The balance is 30, the cost is 50.")
            .with_instance("/account/12345");
        assert_eq!(
            text(&problem),
            concat!(
                r#"{"type":"https://example.com/probs/out-of-credit","title":"Out of credit","status":403,"#,
                r#""detail":"The balance is 30, the cost is 50.","instance":"/account/12345","balance":30}"#
            )
        );
    }

    #[test]
    fn an_extension_cannot_take_a_standard_name_or_appear_twice() {
        let problem = Problem::new(StatusCode::CONFLICT)
            .with_member("status", 200)
            .with_member("request_id", "mine")
            .with_member("n", 1)
            .with_member("n", 2);
        assert_eq!(
            text(&problem),
            r#"{"type":"about:blank","title":"Conflict","status":409,"n":2}"#
        );
    }

    #[test]
    fn text_cannot_break_out_of_the_document() {
        let problem = Problem::new(StatusCode::BAD_REQUEST).with_detail("\"}\r\n{\"status\":200");
        let value: Value = serde_json::from_slice(&problem.to_json()).unwrap();
        assert_eq!(value["status"], 400);
        assert!(!text(&problem).contains('\n'));
    }

    #[test]
    fn the_request_id_is_a_member() {
        let text = Problem::new(StatusCode::GONE).to_json_for("a-1");
        let value: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(value["request_id"], "a-1");
    }

    #[test]
    fn only_errors_are_renderable() {
        for (status, renderable) in [
            (200, false),
            (304, false),
            (400, true),
            (599, true),
            (600, false),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(Problem::new(status).is_renderable(), renderable, "{status}");
        }
    }
}
