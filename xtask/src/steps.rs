//! Numbered, timed steps that all run, and the table that ends them.

use std::time::{Duration, Instant};

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Passed,
    /// The check could not run and nothing demanded it: said aloud, not counted as a failure.
    NotRun(String),
    Failed(String),
}

struct Step {
    name: &'static str,
    end: End,
    took: Duration,
}

/// The steps so far.
pub(crate) struct Steps {
    total: usize,
    done: Vec<Step>,
    /// In CI a check that cannot run is a failure.
    strict: bool,
}

impl Steps {
    /// `strict` turns a check that cannot run into a failing one.
    pub(crate) fn new(total: usize, strict: bool) -> Self {
        Self {
            total,
            done: Vec::new(),
            strict,
        }
    }

    /// Runs one step under its number and name; a failure does not keep the next from running.
    pub(crate) fn step(&mut self, name: &'static str, work: impl FnOnce() -> End) {
        eprintln!("\n== {}/{} {name}", self.done.len() + 1, self.total);
        let start = Instant::now();
        let mut end = work();
        if let (true, End::NotRun(reason)) = (self.strict, &end) {
            end = End::Failed(format!("could not run: {reason}"));
        }
        let took = start.elapsed();
        match &end {
            End::Passed => eprintln!("== passed in {:.1} s", took.as_secs_f64()),
            End::NotRun(reason) => eprintln!("== NOT RUN: {reason}"),
            End::Failed(reason) => eprintln!("== FAILED: {reason}"),
        }
        self.done.push(Step { name, end, took });
    }

    /// Prints the table; an error names the steps that failed.
    pub(crate) fn finish(self) -> Result<(), String> {
        println!("\n{}", self.table());
        let failed: Vec<&str> = self
            .done
            .iter()
            .filter(|step| matches!(step.end, End::Failed(_)))
            .map(|step| step.name)
            .collect();
        if failed.is_empty() {
            Ok(())
        } else {
            Err(format!("failed: {}", failed.join(", ")))
        }
    }

    fn table(&self) -> String {
        let width = self.done.iter().map(|step| step.name.len()).max();
        let width = width.unwrap_or(0);
        let mut lines = Vec::new();
        for (number, step) in self.done.iter().enumerate() {
            let word = match &step.end {
                End::Passed => "passed".to_owned(),
                End::NotRun(reason) => format!("NOT RUN  {reason}"),
                End::Failed(reason) => format!("FAILED   {reason}"),
            };
            lines.push(format!(
                "{:>2}  {:<width$}  {:>7.1} s  {word}",
                number + 1,
                step.name,
                step.took.as_secs_f64(),
            ));
        }
        let whole: Duration = self.done.iter().map(|step| step.took).sum();
        lines.push(format!(
            "    {:<width$}  {:>7.1} s",
            "all",
            whole.as_secs_f64()
        ));
        lines.join("\n")
    }
}

impl From<Result<(), String>> for End {
    fn from(result: Result<(), String>) -> Self {
        match result {
            Ok(()) => Self::Passed,
            Err(reason) => Self::Failed(reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{End, Steps};

    #[test]
    fn every_step_runs_and_failures_are_named() {
        let mut steps = Steps::new(3, false);
        let mut ran = 0;
        steps.step("first", || End::Failed("because".to_owned()));
        steps.step("second", || {
            ran += 1;
            End::Passed
        });
        steps.step("third", || End::NotRun("no tool".to_owned()));
        assert_eq!(ran, 1);
        let table = steps.table();
        assert!(table.contains("FAILED   because"));
        assert!(table.contains("NOT RUN  no tool"));
        assert_eq!(steps.finish(), Err("failed: first".to_owned()));
    }

    #[test]
    fn in_ci_a_check_that_cannot_run_fails() {
        let mut steps = Steps::new(1, true);
        steps.step("licences", || End::NotRun("no tool".to_owned()));
        assert_eq!(steps.finish(), Err("failed: licences".to_owned()));
    }
}
