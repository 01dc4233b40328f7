//! Which routes a rule is for.

use std::{error::Error, fmt};

/// A pattern over route templates, or over paths where a router gives none.
///
/// `*` stands for one segment, `**` at the end for any number, none included: `/v1/**` matches `/v1` and `/v1/articles/{id}`.
/// Everything else is compared byte for byte: `//v1`, `/V1` and `/v1/./a` are other routes, as they are for a router that
/// does not normalise (axum's).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoutePattern {
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Any,
    Exact(Box<str>),
    /// Ends without a slash.
    Below(Box<str>),
    Segments {
        segments: Box<[Box<str>]>,
        open: bool,
    },
}

impl RoutePattern {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// A pattern that no route can match: without a leading slash, or with `**` before the end, or a `*` inside a segment.
    pub fn parse(pattern: &str) -> Result<Self, RoutePatternError> {
        let wrong = RoutePatternError { _private: () };
        if matches!(pattern, "**" | "/**") {
            return Ok(Self { kind: Kind::Any });
        }
        let path = pattern.strip_prefix('/').ok_or(wrong)?;
        let (path, open) = match path.strip_suffix("/**") {
            Some(path) => (path, true),
            None => (path, false),
        };
        let segments: Box<[Box<str>]> = path.split('/').map(Box::from).collect();
        let is_legal = |segment: &str| segment == "*" || !segment.contains(['*', '?', '#', ' ']);
        if !segments.iter().all(|segment| is_legal(segment)) {
            return Err(RoutePatternError { _private: () });
        }
        let plain = segments.iter().all(|segment| &**segment != "*");
        let kind = match (plain, open) {
            (true, true) => Kind::Below(format!("/{path}").into()),
            (true, false) => Kind::Exact(format!("/{path}").into()),
            (false, open) => Kind::Segments { segments, open },
        };
        Ok(Self { kind })
    }

    /// Whether this route is one of them.
    #[must_use]
    pub fn matches(&self, route: &str) -> bool {
        match &self.kind {
            Kind::Any => true,
            Kind::Exact(path) => **path == *route,
            Kind::Below(path) => route
                .strip_prefix(&**path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            Kind::Segments { segments, open } => {
                let Some(route) = route.strip_prefix('/') else {
                    return false;
                };
                let mut parts = route.split('/');
                let all = segments.iter().all(|segment| {
                    parts
                        .next()
                        .is_some_and(|part| &**segment == "*" || **segment == *part)
                });
                all && (*open || parts.next().is_none())
            }
        }
    }
}

/// No route can match the pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoutePatternError {
    _private: (),
}

impl fmt::Display for RoutePatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a pattern is like /v1/articles, /v1/*/tags or /v1/**")
    }
}

impl Error for RoutePatternError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_segments() {
        for (pattern, yes, no) in [
            ("**", &["/", "/a/b", "*"][..], &[][..]),
            (
                "/v1/**",
                &["/v1", "/v1/", "/v1/a/{id}"],
                &["/v10", "/v", "//v1", "/V1/a", "/./v1"],
            ),
            (
                "/v1/a",
                &["/v1/a"],
                &["/v1/a/", "/v1/a/b", "/v1/A", "//v1/a"],
            ),
            (
                "/v1/*/tags",
                &["/v1/{id}/tags"],
                &["/v1/tags", "/v1/a/b/tags", "/v1/a/tags/"],
            ),
            ("/v1/*/**", &["/v1/a", "/v1/a/b"], &["/v1", "/v2/a"]),
            ("/", &["/"], &["/a", ""]),
        ] {
            let parsed = RoutePattern::parse(pattern).unwrap();
            for route in yes {
                assert!(parsed.matches(route), "{pattern} {route}");
            }
            for route in no {
                assert!(!parsed.matches(route), "{pattern} {route}");
            }
        }
    }

    #[test]
    fn a_pattern_that_matches_nothing_is_refused() {
        for pattern in ["", "v1", "/v1/**/a", "/v1/a*", "/a b", "/a?b", "/***"] {
            assert!(RoutePattern::parse(pattern).is_err(), "{pattern}");
        }
    }
}
