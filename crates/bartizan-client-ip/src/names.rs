//! Fields by which a request says to be another one.

use http::HeaderMap;
#[cfg(feature = "layer")]
use http::HeaderName;

/// How many names are taken out at once.
#[cfg(feature = "layer")]
const BATCH: usize = 8;

/// What a field claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// To come from somebody else, or by another scheme or host: what proxies write.
    Forwarding,
    /// The same, in a name that begins as `X-Forwarded-For` does.
    Family,
    /// To have another method, path or host. Some frameworks obey; caches and filters in front do not see it.
    Override,
    RequestId,
    Trace,
}

/// Sorted by name, for a binary search.
///
/// Sources: RFC 7239; the documentation of nginx, Apache, Envoy, HAProxy, Traefik, Akamai, AWS, Azure Front Door, Cloudflare,
/// Fastly, Fly.io, Google Cloud and WebLogic for the first kind; of IIS, Symfony, Rails, Zend and Google's APIs for the second.
const NAMES: [(&str, Kind); 52] = {
    use Kind::{Forwarding, Override, RequestId, Trace};
    [
        ("cf-connecting-ip", Forwarding),
        ("cf-connecting-ipv6", Forwarding),
        ("cf-pseudo-ipv4", Forwarding),
        ("cf-visitor", Forwarding),
        ("client-ip", Forwarding),
        ("cloudfront-forwarded-proto", Forwarding),
        ("cloudfront-viewer-address", Forwarding),
        ("fastly-client-ip", Forwarding),
        ("fastly-ssl", Forwarding),
        ("fly-client-ip", Forwarding),
        ("fly-forwarded-port", Forwarding),
        ("fly-forwarded-proto", Forwarding),
        ("fly-forwarded-ssl", Forwarding),
        ("forwarded", Forwarding),
        ("forwarded-for", Forwarding),
        ("front-end-https", Forwarding),
        ("proxy-client-ip", Forwarding),
        ("traceparent", Trace),
        ("tracestate", Trace),
        ("true-client-ip", Forwarding),
        ("wl-proxy-client-ip", Forwarding),
        ("wl-proxy-ssl", Forwarding),
        ("x-appengine-remote-addr", Forwarding),
        ("x-appengine-user-ip", Forwarding),
        ("x-azure-clientip", Forwarding),
        ("x-azure-socketip", Forwarding),
        ("x-client-ip", Forwarding),
        ("x-client-port", Forwarding),
        ("x-client-src-ip", Forwarding),
        ("x-cluster-client-ip", Forwarding),
        ("x-envoy-external-address", Forwarding),
        ("x-envoy-original-host", Override),
        ("x-envoy-original-path", Override),
        ("x-forwarded", Forwarding),
        ("x-host", Override),
        ("x-http-method", Override),
        ("x-http-method-override", Override),
        ("x-method-override", Override),
        ("x-original-forwarded-for", Forwarding),
        ("x-original-host", Override),
        ("x-original-proto", Forwarding),
        ("x-original-uri", Override),
        ("x-original-url", Override),
        ("x-originating-ip", Forwarding),
        ("x-proxyuser-ip", Forwarding),
        ("x-real-ip", Forwarding),
        ("x-remote-addr", Forwarding),
        ("x-remote-ip", Forwarding),
        ("x-request-id", RequestId),
        ("x-rewrite-url", Override),
        ("x-scheme", Forwarding),
        ("x-url-scheme", Forwarding),
    ]
};

/// `X-Forwarded-For`, `-Host`, `-Proto`, `-Port`, `-Prefix`, `-Server`, `-Ssl`, `-Client-Cert` and what else there will be.
const FAMILY: &str = "x-forwarded-*";

fn kind(name: &str) -> Option<(&'static str, Kind)> {
    // Measured: most names of a browser's request end here, before the search.
    let first_two = name.as_bytes().first_chunk::<2>()?;
    if !matches!(
        first_two,
        b"cf" | b"cl" | b"fa" | b"fl" | b"fo" | b"fr" | b"pr" | b"tr" | b"wl" | b"x-"
    ) {
        return None;
    }
    if name.starts_with("x-forwarded-") {
        return Some((FAMILY, Kind::Family));
    }
    let place = NAMES.binary_search_by_key(&name, |(known, _)| known).ok()?;
    NAMES.get(place).copied()
}

/// Which of these fields a request has, found in one pass.
///
/// Measured: to look each of them up, in vain most of the time, takes several times as long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Present {
    pub(crate) family: bool,
    pub(crate) request_id: bool,
    pub(crate) trace: bool,
    pub(crate) others: bool,
}

impl Present {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut present = Self::default();
        for name in headers.keys() {
            match kind(name.as_str()) {
                None => {}
                Some((_, Kind::Family)) => present.family = true,
                Some((_, Kind::RequestId)) => present.request_id = true,
                Some((_, Kind::Trace)) => present.trace = true,
                Some((_, Kind::Forwarding | Kind::Override)) => present.others = true,
            }
        }
        present
    }
}

/// What may stay.
#[cfg(feature = "layer")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keep<'a> {
    /// The policy's own field goes too, if it is none of those known here.
    pub(crate) own: Option<&'a HeaderName>,
    pub(crate) request_id: bool,
    pub(crate) trace: bool,
}

/// Takes every such field out, and names one that proxies write if there was one. Nothing is allocated.
#[cfg(feature = "layer")]
pub(crate) fn scrub(
    headers: &mut HeaderMap,
    present: Present,
    keep: Keep<'_>,
) -> Option<&'static str> {
    let own_is_known = keep.own.is_none_or(|name| kind(name.as_str()).is_some());
    if present == Present::default() && own_is_known {
        return None;
    }
    let mut forwarding = None;
    loop {
        let mut batch = [const { None::<HeaderName> }; BATCH];
        let mut goes = |name: &&HeaderName| match kind(name.as_str()) {
            Some((_, Kind::RequestId)) => !keep.request_id,
            Some((_, Kind::Trace)) => !keep.trace,
            Some((_, Kind::Override)) => true,
            Some((known, Kind::Forwarding | Kind::Family)) => {
                forwarding = forwarding.or(Some(known));
                true
            }
            None => keep.own == Some(*name),
        };
        let mut full = true;
        let mut names = headers.keys().filter(|name| goes(name));
        for slot in &mut batch {
            *slot = names.next().cloned();
            if slot.is_none() {
                full = false;
                break;
            }
        }
        for name in batch.into_iter().flatten() {
            headers.remove(name);
        }
        if !full {
            return forwarding;
        }
    }
}

// apart, as clippy knows `cfg(test)` only when it stands alone
#[cfg(feature = "layer")]
#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const NOTHING: Keep<'_> = Keep {
        own: None,
        request_id: false,
        trace: false,
    };

    #[test]
    fn the_table_is_sorted_and_each_name_is_found() {
        assert!(NAMES.is_sorted_by(|a, b| a.0 < b.0));
        for (name, expected) in NAMES {
            assert_eq!(kind(name), Some((name, expected)));
        }
        for name in ["x-forwarded-for", "x-forwarded-client-cert"] {
            assert_eq!(kind(name), Some((FAMILY, Kind::Family)));
        }
    }

    #[test]
    fn everyday_fields_stay() {
        for name in [
            "a",
            "te",
            "accept",
            "cache-control",
            "connection",
            "content-type",
            "cookie",
            "from",
            "host",
            "pragma",
            "proxy-authorization",
            "user-agent",
            "x-api-key",
            "x-csrf-token",
            "x-requested-with",
            "x-forwarder",
        ] {
            assert_eq!(kind(name), None, "{name}");
        }
    }

    fn scrub(headers: &mut HeaderMap, keep: Keep<'_>) -> Option<&'static str> {
        super::scrub(headers, Present::of(headers), keep)
    }

    #[test]
    fn all_of_them_go_at_once() {
        let own = HeaderName::from_static("my-lb-client");
        let mut headers = HeaderMap::new();
        for (name, _) in NAMES {
            headers.append(name, HeaderValue::from_static("a"));
            headers.append(name, HeaderValue::from_static("b"));
        }
        headers.append(&own, HeaderValue::from_static("a"));
        headers.append("x-forwarded-port", HeaderValue::from_static("a"));
        headers.append("accept", HeaderValue::from_static("*/*"));
        let keep = Keep {
            own: Some(&own),
            ..NOTHING
        };
        assert!(scrub(&mut headers, keep).is_some());
        assert_eq!(headers.len(), 1);
        assert!(headers.contains_key("accept"));
        assert_eq!(scrub(&mut headers, keep), None);
    }

    #[test]
    fn ids_stay_where_they_count() {
        let mut headers = HeaderMap::new();
        for name in ["x-request-id", "traceparent", "tracestate"] {
            headers.insert(name, HeaderValue::from_static("a"));
        }
        let keep = Keep {
            request_id: true,
            trace: true,
            ..NOTHING
        };
        assert_eq!(scrub(&mut headers, keep), None);
        assert_eq!(headers.len(), 3);
        assert_eq!(scrub(&mut headers, NOTHING), None);
        assert!(headers.is_empty());
    }
}
