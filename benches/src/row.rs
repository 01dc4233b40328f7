//! One comparison, as a line of the table and as JSON.

use serde_json::{Value, json};

use crate::harness::Pair;
use crate::machine::Machine;

/// What the ratio ours / rival has to be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    AtMost(f64),
    AtLeast(f64),
}

impl Target {
    fn is_met(self, ratio: f64) -> bool {
        match self {
            Self::AtMost(limit) => ratio <= limit,
            Self::AtLeast(limit) => ratio >= limit,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtMost(limit) => format!("<= {limit}"),
            Self::AtLeast(limit) => format!(">= {limit}"),
        }
    }
}

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) area: &'static str,
    pub(crate) name: &'static str,
    pub(crate) pair: Pair,
    /// What ours stands against, with its version.
    pub(crate) rival: String,
    pub(crate) unit: &'static str,
    pub(crate) target: Target,
}

const HEAD: [&str; 9] = [
    "area",
    "name",
    "ours",
    "rival",
    "rival_version",
    "unit",
    "ratio",
    "target",
    "met",
];

impl Row {
    fn met(&self) -> bool {
        self.target.is_met(self.pair.ratio)
    }

    fn cells(&self) -> [String; 9] {
        [
            self.area.to_owned(),
            self.name.to_owned(),
            figure(self.pair.ours),
            figure(self.pair.rival),
            self.rival.clone(),
            self.unit.to_owned(),
            figure(self.pair.ratio),
            self.target.text(),
            if self.met() { "yes" } else { "MISSED" }.to_owned(),
        ]
    }

    fn json(&self) -> Value {
        json!({
            "area": self.area,
            "name": self.name,
            "ours": self.pair.ours,
            "rival": self.pair.rival,
            "rival_version": self.rival,
            "unit": self.unit,
            "ratio": self.pair.ratio,
            "target": self.target.text(),
            "met": self.met(),
        })
    }
}

/// The rows as a Markdown table that can also be read as it is.
pub(crate) fn table(rows: &[Row]) -> String {
    let lines: Vec<_> = rows.iter().map(Row::cells).collect();
    markdown(HEAD, &lines)
}

/// Any such table.
pub(crate) fn markdown<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    let mut lines = vec![head.map(str::to_owned)];
    lines.extend_from_slice(rows);
    let width = |column: usize| lines.iter().map(|cells| cells[column].len()).max();
    let widths: [usize; N] = std::array::from_fn(|column| width(column).unwrap_or(0));
    let mut text: Vec<String> = lines
        .iter()
        .map(|cells| {
            let padded = cells
                .iter()
                .zip(widths)
                .map(|(cell, width)| format!("{cell:width$}"));
            format!("| {} |", padded.collect::<Vec<_>>().join(" | "))
        })
        .collect();
    let rule = widths.map(|width| "-".repeat(width + 2)).join("|");
    text.insert(1, format!("|{rule}|"));
    text.join("\n")
}

/// The machine and the rows as one JSON document.
pub(crate) fn json(machine: &Machine, rows: &[Row]) -> Value {
    json!({
        "cpu": machine.cpu,
        "cores": machine.cores,
        "rustc": machine.rustc,
        "rows": rows.iter().map(Row::json).collect::<Vec<_>>(),
    })
}

/// Three significant digits, and whole numbers from a hundred on.
fn figure(value: f64) -> String {
    let places = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        size if size >= 0.1 => 3,
        _ => 4,
    };
    format!("{value:.places$}")
}

#[cfg(test)]
mod tests {
    use super::{Row, Target, table};
    use crate::harness::Pair;

    #[test]
    fn a_missed_target_stays_in_the_table_as_missed() {
        let row = |target| Row {
            area: "token",
            name: "parse",
            pair: Pair {
                ours: 250.0,
                rival: 100.0,
                ratio: 2.5,
            },
            rival: "hmac 0.13.0".to_owned(),
            unit: "ns",
            target,
        };
        let text = table(&[row(Target::AtMost(2.0)), row(Target::AtLeast(2.0))]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4);
        assert!(lines[2].contains("MISSED"));
        assert!(lines[3].contains("yes"));
    }
}
