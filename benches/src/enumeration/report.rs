//! What was found, as tables and as JSON.

use serde_json::{Value, json};

use super::statistics::{BAND, Share, Verdict};
use crate::machine::Machine;
use crate::row::{self, Row};

/// One case, measured one way.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) case: String,
    /// `time`: the chance that the right kind's answer takes longer. `http/2`: how often the left kind is answered first.
    pub(crate) how: &'static str,
    /// What a hash costs.
    pub(crate) cost: &'static str,
    pub(crate) pairs: u32,
    /// Medians in microseconds, where times were taken.
    pub(crate) times: Option<[f64; 2]>,
    pub(crate) share: Share,
    /// How many answers of different status, names of fields or length there were.
    pub(crate) shapes: usize,
    /// Of a control, whether it leaks.
    pub(crate) expected: Option<bool>,
}

#[derive(Debug, Default)]
pub(crate) struct Report {
    lines: Vec<Line>,
    pub(crate) flood: Vec<Row>,
    pub(crate) failed_controls: Vec<String>,
    skipped: Vec<String>,
}

const HEAD: [&str; 10] = [
    "case", "measured", "hash", "pairs", "left us", "right us", "share", "95 %", "answers",
    "verdict",
];

impl Line {
    /// A server's own row has a target: the share in the band, and one answer.
    fn met(&self) -> bool {
        self.share.met() && self.shapes == 1
    }

    fn verdict(&self) -> String {
        let found = self.share.verdict();
        match self.expected {
            Some(true) if found == Verdict::Leaks => "leaks, as it must".to_owned(),
            Some(false) if found != Verdict::Leaks => format!("{}, as it must", found.text()),
            Some(_) => format!("{}: THE METHOD FAILED", found.text()),
            None if self.met() => found.text().to_owned(),
            None => format!("{}: MISSED", found.text()),
        }
    }

    fn cells(&self) -> [String; 10] {
        let [left, right] = match self.times {
            Some(times) => times.map(|time| format!("{time:.0}")),
            None => ["-", "-"].map(str::to_owned),
        };
        let Share { value, low, high } = self.share;
        [
            self.case.clone(),
            self.how.to_owned(),
            self.cost.to_owned(),
            self.pairs.to_string(),
            left,
            right,
            format!("{value:.3}"),
            format!("{low:.3} to {high:.3}"),
            match self.shapes {
                1 => "one".to_owned(),
                shapes => format!("{shapes} kinds"),
            },
            self.verdict(),
        ]
    }

    fn json(&self) -> Value {
        json!({
            "case": self.case,
            "measured": self.how,
            "hash": self.cost,
            "pairs": self.pairs,
            "median_us": self.times,
            "share": self.share.value,
            "low": self.share.low,
            "high": self.share.high,
            "answers": self.shapes,
            "verdict": self.share.verdict().text(),
            "control_leaks": self.expected,
            "met": self.expected.is_none().then(|| self.met()),
        })
    }
}

impl Report {
    /// Takes a line, and tells it at once: a run takes minutes.
    pub(crate) fn add(&mut self, line: Line) {
        eprintln!("{}", line.cells().join(", "));
        self.lines.push(line);
    }

    /// Notes why something was not measured; once, however often it is met.
    pub(crate) fn skip(&mut self, reason: String) {
        if !self.skipped.contains(&reason) {
            eprintln!("skipped: {reason}");
            self.skipped.push(reason);
        }
    }

    pub(crate) fn text(&self, machine: &Machine) -> String {
        let lines: Vec<_> = self.lines.iter().map(Line::cells).collect();
        let mut parts = vec![
            machine.to_string(),
            row::markdown(HEAD, &lines),
            format!(
                "target: a share of {} to {}, and one answer",
                BAND.0, BAND.1
            ),
            row::table(&self.flood),
        ];
        parts.extend(
            self.skipped
                .iter()
                .map(|reason| format!("skipped: {reason}")),
        );
        parts.join("\n\n")
    }

    pub(crate) fn json(&self, machine: &Machine) -> Value {
        let mut document = row::json(machine, &self.flood);
        document["lines"] = self.lines.iter().map(Line::json).collect();
        document["skipped"] = json!(self.skipped);
        document["failed_controls"] = json!(self.failed_controls);
        document
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, Share};

    fn line(value: f64, shapes: usize, expected: Option<bool>) -> Line {
        Line {
            case: "log-in".to_owned(),
            how: "time",
            cost: "default",
            pairs: 1,
            times: None,
            share: Share {
                value,
                low: value - 0.02,
                high: value + 0.02,
            },
            shapes,
            expected,
        }
    }

    #[test]
    fn a_share_outside_the_band_or_a_second_answer_is_missed() {
        assert_eq!(line(0.5, 1, None).verdict(), "equal");
        assert_eq!(line(0.5, 2, None).verdict(), "equal: MISSED");
        assert_eq!(line(0.6, 1, None).verdict(), "leaks: MISSED");
    }

    #[test]
    fn a_control_that_is_not_what_it_has_to_be_is_shown_as_such() {
        assert_eq!(line(0.9, 1, Some(true)).verdict(), "leaks, as it must");
        assert_eq!(line(0.5, 1, Some(false)).verdict(), "equal, as it must");
        for (value, leaks) in [(0.5, true), (0.9, false)] {
            let verdict = line(value, 1, Some(leaks)).verdict();
            assert!(verdict.ends_with("THE METHOD FAILED"), "{verdict}");
        }
    }
}
