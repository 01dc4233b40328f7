//! Field values that many answers share.

use http::HeaderValue;

/// The values of the default policy. A value of static text is cloned without counting references: a count is a write that
/// all cores share, twice for each field of each answer (a tenth of the cost of the whole set, on one core alone).
const KNOWN: [&str; 12] = [
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; \
     media-src 'self'; manifest-src 'self'; worker-src 'self'; frame-src 'none'; form-action 'self'; \
     frame-ancestors 'none'; base-uri 'none'; object-src 'none'",
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; \
     media-src 'self'; manifest-src 'self'; worker-src 'self'; frame-src 'none'; form-action 'self'; \
     frame-ancestors 'none'; base-uri 'none'; object-src 'none'; upgrade-insecure-requests",
    "frame-ancestors 'none'",
    "max-age=63072000; includeSubDomains",
    "no-referrer",
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), \
     microphone=(), midi=(), payment=(), publickey-credentials-get=(), serial=(), usb=()",
    "same-origin",
    "?1",
    "none",
    "off",
    "no-store",
];

/// The text as a value, or `None` if it is not one.
pub(crate) fn value(text: &str) -> Option<HeaderValue> {
    match KNOWN.iter().find(|known| **known == text) {
        Some(known) => Some(HeaderValue::from_static(known)),
        None => HeaderValue::from_str(text).ok(),
    }
}

#[cfg(test)]
mod tests {
    use http::Response;

    use super::*;
    use crate::Policy;

    #[test]
    fn every_value_of_the_default_policy_is_known() {
        for kind in ["text/html", "application/json"] {
            for https in [false, true] {
                let mut response = Response::new(());
                let kind = HeaderValue::from_static(kind);
                response.headers_mut().insert("content-type", kind.clone());
                Policy::default().apply(&mut response, https);
                for (name, value) in response.headers() {
                    let text = value.to_str().unwrap();
                    let fixed = ["DENY", "nosniff"].contains(&text) || *value == kind;
                    assert!(fixed || KNOWN.contains(&text), "{name}: {text}");
                }
            }
        }
    }
}
