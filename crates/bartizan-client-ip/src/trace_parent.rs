//! `traceparent` of W3C Trace Context (Recommendation of 23 November 2021).

use std::{error::Error, fmt, str::FromStr};

/// Length of version 00: 2 + 1 + 32 + 1 + 16 + 1 + 2.
const LENGTH: usize = 55;

/// The place of a request in a distributed trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TraceParent {
    trace_id: u128,
    parent_id: u64,
    flags: u8,
}

impl TraceParent {
    /// The id of the whole trace, never zero. `{:032x}` is its text.
    #[must_use]
    pub const fn trace_id(&self) -> u128 {
        self.trace_id
    }

    /// The id of the caller's own span, never zero. `{:016x}` is its text.
    #[must_use]
    pub const fn parent_id(&self) -> u64 {
        self.parent_id
    }

    /// Whether the caller may have recorded its part. Whoever calls decides this, a stranger too: recording everything that
    /// asks for it lets strangers fill a store.
    #[must_use]
    pub const fn sampled(&self) -> bool {
        self.flags & 1 == 1
    }

    /// Reads version 00 in full, and of a version to come the part that section 3.2.4 keeps for all versions.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (text, more) = bytes.split_at_checked(LENGTH)?;
        let mut parts = text.split(|byte| *byte == b'-');
        let mut next = |length| {
            let part = parts.next().filter(|part| part.len() == length)?;
            part.iter().try_fold(0_u128, |value, digit| {
                let digit = match digit {
                    b'0'..=b'9' => digit - b'0',
                    b'a'..=b'f' => digit - b'a' + 10,
                    _ => return None,
                };
                Some(value << 4 | u128::from(digit))
            })
        };
        let (version, trace_id, parent_id, flags) = (next(2)?, next(32)?, next(16)?, next(2)?);
        let fits = match version {
            0 => more.is_empty(),
            0xff => false,
            _ => matches!(more, [] | [b'-', ..]),
        };
        let parent_id = u64::try_from(parent_id).ok()?;
        let flags = u8::try_from(flags).ok()?;
        (fits && trace_id != 0 && parent_id != 0).then_some(Self {
            trace_id,
            parent_id,
            flags,
        })
    }
}

impl fmt::Display for TraceParent {
    /// The text in version 00, whatever version was read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            trace_id,
            parent_id,
            ..
        } = self;
        // Other flags have no meaning in version 00, and must be zero (section 3.2.2.5.2).
        let flags = u8::from(self.sampled());
        write!(f, "00-{trace_id:032x}-{parent_id:016x}-{flags:02x}")
    }
}

impl FromStr for TraceParent {
    type Err = TraceParentError;

    fn from_str(text: &str) -> Result<Self, TraceParentError> {
        Self::from_bytes(text.as_bytes()).ok_or(TraceParentError { _private: () })
    }
}

/// The text is no `traceparent`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceParentError {
    _private: (),
}

impl fmt::Display for TraceParentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a traceparent: version, trace id, parent id and flags in lower-case hexadecimal digits")
    }
}

impl Error for TraceParentError {}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_good_one_is_read_and_written() {
        let parent: TraceParent = GOOD.parse().unwrap();
        assert_eq!(parent.trace_id(), 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
        assert_eq!(parent.parent_id(), 0x00f0_67aa_0ba9_02b7);
        assert!(parent.sampled());
        assert_eq!(parent.to_string(), GOOD);
        let unsampled = GOOD.replace("-01", "-fe");
        let unsampled: TraceParent = unsampled.parse().unwrap();
        assert!(!unsampled.sampled());
        assert!(unsampled.to_string().ends_with("-00"));
    }

    #[test]
    fn versions_to_come_may_only_append() {
        let future = |end: &str| format!("cc{}{end}", &GOOD[2..]).parse::<TraceParent>();
        assert_eq!(future(""), Ok(GOOD.parse().unwrap()));
        assert_eq!(future("-what-the-future-brings"), Ok(GOOD.parse().unwrap()));
        assert!(future("x").is_err());
    }

    #[test]
    fn everything_else_is_refused() {
        let hostile = [
            "".to_owned(),
            GOOD.replace("00-", "ff-"),
            GOOD.replace("00-4", "0-44"),
            GOOD.to_uppercase(),
            GOOD.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            GOOD.replace("00f067aa0ba902b7", &"0".repeat(16)),
            GOOD.replace("-00f0", "_00f0"),
            GOOD.replace("-01", "-1"),
            GOOD.replace("4bf9", "4bg9"),
            GOOD.replace("4bf9", "+bf9"),
            format!("{GOOD}-"),
            format!("{GOOD}0"),
            format!(" {GOOD}"),
            GOOD[..54].to_owned(),
        ];
        for text in hostile {
            assert!(text.parse::<TraceParent>().is_err(), "{text}");
        }
    }
}
