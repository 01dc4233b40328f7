//! Which field the trusted proxies write the caller's address into.

use std::str::FromStr;

use http::{HeaderName, header, header::InvalidHeaderName};

pub(crate) static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
pub(crate) static X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
pub(crate) static X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
pub(crate) static X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
pub(crate) static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
static FORWARDED: HeaderName = header::FORWARDED;

/// The one field that is read. Others are not looked at: a proxy that writes one of them lets a caller's other ones pass.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ForwardingField {
    /// `X-Forwarded-For`, a list to which each proxy appends the address that it sees. Scheme and host come from
    /// `X-Forwarded-Proto` and `X-Forwarded-Host`.
    XForwardedFor,
    /// `Forwarded` of RFC 7239. Scheme and host come from the same element.
    Forwarded,
    /// A field with one address in it, such as `CF-Connecting-IP`. Scheme and host come from `X-Forwarded-Proto` and
    /// `X-Forwarded-Host`.
    Single(HeaderName),
}

impl ForwardingField {
    /// The field's name.
    #[must_use]
    pub fn name(&self) -> &HeaderName {
        match self {
            Self::XForwardedFor => &X_FORWARDED_FOR,
            Self::Forwarded => &FORWARDED,
            Self::Single(name) => name,
        }
    }

    /// Whether a field of this name may be taken for one with one address in it: not a list, and nothing that every client
    /// writes for another purpose.
    pub(crate) fn is_sane(&self) -> bool {
        const OTHERS: [&str; 19] = [
            "accept",
            "authorization",
            "connection",
            "content-length",
            "content-type",
            "cookie",
            "expect",
            "forwarded",
            "host",
            "origin",
            "referer",
            "te",
            "traceparent",
            "tracestate",
            "transfer-encoding",
            "upgrade",
            "user-agent",
            "via",
            "x-request-id",
        ];
        let Self::Single(name) = self else {
            return true;
        };
        let name = name.as_str();
        !OTHERS.contains(&name) && !name.starts_with("x-forwarded") && !name.starts_with("sec-")
    }
}

impl FromStr for ForwardingField {
    type Err = InvalidHeaderName;

    /// `x-forwarded-for`, `forwarded`, or the name of a field with one address, in any case.
    fn from_str(text: &str) -> Result<Self, InvalidHeaderName> {
        let name: HeaderName = text.parse()?;
        Ok(match name.as_str() {
            "x-forwarded-for" => Self::XForwardedFor,
            "forwarded" => Self::Forwarded,
            _ => Self::Single(name),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_how_its_field_is_read() {
        let single = ForwardingField::Single(HeaderName::from_static("cf-connecting-ip"));
        let cases = [
            ("X-Forwarded-For", ForwardingField::XForwardedFor),
            ("forwarded", ForwardingField::Forwarded),
            ("CF-Connecting-IP", single),
        ];
        for (text, field) in cases {
            assert_eq!(text.parse::<ForwardingField>().unwrap(), field);
            assert_eq!(field.name().as_str(), text.to_lowercase());
            assert!(field.is_sane());
        }
        assert!("".parse::<ForwardingField>().is_err());
        assert!("a b".parse::<ForwardingField>().is_err());
    }

    #[test]
    fn lists_and_everyday_fields_hold_no_single_address() {
        for name in [
            "x-forwarded-for",
            "x-forwarded-host",
            "forwarded",
            "host",
            "cookie",
            "sec-fetch-site",
        ] {
            assert!(
                !ForwardingField::Single(HeaderName::from_static(name)).is_sane(),
                "{name}"
            );
        }
    }
}
