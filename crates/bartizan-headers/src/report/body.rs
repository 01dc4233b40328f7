//! The JSON of one violation, read leniently: a field of a wrong type is an absent one, an unknown field is stepped over.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// The longest text that is taken from the JSON, in bytes: enough for what is kept, and for the query that is cut off.
const MAX_RAW: usize = 2_048;

/// The fields of a violation. Of a field that is there twice the first counts.
#[derive(Debug, Default)]
pub(crate) struct Body {
    pub(crate) effective: Option<String>,
    pub(crate) violated: Option<String>,
    pub(crate) blocked: Option<String>,
    pub(crate) document: Option<String>,
    pub(crate) disposition: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) line: Option<u32>,
}

/// The names in `application/csp-report` (CSP 3, section 5.3), and those of the Reporting API (section 5.1).
#[derive(Deserialize)]
#[serde(field_identifier)]
enum Field {
    #[serde(rename = "effective-directive", alias = "effectiveDirective")]
    Effective,
    #[serde(rename = "violated-directive", alias = "violatedDirective")]
    Violated,
    #[serde(rename = "blocked-uri", alias = "blockedURL", alias = "blockedURI")]
    Blocked,
    #[serde(rename = "document-uri", alias = "documentURL", alias = "documentURI")]
    Document,
    #[serde(rename = "disposition")]
    Disposition,
    #[serde(rename = "source-file", alias = "sourceFile")]
    Source,
    #[serde(rename = "line-number", alias = "lineNumber")]
    Line,
    #[serde(other)]
    Unknown,
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BodyVisitor)
    }
}

struct BodyVisitor;

impl<'de> Visitor<'de> for BodyVisitor {
    type Value = Body;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body of a report")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Body, A::Error> {
        let mut body = Body::default();
        while let Some(field) = map.next_key::<Field>()? {
            let place = match field {
                Field::Effective => &mut body.effective,
                Field::Violated => &mut body.violated,
                Field::Blocked => &mut body.blocked,
                Field::Document => &mut body.document,
                Field::Disposition => &mut body.disposition,
                Field::Source => &mut body.source,
                Field::Line => {
                    let line = map.next_value::<Scalar>()?.number;
                    body.line = body.line.or(line);
                    continue;
                }
                Field::Unknown => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            let text = map.next_value::<Scalar>()?.text;
            if place.is_none() {
                *place = text;
            }
        }
        Ok(body)
    }

    // Reports of other types have whatever body they like, `null` for one.
    fn visit_unit<E>(self) -> Result<Body, E> {
        Ok(Body::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Body, E> {
        Ok(Body::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Body, E> {
        Ok(Body::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Body, E> {
        Ok(Body::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Body, E> {
        Ok(Body::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Body, E> {
        Ok(Body::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Body, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Body::default())
    }
}

/// A text or a number, if the value is one.
#[derive(Debug, Default)]
pub(crate) struct Scalar {
    pub(crate) text: Option<String>,
    number: Option<u32>,
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
        let mut end = text.len().min(MAX_RAW);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        Ok(Scalar {
            text: Some(text[..end].to_owned()),
            number: None,
        })
    }

    fn visit_u64<E>(self, number: u64) -> Result<Scalar, E> {
        Ok(Scalar {
            text: None,
            number: u32::try_from(number).ok(),
        })
    }

    fn visit_i64<E>(self, _: i64) -> Result<Scalar, E> {
        Ok(Scalar::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Scalar, E> {
        Ok(Scalar::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Scalar, E> {
        Ok(Scalar::default())
    }

    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Ok(Scalar::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::default())
    }
}
