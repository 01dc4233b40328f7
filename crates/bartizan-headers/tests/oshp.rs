//! The lists of the OWASP Secure Headers Project (`ci/headers_add.json` and `ci/headers_remove.json`, 2026-07-19) against the
//! default policy.

use bartizan_headers::{ClearSiteData, Policy};
use http::{HeaderName, HeaderValue, Response};

/// What the default policy does about one field of the list of fields to add.
#[derive(Clone, Copy, Debug)]
enum Ours {
    /// The advised value.
    Same(&'static str),
    /// Another value, and why.
    Other(&'static str, &'static str),
    /// Not sent by default, and why.
    Off(&'static str),
}

use Ours::{Off, Other, Same};

#[rustfmt::skip]
const ADD: [(&str, Ours); 13] = [
    ("cache-control", Other("no-store", "`max-age=0` means nothing beside `no-store` (RFC 9111, section 5.2.2.5)")),
    ("clear-site-data", Off("belongs to one answer, the logout: `ClearSiteData::logout`")),
    ("content-security-policy", Other(
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
        "the advised one allows everything of the own origin; answers that are no documents need nothing")),
    ("cross-origin-embedder-policy", Off("stops foreign pictures and frames that do not consent; `embedder_policy` sends it")),
    ("cross-origin-opener-policy", Same("same-origin")),
    ("cross-origin-resource-policy", Same("same-origin")),
    ("permissions-policy", Other(
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), \
         microphone=(), midi=(), payment=(), publickey-credentials-get=(), serial=(), usb=()",
        "13 of the 29 names; the others are harmless, or unknown to browsers, which then warn")),
    ("referrer-policy", Same("no-referrer")),
    ("strict-transport-security", Same("max-age=63072000; includeSubDomains")),
    ("x-content-type-options", Same("nosniff")),
    ("x-dns-prefetch-control", Same("off")),
    ("x-frame-options", Other("DENY", "the same word in the case of RFC 7034")),
    ("x-permitted-cross-domain-policies", Same("none")),
];

const REMOVE: [&str; 87] = [
    "$wsep",
    "Host-Header",
    "K-Proxy-Request",
    "Liferay-Portal",
    "OracleCommerceCloud-Version",
    "Pega-Host",
    "Powered-By",
    "Product",
    "Server",
    "SourceMap",
    "X-AspNet-Version",
    "X-AspNetMvc-Version",
    "X-Atmosphere-error",
    "X-Atmosphere-first-request",
    "X-Atmosphere-tracking-id",
    "X-B3-ParentSpanId",
    "X-B3-Sampled",
    "X-B3-SpanId",
    "X-B3-TraceId",
    "X-BEServer",
    "X-Backside-Transport",
    "X-CF-Powered-By",
    "X-CMS",
    "X-CalculatedBETarget",
    "X-Cocoon-Version",
    "X-Content-Encoded-By",
    "X-Datadog-Origin",
    "X-Datadog-Parent-Id",
    "X-Datadog-Sampling-Priority",
    "X-Datadog-Tags",
    "X-Datadog-Trace-Id",
    "X-DiagInfo",
    "X-Envoy-Attempt-Count",
    "X-Envoy-External-Address",
    "X-Envoy-Internal",
    "X-Envoy-Original-Dst-Host",
    "X-Envoy-Upstream-Service-Time",
    "X-FEServer",
    "X-Framework",
    "X-Generated-By",
    "X-Generator",
    "X-Gitlab-Meta",
    "X-Jitsi-Release",
    "X-Joomla-Version",
    "X-Kong-Admin-Latency",
    "X-Kong-Client-Latency",
    "X-Kong-Proxy-Latency",
    "X-Kong-Request-Id",
    "X-Kong-Response-Latency",
    "X-Kong-Third-Party-Latency",
    "X-Kong-Total-Latency",
    "X-Kong-Upstream-Latency",
    "X-Kong-Upstream-Status",
    "X-Kubernetes-PF-FlowSchema-UI",
    "X-Kubernetes-PF-PriorityLevel-UID",
    "X-LiteSpeed-Cache",
    "X-LiteSpeed-Purge",
    "X-LiteSpeed-Tag",
    "X-LiteSpeed-Vary",
    "X-Litespeed-Cache-Control",
    "X-Mod-Pagespeed",
    "X-Nextjs-Cache",
    "X-Nextjs-Matched-Path",
    "X-Nextjs-Page",
    "X-Nextjs-Redirect",
    "X-OWA-Version",
    "X-Old-Content-Length",
    "X-OneAgent-JS-Injection",
    "X-Page-Speed",
    "X-Php-Version",
    "X-Powered-By",
    "X-Powered-By-Plesk",
    "X-Powered-CMS",
    "X-Redirect-By",
    "X-Server-Powered-By",
    "X-SourceFiles",
    "X-SourceMap",
    "X-Turbo-Charged-By",
    "X-Tyk-Trace-Id",
    "X-Umbraco-Version",
    "X-Varnish-Backend",
    "X-Varnish-Server",
    "X-Woodpecker-Version",
    "X-dtAgentId",
    "X-dtHealthCheck",
    "X-dtInjectedServlet",
    "X-ruxit-JS-Agent",
];

#[test]
fn each_advised_field_is_sent_or_has_a_reason() {
    let mut response = Response::new(());
    Policy::default().apply(&mut response, true);
    for (name, ours) in ADD {
        let sent = response
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap());
        match ours {
            Same(value) => assert_eq!(sent, Some(value), "{name}"),
            Other(value, why) => {
                assert_eq!(sent, Some(value), "{name}");
                assert!(!why.is_empty(), "{name}");
            }
            Off(why) => assert_eq!(sent, None, "{name}: {why}"),
        }
    }
    assert_eq!(
        ClearSiteData::logout().to_value(),
        "\"cache\", \"cookies\", \"storage\""
    );
}

#[test]
fn each_disclosing_field_is_removed() {
    let mut response = Response::new(());
    for name in REMOVE {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        for value in ["one", "two"] {
            let value = HeaderValue::from_static(value);
            response.headers_mut().append(name.clone(), value);
        }
    }
    assert_eq!(response.headers().keys_len(), REMOVE.len());
    Policy::default().apply(&mut response, true);
    for name in REMOVE {
        assert!(!response.headers().contains_key(name), "{name}");
    }
}
