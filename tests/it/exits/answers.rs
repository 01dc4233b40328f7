//! What belongs on an answer, and what does not: written down here, not asked of the crates.

use http::HeaderMap;

use super::disclosing::disclosing;

/// What an answer is, which decides on its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Data, and what does not say what it is.
    Api,
    /// HTML and XHTML.
    Document,
    /// A 304 that does not say what it is about.
    Unchanged,
}

/// Values of one field; none: it must not be there.
pub(super) type Values = &'static [&'static str];

const EVERYWHERE: [(&str, &str); 8] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("origin-agent-cluster", "?1"),
    ("x-permitted-cross-domain-policies", "none"),
    ("x-dns-prefetch-control", "off"),
];
const PERMISSIONS: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), \
    magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), serial=(), usb=()";
const HSTS: &str = "max-age=63072000; includeSubDomains";
const API: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";
const DOCUMENT: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
    connect-src 'self'; media-src 'self'; manifest-src 'self'; worker-src 'self'; frame-src 'none'; form-action 'self'; \
    frame-ancestors 'none'; base-uri 'none'; object-src 'none'";

/// Every security field there is, with the values it must have on this kind of answer.
pub(super) fn expected(
    kind: Kind,
    https: bool,
    own: &[(&str, Values)],
) -> Vec<(String, Vec<String>)> {
    let document = match https {
        true => format!("{DOCUMENT}; upgrade-insecure-requests"),
        false => DOCUMENT.to_owned(),
    };
    let policy = match kind {
        Kind::Api => vec![API.to_owned()],
        Kind::Document => vec![document],
        Kind::Unchanged => vec![],
    };
    let when = |is: bool, value: &str| Vec::from_iter(is.then(|| value.to_owned()));
    let mut all: Vec<(String, Vec<String>)> = EVERYWHERE
        .map(|(name, value)| (name.to_owned(), vec![value.to_owned()]))
        .into();
    all.extend([
        (
            "permissions-policy".to_owned(),
            vec![PERMISSIONS.to_owned()],
        ),
        ("content-security-policy".to_owned(), policy),
        ("strict-transport-security".to_owned(), when(https, HSTS)),
        (
            "cache-control".to_owned(),
            when(kind == Kind::Api, "no-store"),
        ),
    ]);
    for (name, values) in own {
        let field = all.iter_mut().find(|(of, _)| of == name);
        let (_, before) = field.unwrap_or_else(|| panic!("{name} is no security field"));
        *before = values.iter().map(ToString::to_string).collect();
    }
    all
}

/// Everything that is wrong with an answer's fields.
pub(super) fn faults(fields: &HeaderMap, expected: &[(String, Vec<String>)]) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, values) in expected {
        let sent: Vec<_> = fields.get_all(name).iter().cloned().collect();
        if !sent.iter().eq(values.iter()) {
            faults.push(format!("{name} is {sent:?}, not {values:?}"));
        }
    }
    for name in disclosing() {
        if fields.contains_key(&name) {
            faults.push(format!("{name} discloses"));
        }
    }
    faults
}

/// Whether the answer has an id that leads to the log: one, made here, as nobody who is trusted sent one.
pub(super) fn has_id(fields: &HeaderMap) -> bool {
    let ids: Vec<_> = fields.get_all("x-request-id").iter().collect();
    let is_digit = |byte: &u8| byte.is_ascii_hexdigit();
    matches!(ids[..], [id] if id.len() == 32 && id.as_bytes().iter().all(is_digit))
}

/// The names that the protocols have in common.
pub(super) fn names(status: u16, is_tunnel: bool, fields: &HeaderMap) -> Vec<&str> {
    // Connections are HTTP/1.1's own (RFC 9113, section 8.2.2).
    let mut apart = vec!["connection", "keep-alive", "transfer-encoding", "upgrade"];
    if matches!(status, 101 | 204 | 304) || is_tunnel {
        // Where there is no content, its length is the library's own affair.
        apart.push("content-length");
    }
    if is_tunnel {
        // The answer to CONNECT has no content, the one to HTTP/1.1's GET has a problem.
        apart.push("content-type");
    }
    let names = fields.keys().map(http::HeaderName::as_str);
    let mut names: Vec<_> = names.filter(|name| !apart.contains(name)).collect();
    names.sort_unstable();
    names
}
