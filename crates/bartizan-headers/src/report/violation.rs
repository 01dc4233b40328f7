//! One report.

use super::{
    body::Body,
    clean::{self, is_noise},
};

/// What a browser reports about one violation of Content-Security-Policy (CSP 3, section 5).
///
/// All of it is what a stranger says: anybody can post to a collector. Texts are cut and have no control characters; URLs
/// have no query, no fragment and no userinfo, as there are tokens and names in these.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Report {
    /// What it is about; so far always [`ReportKind::CspViolation`].
    pub kind: ReportKind,
    /// The directive that was violated: lower-case letters and `-`.
    pub directive: String,
    /// What was blocked: a URL, or a word such as `inline`, `eval` or `data`. Empty if the browser does not say.
    pub blocked: String,
    /// The page.
    pub document: String,
    /// Whether the policy was enforced.
    pub disposition: ReportDisposition,
    /// The file that did it, if the browser says.
    pub source: Option<String>,
    /// The line in that file, from 1.
    pub line: Option<u32>,
}

/// What a report is about, by its `type` (Reporting API).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ReportKind {
    /// `csp-violation`, and whatever comes as `application/csp-report`.
    CspViolation,
    /// `permissions-policy-violation`.
    PermissionsPolicyViolation,
    /// `coep`: Cross-Origin-Embedder-Policy.
    Coep,
    /// `coop`: Cross-Origin-Opener-Policy.
    Coop,
    /// `integrity-violation`.
    IntegrityViolation,
    /// `network-error`.
    NetworkError,
    /// `deprecation`.
    Deprecation,
    /// `intervention`.
    Intervention,
    /// `crash`.
    Crash,
    /// Any other, or none.
    Other,
}

impl ReportKind {
    pub(crate) const ALL: [Self; 10] = [
        Self::CspViolation,
        Self::PermissionsPolicyViolation,
        Self::Coep,
        Self::Coop,
        Self::IntegrityViolation,
        Self::NetworkError,
        Self::Deprecation,
        Self::Intervention,
        Self::Crash,
        Self::Other,
    ];

    /// Every kind, in the order of declaration.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }

    /// The type as browsers write it, `other` for what is none of them.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CspViolation => "csp-violation",
            Self::PermissionsPolicyViolation => "permissions-policy-violation",
            Self::Coep => "coep",
            Self::Coop => "coop",
            Self::IntegrityViolation => "integrity-violation",
            Self::NetworkError => "network-error",
            Self::Deprecation => "deprecation",
            Self::Intervention => "intervention",
            Self::Crash => "crash",
            Self::Other => "other",
        }
    }

    pub(crate) fn of(name: &str) -> Self {
        let found = Self::all().find(|kind| kind.as_str() == name);
        found.unwrap_or(Self::Other)
    }
}

/// Whether the policy that was violated is enforced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReportDisposition {
    /// It is: something was blocked.
    Enforce,
    /// It only reports.
    Report,
    /// The browser does not say.
    #[default]
    Unknown,
}

/// What became of a report.
#[derive(Debug)]
pub(crate) enum Read {
    Report(Report),
    Noise,
    Unusable,
}

impl Report {
    pub(crate) fn read(body: &Body) -> Read {
        let is_noise = is_noise(body.source.as_deref().unwrap_or_default(), true)
            || [&body.blocked, &body.document]
                .into_iter()
                .flatten()
                .any(|url| is_noise(url, false));
        if is_noise {
            return Read::Noise;
        }
        // older browsers name only the whole line of the policy
        let directive = body.effective.as_deref().and_then(clean::directive);
        let directive = directive.or_else(|| body.violated.as_deref().and_then(clean::directive));
        let (Some(directive), Some(document)) = (directive, &body.document) else {
            return Read::Unusable;
        };
        let source = body.source.as_deref().map(clean::url);
        Read::Report(Self {
            kind: ReportKind::CspViolation,
            directive,
            blocked: body.blocked.as_deref().map(clean::url).unwrap_or_default(),
            document: clean::url(document),
            disposition: match body.disposition.as_deref() {
                Some("enforce") => ReportDisposition::Enforce,
                Some("report") => ReportDisposition::Report,
                _ => ReportDisposition::Unknown,
            },
            source: source.filter(|source| !source.is_empty()),
            line: body.line.filter(|line| *line > 0),
        })
    }

    /// The same number for the same report, on every machine and in every version of this crate: a key to drop duplicates by.
    ///
    /// It is no secret and no proof (FNV-1a of 64 bits): whoever wants to can make two reports with one number.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let line = self.line.unwrap_or(0).to_be_bytes();
        let disposition = match self.disposition {
            ReportDisposition::Enforce => "enforce",
            ReportDisposition::Report => "report",
            ReportDisposition::Unknown => "",
        };
        let texts = [
            self.kind.as_str(),
            &self.directive,
            &self.blocked,
            &self.document,
            disposition,
            self.source.as_deref().unwrap_or(""),
        ];
        // No text has a control character, so 0 ends one and nothing runs into the next.
        let ended = texts.iter().flat_map(|text| text.bytes().chain([0]));
        ended.chain(line).fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        Report {
            kind: ReportKind::CspViolation,
            directive: "script-src-elem".to_owned(),
            blocked: "inline".to_owned(),
            document: "https://example.com/".to_owned(),
            disposition: ReportDisposition::Enforce,
            source: None,
            line: Some(7),
        }
    }

    #[test]
    fn a_fingerprint_never_changes() {
        // stored keys must hold after an update
        assert_eq!(report().fingerprint(), FINGERPRINT);
    }

    #[test]
    fn each_field_is_part_of_the_fingerprint() {
        let changes: [fn(&mut Report); 6] = [
            |it| it.directive.push('x'),
            |it| it.blocked = "eval".to_owned(),
            |it| it.document.push('a'),
            |it| it.disposition = ReportDisposition::Report,
            |it| it.source = Some("https://example.com/a.js".to_owned()),
            |it| it.line = None,
        ];
        let mut all: Vec<_> = changes
            .iter()
            .map(|change| {
                let mut changed = report();
                change(&mut changed);
                changed.fingerprint()
            })
            .collect();
        all.push(FINGERPRINT);
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 7);
        // what ends in one field does not begin in the next
        let (mut left, mut right) = (report(), report());
        (left.directive, left.blocked) = ("ab".into(), "c".into());
        (right.directive, right.blocked) = ("a".into(), "bc".into());
        assert_ne!(left.fingerprint(), right.fingerprint());
    }

    /// By another implementation of FNV-1a, which gives the published value for `foobar`.
    const FINGERPRINT: u64 = 0x669f_9bb7_2296_da1e;

    #[test]
    fn each_kind_reads_back_from_its_name() {
        for (index, kind) in ReportKind::all().enumerate() {
            assert_eq!(ReportKind::of(kind.as_str()), kind);
            assert_eq!(kind as usize, index);
        }
        assert_eq!(ReportKind::of("x\ny"), ReportKind::Other);
    }
}
