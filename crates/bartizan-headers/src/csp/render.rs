//! A checked policy as field values: the one without a nonce, and the one that waits for it.

use http::HeaderValue;

use super::{
    Directive, Lists, Source,
    read::{Read, read},
};
use crate::shared;

/// What the value is sent as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Enforced,
    /// Without what browsers ignore there: `sandbox` (CSP 3, section 6.3.3) and `upgrade-insecure-requests`.
    ReportOnly,
}

pub(super) fn is_nonce(source: &Source) -> bool {
    read(source.as_str()) == Ok(Read::Nonce)
}

pub(super) fn words(sources: &[Source]) -> String {
    let words: Vec<_> = sources.iter().map(Source::as_str).collect();
    words.join(" ")
}

/// A value with places for one nonce.
#[derive(Debug)]
pub(crate) struct Template {
    /// What stands between the nonces; one piece if there is no nonce.
    pieces: Vec<String>,
    without: HeaderValue,
}

impl Template {
    pub(super) fn new(lists: &Lists, kind: Kind, https: bool) -> Self {
        let mut pieces = vec![String::new()];
        let mut without = String::new();
        for (directive, sources) in lists.iter() {
            let ignored = match directive {
                Directive::UpgradeInsecureRequests => !https || kind == Kind::ReportOnly,
                Directive::Sandbox => kind == Kind::ReportOnly,
                // Chromium heeds `Reporting-Endpoints` over HTTPS only, and beside `report-to` never looks at `report-uri`: over
                // plain HTTP both together would report nothing.
                Directive::ReportTo => !https && lists.get(Directive::ReportUri).is_some(),
                _ => false,
            };
            if ignored {
                continue;
            }
            let gap = if without.is_empty() { "" } else { "; " };
            without.push_str(&format!("{gap}{directive}"));
            push(&mut pieces, &format!("{gap}{directive}"));
            for source in sources {
                if is_nonce(source) {
                    push(&mut pieces, " 'nonce-");
                    pieces.push(String::from("'"));
                } else {
                    push(&mut pieces, &format!(" {source}"));
                }
            }
            for source in without_nonce(sources) {
                without.push_str(&format!(" {source}"));
            }
        }
        Self {
            pieces,
            without: shared::value(&without).unwrap_or(NOTHING),
        }
    }

    /// The value for an answer whose handler drew no nonce.
    pub(crate) const fn without_nonce(&self) -> &HeaderValue {
        &self.without
    }

    /// The value with this nonce, or `None` if it has no place for one.
    pub(crate) fn with_nonce(&self, nonce: &str) -> Option<HeaderValue> {
        let (first, rest) = self.pieces.split_first()?;
        if rest.is_empty() {
            return None;
        }
        let rest_length: usize = rest.iter().map(|piece| nonce.len() + piece.len()).sum();
        let mut text = Vec::with_capacity(first.len() + rest_length);
        text.extend_from_slice(first.as_bytes());
        for piece in rest {
            text.extend_from_slice(nonce.as_bytes());
            text.extend_from_slice(piece.as_bytes());
        }
        Some(value(text))
    }
}

fn push(pieces: &mut [String], text: &str) {
    if let Some(last) = pieces.last_mut() {
        last.push_str(text);
    }
}

/// The list of an answer without a nonce. `'unsafe-inline'` goes with the nonce that made browsers ignore it: it would come
/// to life.
fn without_nonce(sources: &[Source]) -> Vec<Source> {
    let had = sources.iter().any(is_nonce);
    let hashed = sources
        .iter()
        .any(|source| read(source.as_str()) == Ok(Read::Hash));
    let mut left: Vec<_> = sources
        .iter()
        .filter(|source| match read(source.as_str()) {
            Ok(Read::Nonce) => false,
            Ok(Read::UnsafeInline) => !had || hashed,
            _ => true,
        })
        .cloned()
        .collect();
    if had && left.is_empty() {
        left.push(Source::NONE);
    }
    left
}

/// The lint has read every byte; the strictest reading of a mistake is a policy that allows nothing.
const NOTHING: HeaderValue = HeaderValue::from_static("default-src 'none'");

fn value(text: Vec<u8>) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or(NOTHING)
}
