//! The policy: immutable once built, cheap to clone.

use std::{collections::BTreeSet, fmt, sync::Arc};

use http::Method;

use crate::{CrossOriginPolicyError, Transport, authenticated::is_cookie_name};

/// Which requests of other sites are refused.
///
/// A browser sends a user's cookies with requests that other sites make, so what such a request does is done in the user's
/// name. The browser says who asks: by `Sec-Fetch-Site`, which no script can set, and before that field was there by `Origin`.
///
/// ```
/// use bartizan_headers::{CrossOriginAllow, CrossOriginDecision, CrossOriginPolicy, CrossOriginRefuse};
/// use http::{HeaderMap, Method, Uri};
///
/// let policy = CrossOriginPolicy::builder()
///     .trusted(|origin| origin == b"https://shop.example")
///     .with_insecure_bypass(Method::POST, "/hooks/{name}")
///     .build()?;
/// let decide = |site: &'static str, origin: &'static str, route: &str| {
///     let mut headers = HeaderMap::new();
///     headers.insert("sec-fetch-site", http::HeaderValue::from_static(site));
///     headers.insert("origin", http::HeaderValue::from_static(origin));
///     policy.decide(&Method::POST, &Uri::from_static("https://example.com/"), &headers, route)
/// };
/// // Allowed: the site's own form, and a site that is trusted.
/// let own = decide("same-origin", "https://example.com", "/cart");
/// assert_eq!(own, CrossOriginDecision::Allow(CrossOriginAllow::SameOrigin));
/// assert!(decide("cross-site", "https://shop.example", "/cart").is_allowed());
///
/// // Refused: anybody else's.
/// let evil = decide("cross-site", "https://evil.example", "/cart");
/// assert_eq!(evil, CrossOriginDecision::Refuse(CrossOriginRefuse::CrossSite));
/// # Ok::<(), bartizan_headers::CrossOriginPolicyError>(())
/// ```
///
/// [`CrossOriginPolicy::default`] trusts nobody and checks every route.
#[derive(Clone, Debug)]
pub struct CrossOriginPolicy {
    pub(crate) rules: Arc<Rules>,
}

type Trusted = Arc<dyn Fn(&[u8]) -> bool + Send + Sync>;
type TrustedAsNobody = Arc<dyn Fn(&str, &[u8]) -> bool + Send + Sync>;

#[derive(Default)]
pub(crate) struct Rules {
    pub(crate) transport: Transport,
    pub(crate) trusted: Option<Trusted>,
    pub(crate) trusted_as_nobody: Option<TrustedAsNobody>,
    pub(crate) bypasses: Vec<(Method, Box<str>)>,
    pub(crate) session_cookies: Vec<Box<str>>,
    pub(crate) isolates_reads: bool,
    pub(crate) shared_reads: Vec<Box<str>>,
    pub(crate) report_only: bool,
}

impl CrossOriginPolicy {
    /// A builder that starts from the default policy.
    #[must_use]
    pub fn builder() -> CrossOriginPolicyBuilder {
        CrossOriginPolicyBuilder::default()
    }

    /// Whether refusals are only to be counted. [`decide`](Self::decide) gives the same answers either way.
    #[must_use]
    pub fn is_report_only(&self) -> bool {
        self.rules.report_only
    }
}

impl Default for CrossOriginPolicy {
    fn default() -> Self {
        Self {
            rules: Arc::new(Rules::default()),
        }
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules")
            .field("transport", &self.transport)
            .field("trusts", &self.trusted.is_some())
            .field("trusts_as_nobody", &self.trusted_as_nobody.is_some())
            .field("bypasses", &self.bypasses)
            .field("session_cookies", &self.session_cookies)
            .field("isolates_reads", &self.isolates_reads)
            .field("shared_reads", &self.shared_reads)
            .field("report_only", &self.report_only)
            .finish()
    }
}

/// Builds a [`CrossOriginPolicy`].
#[derive(Default)]
pub struct CrossOriginPolicyBuilder {
    rules: Rules,
}

impl CrossOriginPolicyBuilder {
    /// Says which origins may act in a user's name: the function gets what is sent as `Origin`, once it has been found to be
    /// one serialised origin. `null` and what is malformed never reach it. A second call replaces the first.
    ///
    /// Hand it the origins to which CORS gives credentials, so that there is one list: with two, a request is refused after
    /// a preflight that allowed it, or one of the lists is forgotten.
    #[must_use]
    pub fn trusted(mut self, trusted: impl Fn(&[u8]) -> bool + Send + Sync + 'static) -> Self {
        self.rules.trusted = Some(Arc::new(trusted));
        self
    }

    /// Says which origins' scripts may act in nobody's name: the function gets the request's path and its `Origin`. Such a
    /// request passes if it is made by script under CORS (`Sec-Fetch-Mode: cors`) and carries neither a cookie nor an
    /// `Authorization` that a browser adds by itself, which is any but `Bearer`. A second call replaces the first.
    ///
    /// For paths to which CORS allows an origin without credentials: the page's own token in `Authorization: Bearer` is then
    /// what the request goes by. Not for a service that knows its users by their address or by a client certificate.
    #[must_use]
    pub fn trusted_without_credentials(
        mut self,
        trusted: impl Fn(&str, &[u8]) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.rules.trusted_as_nobody = Some(Arc::new(trusted));
        self
    }

    /// Where the request's own scheme comes from: its URI by default, as HTTP/2 and a layer that knows the proxy write it.
    ///
    /// A request without a scheme whose `Origin` must be compared is refused, since a page over plain HTTP, which anybody on
    /// the way may have written, would pass for the site itself.
    #[must_use]
    pub const fn transport(mut self, transport: Transport) -> Self {
        self.rules.transport = transport;
        self
    }

    /// **Insecure:** switches the check off for one method and one route, given by its exact template.
    ///
    /// For routes that other sites call and that do not go by cookies, such as a webhook with a signature. There are no
    /// patterns: what a pattern means and what the router makes of a path have come apart before (CVE-2025-47910).
    #[must_use]
    pub fn with_insecure_bypass(mut self, method: Method, route: impl Into<String>) -> Self {
        let route = route.into().into_boxed_str();
        self.rules.bypasses.push((method, route));
        self
    }

    /// Switches strict mode on: an unsafe request with a cookie of this name must have `Sec-Fetch-Site` or `Origin`. Several
    /// calls name several cookies.
    ///
    /// Browsers have sent one of the two with every unsafe request since 2020. Without both the sender is a program, or a
    /// proxy takes them away; a program that logs in by cookie must then send `Origin` itself.
    #[must_use]
    pub fn session_cookie(mut self, name: impl Into<String>) -> Self {
        let name = name.into().into_boxed_str();
        self.rules.session_cookies.push(name);
        self
    }

    /// Refuses reads that other sites make as images, scripts, styles and the like, so that nothing is learnt from a load
    /// that fails or takes its time (OWASP ASVS 5.0, 3.5.8). Links, frames and requests under CORS pass, and so do reads of
    /// the same site and of browsers that do not send `Sec-Fetch-Site`.
    #[must_use]
    pub const fn isolate_reads(mut self) -> Self {
        self.rules.isolates_reads = true;
        self
    }

    /// Lets other sites load this route, given by its exact template, in spite of [`isolate_reads`](Self::isolate_reads): a
    /// logo, a script for others. Unlike a bypass it lets no WebSocket handshake through.
    #[must_use]
    pub fn share_reads(mut self, route: impl Into<String>) -> Self {
        self.rules.shared_reads.push(route.into().into_boxed_str());
        self
    }

    /// Refuses nothing, and counts what would be refused.
    #[must_use]
    pub const fn report_only(mut self) -> Self {
        self.rules.report_only = true;
        self
    }

    /// The policy.
    ///
    /// # Errors
    ///
    /// What could never have an effect: a route that no template can be, a bypass of what is never refused, a name that no
    /// cookie has, the same thing twice, a shared route without isolation.
    pub fn build(self) -> Result<CrossOriginPolicy, CrossOriginPolicyError> {
        let rules = self.rules;
        let mut seen = BTreeSet::new();
        for (method, route) in &rules.bypasses {
            check_route(route)?;
            // A GET may be a handshake. A HEAD is refused only by isolation, OPTIONS and TRACE by nothing.
            let never = match *method {
                Method::GET => false,
                Method::HEAD => !rules.isolates_reads,
                _ => method.is_safe(),
            };
            let (method, route) = (method.clone(), route.to_string());
            if never {
                return Err(CrossOriginPolicyError::NeverRefused { method, route });
            }
            if !seen.insert((Some(method.to_string()), route.clone())) {
                let method = Some(method);
                return Err(CrossOriginPolicyError::Duplicate { method, route });
            }
        }
        for route in &rules.shared_reads {
            check_route(route)?;
            let route = route.to_string();
            if !rules.isolates_reads {
                return Err(CrossOriginPolicyError::NotIsolated { route });
            }
            if !seen.insert((None, route.clone())) {
                let method = None;
                return Err(CrossOriginPolicyError::Duplicate { method, route });
            }
        }
        for name in &rules.session_cookies {
            if !is_cookie_name(name) {
                let name = name.to_string();
                return Err(CrossOriginPolicyError::CookieName { name });
            }
        }
        Ok(CrossOriginPolicy {
            rules: Arc::new(rules),
        })
    }
}

fn check_route(route: &str) -> Result<(), CrossOriginPolicyError> {
    let is_template = route.starts_with('/')
        && !route.contains(['?', '#'])
        && !route.contains(|c: char| c.is_whitespace() || c.is_control())
        && !route.split('/').any(|part| matches!(part, "*" | "**"));
    match is_template {
        true => Ok(()),
        false => Err(CrossOriginPolicyError::Route {
            route: route.to_owned(),
        }),
    }
}

impl fmt::Debug for CrossOriginPolicyBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CrossOriginPolicyBuilder")
            .field("rules", &self.rules)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CrossOriginPolicyError as E;

    fn fault(builder: CrossOriginPolicyBuilder) -> E {
        builder.build().unwrap_err()
    }

    #[test]
    fn what_could_never_have_an_effect_is_refused() {
        let new = CrossOriginPolicy::builder;
        for route in [
            "", "hooks", "/a b", "/a?b", "/a#b", "/hooks/*", "/**", "/a\n",
        ] {
            let bypass = new().with_insecure_bypass(Method::POST, route);
            assert!(matches!(fault(bypass), E::Route { .. }), "{route}");
            let shared = new().isolate_reads().share_reads(route);
            assert!(matches!(fault(shared), E::Route { .. }), "{route}");
        }
        for method in [Method::HEAD, Method::OPTIONS, Method::TRACE] {
            let bypass = new().with_insecure_bypass(method, "/a");
            assert!(matches!(fault(bypass), E::NeverRefused { .. }));
        }
        let twice = new()
            .with_insecure_bypass(Method::PUT, "/a")
            .with_insecure_bypass(Method::PUT, "/a");
        assert!(matches!(fault(twice), E::Duplicate { .. }));
        let twice = new().isolate_reads().share_reads("/a").share_reads("/a");
        assert!(matches!(fault(twice), E::Duplicate { method: None, .. }));
        assert!(matches!(
            fault(new().share_reads("/a")),
            E::NotIsolated { .. }
        ));
        for name in ["", "a b", "a=b", "a;", "\u{e9}"] {
            assert!(matches!(
                fault(new().session_cookie(name)),
                E::CookieName { .. }
            ));
        }
    }

    #[test]
    fn a_policy_of_everything_is_built() {
        let policy = CrossOriginPolicy::builder()
            .with_insecure_bypass(Method::POST, "/hooks/{name}")
            .with_insecure_bypass(Method::PUT, "/hooks/{name}")
            .with_insecure_bypass(Method::GET, "/live")
            .with_insecure_bypass(Method::HEAD, "/files/{*rest}")
            .session_cookie("__Host-session")
            .session_cookie("sid")
            .isolate_reads()
            .share_reads("/logo.png")
            .report_only()
            .build()
            .unwrap();
        assert!(policy.is_report_only());
        assert!(!CrossOriginPolicy::default().is_report_only());
    }

    #[test]
    fn a_fault_says_what_was_found() {
        let fault = fault(CrossOriginPolicy::builder().with_insecure_bypass(Method::POST, "/x/*"));
        assert!(fault.to_string().contains("\"/x/*\""));
    }
}
