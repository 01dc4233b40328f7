//! Why a policy answers as it does, in words for the person who has to find out.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use super::{CorsDecision, CorsPolicy, CorsRejection, names};
use crate::Origin;

/// What a policy says to a script's request, rule by rule. Its `Display` has a line for each.
///
/// ```
/// use bartizan_headers::CorsPolicy;
///
/// let policy = CorsPolicy::builder().origins(["https://*.example.com"]).methods(["PUT"]).build()?;
/// let explanation = policy.explain("https://app.example.com", "DELETE", &["content-type"]);
/// assert!(!explanation.is_allowed());
/// assert_eq!(
///     explanation.to_string(),
///     "origin https://app.example.com: allowed by https://*.example.com\n\
///      method DELETE: not listed (PUT)\n\
///      request header content-type: not listed\n\
///      preflight: 403, the method is not allowed across origins",
/// );
/// # Ok::<(), bartizan_headers::CorsErrors>(())
/// ```
#[derive(Clone, Debug)]
pub struct Explanation {
    lines: Vec<String>,
    refused: Option<CorsRejection>,
}

impl Explanation {
    /// Whether a script of this origin may make the request and read the answer.
    #[must_use]
    pub const fn is_allowed(&self) -> bool {
        self.refused.is_none()
    }

    /// What the browser is refused for.
    #[must_use]
    pub const fn refused(&self) -> Option<CorsRejection> {
        self.refused
    }

    /// A line for each rule.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines.join("\n"))
    }
}

impl CorsPolicy {
    /// Explains what happens to a script's request with this method and these request fields, those that a form could not send.
    ///
    /// It asks [`decide`](Self::decide), so it cannot say something else. It writes text and is not for every request.
    #[must_use]
    pub fn explain(&self, origin: &str, method: &str, request_headers: &[&str]) -> Explanation {
        let mut lines = vec![
            format!("origin {origin}: {}", self.on_origin(origin)),
            format!("method {method}: {}", self.on_method(method)),
        ];
        for name in request_headers {
            lines.push(format!("request header {name}: {}", self.on_header(name)));
        }
        let preflight =
            !names::is_safelisted_method(method.as_bytes()) || !request_headers.is_empty();
        let refused = self.asked(origin, method, request_headers, preflight);
        let step = if preflight {
            "preflight"
        } else {
            "no preflight"
        };
        lines.push(match refused {
            Some(reason) if preflight => format!("{step}: 403, {reason}"),
            Some(reason) => format!("{step}: the script cannot read the answer, {reason}"),
            None => format!("{step}: the script can read the answer"),
        });
        Explanation { lines, refused }
    }

    /// What [`decide`](Self::decide) says to the request that the browser makes first.
    fn asked(
        &self,
        origin: &str,
        method: &str,
        request_headers: &[&str],
        preflight: bool,
    ) -> Option<CorsRejection> {
        let mut headers = HeaderMap::new();
        let mut put = |name: HeaderName, text: &str| {
            let value = HeaderValue::from_str(text).ok();
            value.map(|value| headers.insert(name, value)).is_some()
        };
        // what is no field value cannot be asked for
        if !put(header::ORIGIN, origin) {
            return Some(CorsRejection::Origin);
        }
        if preflight && !put(header::ACCESS_CONTROL_REQUEST_METHOD, method) {
            return Some(CorsRejection::Method);
        }
        let list = request_headers.join(",");
        if !list.is_empty() && !put(header::ACCESS_CONTROL_REQUEST_HEADERS, &list) {
            return Some(CorsRejection::RequestHeader);
        }
        let sent = if preflight {
            Method::OPTIONS
        } else {
            Method::GET
        };
        match self.decide(&sent, &headers) {
            CorsDecision::NotCors { .. } => None,
            CorsDecision::Preflight { refused, .. } | CorsDecision::Actual { refused, .. } => {
                refused
            }
        }
    }

    fn on_origin(&self, origin: &str) -> String {
        let Some(set) = self.origins() else {
            return "any is allowed".to_owned();
        };
        if let Some(pattern) = set.find(origin.as_bytes()) {
            return format!("allowed by {pattern}");
        }
        if let Err(error) = Origin::parse(origin) {
            return format!("not allowed: {error}");
        }
        // the two slips that are made most often
        let other = match origin.split_once("://") {
            Some(("http", rest)) => format!("https://{rest}"),
            Some(("https", rest)) => format!("http://{rest}"),
            _ => String::new(),
        };
        if set.contains(other.as_bytes()) {
            return format!("not allowed, unlike {other}");
        }
        let own_port = origin.rsplit_once(':').map_or("", |(start, _)| start);
        if set.contains(own_port.as_bytes()) {
            return format!("not allowed with this port, unlike {own_port}");
        }
        format!("none of {} patterns is for it", set.len())
    }

    fn on_method(&self, method: &str) -> String {
        if names::is_safelisted_method(method.as_bytes()) {
            return "needs no permission".to_owned();
        }
        if self.rules.methods.find(method.as_bytes()).is_some() {
            return "allowed".to_owned();
        }
        if let Some(meant) = names::meant_method(method) {
            return format!("methods differ by case, {meant} is meant");
        }
        match self.rules.methods.listed() {
            list if list.is_empty() => "not listed (none is)".to_owned(),
            list => format!("not listed ({list})"),
        }
    }

    fn on_header(&self, name: &str) -> &'static str {
        let headers = &self.rules.headers;
        let authorization = name.eq_ignore_ascii_case("authorization");
        if headers.lists(name.as_bytes()) {
            "allowed"
        } else if headers.any() && authorization {
            "not included in any, so it has to be listed"
        } else if headers.any() {
            "any is allowed"
        } else {
            "not listed"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_that_refuses_is_named() {
        let policy = CorsPolicy::builder()
            .origins(["https://example.com", "https://*.example.org"])
            .methods(["PATCH"])
            .request_headers(["x-a"])
            .build()
            .unwrap();
        for (origin, method, headers, allowed, part) in [
            (
                "https://example.com",
                "GET",
                &[][..],
                true,
                "no preflight: the script can read",
            ),
            (
                "https://example.com",
                "PATCH",
                &["X-A"],
                true,
                "preflight: the script can read",
            ),
            (
                "https://a.example.org",
                "GET",
                &[],
                true,
                "allowed by https://*.example.org",
            ),
            (
                "http://example.com",
                "GET",
                &[],
                false,
                "unlike https://example.com",
            ),
            (
                "https://example.com:8443",
                "GET",
                &[],
                false,
                "with this port, unlike https://example.com",
            ),
            (
                "https://example.com/",
                "GET",
                &[],
                false,
                "does not end in a slash",
            ),
            (
                "https://evil.example",
                "GET",
                &[],
                false,
                "none of 2 patterns",
            ),
            (
                "https://evil.example",
                "PATCH",
                &[],
                false,
                "preflight: 403, the origin",
            ),
            ("https://example.com", "patch", &[], false, "PATCH is meant"),
            (
                "https://example.com",
                "PUT",
                &[],
                false,
                "not listed (PATCH)",
            ),
            (
                "https://example.com",
                "GET",
                &["x-b"],
                false,
                "request header x-b: not listed",
            ),
            ("a\nb", "GET", &[], false, "not allowed"),
            ("https://example.com", "A\n", &[], false, "403, the method"),
            (
                "https://example.com",
                "GET",
                &["a\n"],
                false,
                "403, a request header",
            ),
        ] {
            let explanation = policy.explain(origin, method, headers);
            assert_eq!(explanation.is_allowed(), allowed, "{explanation}");
            assert!(explanation.to_string().contains(part), "{explanation}");
        }
    }

    #[test]
    fn any_leaves_authorization_out() {
        let policy = CorsPolicy::builder()
            .any_origin()
            .any_request_header()
            .build()
            .unwrap();
        let explanation = policy.explain("https://a.test", "GET", &["authorization", "x-a"]);
        assert_eq!(explanation.refused(), Some(CorsRejection::RequestHeader));
        assert!(
            explanation
                .lines()
                .any(|line| line.contains("has to be listed"))
        );
        assert!(policy.explain("null", "GET", &["x-a"]).is_allowed());
    }
}
