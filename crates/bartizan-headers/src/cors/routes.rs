//! Which policy is for which path.

use super::{
    CorsPolicy,
    error::{CorsError, CorsErrors, CorsReason},
};
use crate::paths::{PathFault, Paths};

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
    paths: Paths<Option<CorsPolicy>>,
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
        let routes = routes.into_iter();
        let paths = Paths::new(routes.map(|(text, policy)| (text, policy.into())));
        paths.map(|paths| Self { paths }).map_err(|faults| {
            let errors = faults.into_iter().map(|PathFault { index, text, first }| {
                let reason = match first {
                    None => CorsReason::Route { text },
                    Some(first) => CorsReason::Duplicate {
                        first: format!("routes[{first}]").into(),
                    },
                };
                CorsError::new(format!("routes[{index}]"), reason)
            });
            CorsErrors(errors.collect())
        })
    }

    /// The policy for a request to this path.
    #[must_use]
    pub fn policy(&self, path: &str) -> Option<&CorsPolicy> {
        self.paths.get(path)?.as_ref()
    }

    /// Every policy, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &CorsPolicy> {
        self.paths.iter().flatten()
    }
}

impl From<CorsPolicy> for CorsPolicies {
    /// One policy for all paths.
    fn from(policy: CorsPolicy) -> Self {
        Self {
            paths: Paths::all(Some(policy)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_without_a_policy_excepts_paths() {
        let public = CorsPolicy::builder().any_origin().build().unwrap();
        let policies = CorsPolicies::new([
            ("/v1/**", Some(public.clone())),
            ("/v1/none/**", None),
            ("/v1/none", Some(public)),
        ])
        .unwrap();
        for (path, has) in [
            ("/v1", true),
            ("/v1/a", true),
            ("/v1/none", true),
            ("/v1/none/a", false),
            ("/", false),
        ] {
            assert_eq!(policies.policy(path).is_some(), has, "{path}");
        }
        assert_eq!(policies.iter().count(), 2);
        assert!(CorsPolicies::default().policy("/").is_none());
    }

    #[test]
    fn a_wrong_or_doubled_pattern_is_told_with_its_place() {
        let errors = CorsPolicies::new(["v1", "/a", "/a"].map(|route| (route, None))).unwrap_err();
        let texts: Vec<_> = errors.as_slice().iter().map(ToString::to_string).collect();
        assert_eq!(
            texts[0],
            "routes[0]: expected a path such as /v1/articles or /v1/**, found \"v1\""
        );
        assert_eq!(texts[1..], ["routes[2]: the same as routes[1]"]);
    }
}
