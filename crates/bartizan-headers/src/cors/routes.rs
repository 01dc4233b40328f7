//! Which policy is for which path.

use std::{
    cmp::Reverse,
    collections::{HashMap, hash_map::Entry},
};

use super::{
    CorsPolicy,
    error::{CorsError, CorsErrors, CorsReason},
};

/// A policy for each group of paths.
///
/// A preflight comes before its request, with another method, so a router may not know it: the request's path alone
/// decides, for both alike. It is compared byte for byte as it was sent, like routers that do not normalise.
///
/// ```
/// use bartizan_headers::{CorsPolicies, CorsPolicy};
///
/// let public = CorsPolicy::builder().any_origin().build()?;
/// let app = CorsPolicy::builder().origins(["https://app.example.com"]).credentials().build()?;
/// let policies = CorsPolicies::new([
///     ("/v1/**", Some(app)),
///     ("/v1/articles", Some(public)),
///     ("/v1/internal/**", None),
/// ])?;
/// assert!(policies.policy("/v1/account").is_some_and(|policy| policy.allows_credentials()));
/// assert!(policies.policy("/v1/articles").is_some_and(|policy| !policy.allows_credentials()));
/// assert!(policies.policy("/v1/internal/x").is_none());
/// assert!(policies.policy("/health").is_none());
/// # Ok::<(), bartizan_headers::CorsErrors>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct CorsPolicies {
    exact: HashMap<Box<str>, Option<CorsPolicy>>,
    /// Without the slash at the end, the longest first.
    below: Vec<(Box<str>, Option<CorsPolicy>)>,
}

impl CorsPolicies {
    /// Policies by pattern: `/v1/articles` is for this path, `/v1/**` for it and all below, `/**` for all. An exact path
    /// goes before all others, a longer one before a shorter. A pattern without a policy excepts paths from a wider one.
    ///
    /// # Errors
    ///
    /// [`CorsReason::Route`] for a text that is no such pattern and [`CorsReason::Duplicate`], all at once, with paths such
    /// as `routes[2]`.
    pub fn new<T, P>(routes: impl IntoIterator<Item = (T, P)>) -> Result<Self, CorsErrors>
    where
        T: AsRef<str>,
        P: Into<Option<CorsPolicy>>,
    {
        let mut policies = Self::default();
        let mut seen: HashMap<Box<str>, usize> = HashMap::new();
        let mut errors = Vec::new();
        for (index, (text, policy)) in routes.into_iter().enumerate() {
            let text = text.as_ref();
            let path = || format!("routes[{index}]");
            let Some(pattern) = read(text) else {
                let reason = CorsReason::Route { text: text.into() };
                errors.push(CorsError::new(path(), reason));
                continue;
            };
            match seen.entry(text.into()) {
                Entry::Vacant(entry) => entry.insert(index),
                Entry::Occupied(entry) => {
                    let first = format!("routes[{}]", entry.get()).into();
                    errors.push(CorsError::new(path(), CorsReason::Duplicate { first }));
                    continue;
                }
            };
            match pattern {
                Pattern::Exact(path) => {
                    policies.exact.insert(path.into(), policy.into());
                }
                Pattern::Below(path) => policies.below.push((path.into(), policy.into())),
            }
        }
        if !errors.is_empty() {
            return Err(CorsErrors(errors));
        }
        policies.below.sort_by_key(|(path, _)| Reverse(path.len()));
        Ok(policies)
    }

    /// The policy for a request to this path.
    #[must_use]
    pub fn policy(&self, path: &str) -> Option<&CorsPolicy> {
        if !self.exact.is_empty()
            && let Some(policy) = self.exact.get(path)
        {
            return policy.as_ref();
        }
        // Configured and few. A look-up for each slash of the path would let the caller say how many there are.
        let is_below = |prefix: &str| {
            // First, as comparing with the address of an empty box, where there is no memory, takes x86-64 forty
            // nanoseconds.
            prefix.is_empty()
                || path
                    .strip_prefix(prefix)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let found = self.below.iter().find(|(prefix, _)| is_below(prefix));
        found.and_then(|(_, policy)| policy.as_ref())
    }

    /// Every policy, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &CorsPolicy> {
        let below = self.below.iter().map(|(_, policy)| policy);
        self.exact.values().chain(below).flatten()
    }
}

impl From<CorsPolicy> for CorsPolicies {
    /// One policy for all paths.
    fn from(policy: CorsPolicy) -> Self {
        Self {
            exact: HashMap::new(),
            below: vec![("".into(), Some(policy))],
        }
    }
}

enum Pattern<'a> {
    Exact(&'a str),
    Below(&'a str),
}

fn read(text: &str) -> Option<Pattern<'_>> {
    let (path, below) = match text.strip_suffix("/**") {
        Some(path) => (path, true),
        None => (text, false),
    };
    // no path of a request has these, and `*` elsewhere would look as if it stood for something
    let legal = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'*' | b'?' | b'#');
    let rooted = path.starts_with('/') || below && path.is_empty();
    if !rooted || !path.bytes().all(legal) || below && path.ends_with('/') {
        return None;
    }
    Some(if below {
        Pattern::Below(path)
    } else {
        Pattern::Exact(path)
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::cors::asked::Granted;

    /// A policy that can be told apart by its max-age.
    fn numbered(seconds: u64) -> CorsPolicy {
        let age = Duration::from_secs(seconds);
        CorsPolicy::builder()
            .any_origin()
            .max_age(age)
            .build()
            .unwrap()
    }

    fn number(policy: &CorsPolicy) -> u64 {
        let prepared = policy.rules.methods.find(b"GET").unwrap();
        let fields = prepared.answer(None, Granted::Nothing);
        fields["access-control-max-age"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap()
    }

    #[test]
    fn the_most_specific_pattern_decides() {
        let policies = CorsPolicies::new([
            ("/**", Some(numbered(1))),
            ("/v1/**", Some(numbered(2))),
            ("/v1/a/**", Some(numbered(3))),
            ("/v1/a/b", Some(numbered(4))),
            ("/v1/none/**", None),
            ("/v1/none", Some(numbered(5))),
        ])
        .unwrap();
        for (path, expected) in [
            ("/", Some(1)),
            ("*", Some(1)),
            ("/v10", Some(1)),
            ("/V1", Some(1)),
            ("//v1", Some(1)),
            ("/v1", Some(2)),
            ("/v1/", Some(2)),
            ("/v1/ab", Some(2)),
            ("/v1/a", Some(3)),
            ("/v1/a/c", Some(3)),
            ("/v1/a/b", Some(4)),
            ("/v1/a/b/", Some(3)),
            ("/v1/none", Some(5)),
            ("/v1/none/a", None),
        ] {
            assert_eq!(policies.policy(path).map(number), expected, "{path}");
        }
        assert_eq!(policies.iter().count(), 5);
        assert!(CorsPolicies::default().policy("/").is_none());
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let routes = [
            "v1", "/a", "/a", "/a*", "/a/**/b", "/a/*/b", "/a?b", "//**", "", "**",
        ];
        let errors = CorsPolicies::new(routes.map(|route| (route, numbered(1)))).unwrap_err();
        let paths: Vec<_> = errors.as_slice().iter().map(CorsError::path).collect();
        let expected: Vec<_> = [0, 2, 3, 4, 5, 6, 7, 8, 9]
            .map(|at| format!("routes[{at}]"))
            .into();
        assert_eq!(paths, expected);
        let first = errors.as_slice().get(1).unwrap();
        assert_eq!(first.to_string(), "routes[2]: the same as routes[1]");
    }
}
