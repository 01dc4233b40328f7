//! Fields that tell a stranger which software answers, and in which version.

/// The names by length, lower case: a field of a response costs one look at its length, and in the common case no
/// comparison of text.
///
/// The names are those that the OWASP Secure Headers Project advises to remove (`ci/headers_remove.json`, 2026-07-19).
const BY_LENGTH: [&[&str]; 34] = [
    &[],
    &[],
    &[],
    &[],
    &[],
    &["$wsep", "x-cms"],
    &["server"],
    &["product"],
    &[],
    &["pega-host", "sourcemap"],
    &["powered-by", "x-beserver", "x-diaginfo", "x-feserver"],
    &[
        "host-header",
        "x-b3-spanid",
        "x-dtagentid",
        "x-framework",
        "x-generator",
        "x-sourcemap",
    ],
    &[
        "x-b3-sampled",
        "x-b3-traceid",
        "x-page-speed",
        "x-powered-by",
    ],
    &[
        "x-gitlab-meta",
        "x-nextjs-page",
        "x-owa-version",
        "x-php-version",
        "x-powered-cms",
        "x-redirect-by",
        "x-sourcefiles",
    ],
    &[
        "liferay-portal",
        "x-datadog-tags",
        "x-generated-by",
        "x-nextjs-cache",
        "x-tyk-trace-id",
    ],
    &[
        "k-proxy-request",
        "x-cf-powered-by",
        "x-dthealthcheck",
        "x-jitsi-release",
        "x-litespeed-tag",
        "x-mod-pagespeed",
    ],
    &[
        "x-aspnet-version",
        "x-cocoon-version",
        "x-datadog-origin",
        "x-envoy-internal",
        "x-joomla-version",
        "x-litespeed-vary",
        "x-ruxit-js-agent",
        "x-varnish-server",
    ],
    &[
        "x-b3-parentspanid",
        "x-kong-request-id",
        "x-litespeed-cache",
        "x-litespeed-purge",
        "x-nextjs-redirect",
        "x-umbraco-version",
        "x-varnish-backend",
    ],
    &[
        "x-atmosphere-error",
        "x-datadog-trace-id",
        "x-powered-by-plesk",
        "x-turbo-charged-by",
    ],
    &[
        "x-aspnetmvc-version",
        "x-datadog-parent-id",
        "x-dtinjectedservlet",
        "x-server-powered-by",
    ],
    &[
        "x-backside-transport",
        "x-calculatedbetarget",
        "x-content-encoded-by",
        "x-kong-admin-latency",
        "x-kong-proxy-latency",
        "x-kong-total-latency",
        "x-old-content-length",
        "x-woodpecker-version",
    ],
    &[
        "x-envoy-attempt-count",
        "x-kong-client-latency",
        "x-nextjs-matched-path",
    ],
    &["x-kong-upstream-status"],
    &[
        "x-kong-response-latency",
        "x-kong-upstream-latency",
        "x-oneagent-js-injection",
    ],
    &["x-atmosphere-tracking-id", "x-envoy-external-address"],
    &["x-envoy-original-dst-host", "x-litespeed-cache-control"],
    &["x-atmosphere-first-request", "x-kong-third-party-latency"],
    &["oraclecommercecloud-version", "x-datadog-sampling-priority"],
    &[],
    &[
        "x-envoy-upstream-service-time",
        "x-kubernetes-pf-flowschema-ui",
    ],
    &[],
    &[],
    &[],
    &["x-kubernetes-pf-prioritylevel-uid"],
];

/// Whether a field of this name, in lower case, only discloses.
pub(crate) fn discloses(name: &str) -> bool {
    BY_LENGTH
        .get(name.len())
        .is_some_and(|names| names.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_software_disclose() {
        for name in [
            "server",
            "x-powered-by",
            "x-aspnet-version",
            "sourcemap",
            "x-kubernetes-pf-flowschema-ui",
        ] {
            assert!(discloses(name), "{name}");
        }
    }

    #[test]
    fn fields_that_clients_need_do_not() {
        for name in [
            "date",
            "content-type",
            "etag",
            "vary",
            "set-cookie",
            "x-request-id",
            "retry-after",
            "",
        ] {
            assert!(!discloses(name), "{name}");
        }
    }

    #[test]
    fn the_table_holds_each_name_once_at_its_length() {
        let mut count = 0;
        for (length, names) in BY_LENGTH.iter().enumerate() {
            for name in *names {
                assert_eq!(name.len(), length, "{name}");
                assert_eq!(*name, name.to_ascii_lowercase());
                assert!(http::HeaderName::from_bytes(name.as_bytes()).is_ok());
                count += 1;
            }
        }
        assert_eq!(count, 87);
    }
}
