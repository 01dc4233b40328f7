//! A body of reports.

use std::fmt;

use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::{
    body::{Body, Scalar},
    violation::{Read, Report, ReportKind},
};
use crate::ReportError;

/// How much of a stranger's body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportLimits {
    max_bytes: usize,
    max_reports: usize,
}

impl ReportLimits {
    /// The most bytes of a body; 65,536 by default. A browser's longest batches are far below it.
    #[must_use]
    pub const fn max_bytes(mut self, most: usize) -> Self {
        self.max_bytes = most;
        self
    }

    /// The most reports of a body; 20 by default. Those behind them are counted.
    #[must_use]
    pub const fn max_reports(mut self, most: usize) -> Self {
        self.max_reports = most;
        self
    }
}

impl Default for ReportLimits {
    fn default() -> Self {
        Self {
            max_bytes: 64 * 1024,
            max_reports: 20,
        }
    }
}

/// What a body holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reports {
    reports: Vec<Report>,
    noise: usize,
    unusable: usize,
    dropped: usize,
    others: [usize; ReportKind::ALL.len()],
}

impl Reports {
    /// The violations of Content-Security-Policy.
    #[must_use]
    pub fn reports(&self) -> &[Report] {
        &self.reports
    }

    /// The same, to keep.
    #[must_use]
    pub fn into_reports(self) -> Vec<Report> {
        self.reports
    }

    /// Violations by browser extensions, left out.
    #[must_use]
    pub const fn noise(&self) -> usize {
        self.noise
    }

    /// Violations without a directive or a page, left out.
    #[must_use]
    pub const fn unusable(&self) -> usize {
        self.unusable
    }

    /// Reports behind [`ReportLimits::max_reports`], not looked at.
    #[must_use]
    pub const fn dropped(&self) -> usize {
        self.dropped
    }

    /// Reports of another kind, left out.
    #[must_use]
    pub fn others(&self, kind: ReportKind) -> usize {
        self.others[kind as usize]
    }

    fn add(&mut self, kind: ReportKind, body: &Body) {
        if kind != ReportKind::CspViolation {
            self.others[kind as usize] += 1;
            return;
        }
        match Report::read(body) {
            Read::Report(report) => self.reports.push(report),
            Read::Noise => self.noise += 1,
            Read::Unusable => self.unusable += 1,
        }
    }
}

/// Reads what a browser posts to a policy's `report-uri` or `report-to`.
///
/// `content_type` is the request's `Content-Type`, with parameters or without. What is allocated does not depend on what the
/// JSON says: at most the body's length for a text with escapes, and half a kibibyte for each text that is kept.
///
/// ```
/// use bartizan_headers::{ReportLimits, read_reports};
///
/// let body = br#"{"csp-report": {
///     "document-uri": "https://example.com/cart?session=1",
///     "effective-directive": "script-src-elem",
///     "blocked-uri": "https://evil.example/x.js?who=me"
/// }}"#;
/// let reports = read_reports(b"application/csp-report", body, ReportLimits::default())?;
/// let report = &reports.reports()[0];
/// assert_eq!(report.document, "https://example.com/cart");
/// assert_eq!(report.blocked, "https://evil.example/x.js");
///
/// // Refused: what is no report, and more than was asked for.
/// let small = ReportLimits::default().max_bytes(10);
/// assert!(read_reports(b"application/csp-report", body, small).is_err());
/// assert!(read_reports(b"text/plain", body, ReportLimits::default()).is_err());
/// # Ok::<(), bartizan_headers::ReportError>(())
/// ```
///
/// # Errors
///
/// Another type, too long a body, or one that is no JSON or no report. One report that says nothing does not spoil the others: it
/// is counted as unusable.
pub fn read_reports(
    content_type: &[u8],
    body: &[u8],
    limits: ReportLimits,
) -> Result<Reports, ReportError> {
    let essence = content_type.split(|byte| *byte == b';').next();
    let essence = essence.unwrap_or_default().trim_ascii();
    let is_csp_report = essence.eq_ignore_ascii_case(b"application/csp-report");
    if !is_csp_report && !essence.eq_ignore_ascii_case(b"application/reports+json") {
        return Err(ReportError::ContentType);
    }
    if body.len() > limits.max_bytes {
        return Err(ReportError::TooLarge {
            limit: limits.max_bytes,
            found: body.len(),
        });
    }
    let mut json = serde_json::Deserializer::from_slice(body);
    let reports = if is_csp_report {
        Wrapped::deserialize(&mut json).map(|wrapped| {
            let mut reports = Reports::default();
            reports.add(ReportKind::CspViolation, &wrapped.body);
            reports
        })
    } else {
        Batch {
            most: limits.max_reports,
        }
        .deserialize(&mut json)
    };
    let reports = reports.map_err(|_| ReportError::Malformed)?;
    json.end().map_err(|_| ReportError::Malformed)?;
    Ok(reports)
}

/// The object around a violation in `application/csp-report`. Read by hand: what is derived takes an array for a
/// struct.
struct Wrapped {
    body: Body,
}

impl<'de> Deserialize<'de> for Wrapped {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(field_identifier)]
        enum Field {
            #[serde(rename = "csp-report")]
            Body,
            #[serde(other)]
            Unknown,
        }

        struct WrappedVisitor;

        impl<'de> Visitor<'de> for WrappedVisitor {
            type Value = Wrapped;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with csp-report")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Wrapped, A::Error> {
                let mut body = None;
                while let Some(field) = map.next_key::<Field>()? {
                    match field {
                        Field::Body if body.is_some() => {
                            return Err(A::Error::duplicate_field("csp-report"));
                        }
                        Field::Body => body = Some(map.next_value()?),
                        Field::Unknown => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                let body = body.ok_or_else(|| A::Error::missing_field("csp-report"))?;
                Ok(Wrapped { body })
            }
        }

        deserializer.deserialize_map(WrappedVisitor)
    }
}

/// One report of the Reporting API. Its `url` is the page's, as the violation says itself.
#[derive(Default)]
struct Item {
    kind: Option<ReportKind>,
    body: Option<Body>,
}

impl Item {
    fn read<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        #[derive(Deserialize)]
        #[serde(field_identifier, rename_all = "lowercase")]
        enum Field {
            Type,
            Body,
            #[serde(other)]
            Unknown,
        }

        let mut item = Self::default();
        while let Some(field) = map.next_key::<Field>()? {
            match field {
                Field::Type => {
                    let name = map.next_value::<Scalar>()?.text.unwrap_or_default();
                    item.kind.get_or_insert(ReportKind::of(&name));
                }
                Field::Body => {
                    let body = map.next_value::<Body>()?;
                    item.body.get_or_insert(body);
                }
                Field::Unknown => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(item)
    }

    fn add_to(self, reports: &mut Reports) {
        let kind = self.kind.unwrap_or(ReportKind::Other);
        reports.add(kind, &self.body.unwrap_or_default());
    }
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ItemVisitor;

        impl<'de> Visitor<'de> for ItemVisitor {
            type Value = Item;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a report")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Item, A::Error> {
                Item::read(map)
            }
        }

        deserializer.deserialize_map(ItemVisitor)
    }
}

/// An array of reports, or one alone, of which `most` are read: each becomes small before the next is looked at.
struct Batch {
    most: usize,
}

impl<'de> DeserializeSeed<'de> for Batch {
    type Value = Reports;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Reports, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Batch {
    type Value = Reports;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("reports")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Reports, A::Error> {
        let mut reports = Reports::default();
        for _ in 0..self.most {
            match seq.next_element::<Item>()? {
                Some(item) => item.add_to(&mut reports),
                None => return Ok(reports),
            }
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {
            reports.dropped += 1;
        }
        Ok(reports)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Reports, A::Error> {
        let mut reports = Reports::default();
        Item::read(map)?.add_to(&mut reports);
        Ok(reports)
    }
}
