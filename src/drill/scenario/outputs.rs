//! Recorded outputs: what the steps of a runbook bring forth in a drill, where nothing real runs.

use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use crate::config::{Problem, Report};
use crate::drill::scenario::check::{moment, place, whole};
use crate::drill::scenario::fault;
use crate::drill::scenario::file::{Moment, Text, Whole};

/// What one attempt of a step brings forth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// What came out.
    pub stdout: String,
    /// Exit code.
    pub exit: i32,
    /// How long it took, milliseconds.
    pub took_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    runbook: String,
    step: String,
    from: i64,
    attempt: Option<u32>,
    recorded: Recorded,
}

/// Every recorded output of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordedOutputs {
    rows: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct OutputsFile {
    #[serde(default)]
    output: Vec<OutputFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct OutputFile {
    runbook: Text,
    step: Text,
    from: Option<Spanned<Moment>>,
    attempt: Option<Whole>,
    stdout: String,
    exit: Option<Whole>,
    took_ms: Option<Whole>,
}

impl RecordedOutputs {
    /// Reads `outputs.toml`.
    ///
    /// # Errors
    /// Every problem of the file, in the order of lines.
    pub fn read(path: &Path, text: &str, length: i64) -> Result<Self, Vec<Problem>> {
        let mut report = Report::new(path, text);
        let file: OutputsFile = match toml::from_str(text) {
            Ok(file) => file,
            Err(error) => {
                fault::note(&mut report, &error);
                return Err(report.found());
            }
        };
        let mut rows = Vec::new();
        for output in &file.output {
            if output.step.get_ref().is_empty() || output.runbook.get_ref().is_empty() {
                report.add(place(&output.step), "`runbook` and `step` name which step this came out of");
            }
            let number = |report: &mut Report<'_>, value: &Option<Whole>, name, default, most| {
                value.as_ref().map_or(default, |v| whole(report, v, name, 0, most))
            };
            let exit = number(&mut report, &output.exit, "exit", 0, 255);
            let took_ms = number(&mut report, &output.took_ms, "took-ms", 40, 3_600_000);
            rows.push(Row {
                runbook: output.runbook.get_ref().clone(),
                step: output.step.get_ref().clone(),
                from: output.from.as_ref().map_or(0, |f| moment(&mut report, f, length)),
                attempt: output.attempt.as_ref().and_then(|a| u32::try_from(*a.get_ref()).ok()),
                recorded: Recorded {
                    stdout: output.stdout.clone(),
                    exit: i32::try_from(exit).unwrap_or(0),
                    took_ms: u64::try_from(took_ms).unwrap_or(0),
                },
            });
        }
        report.done(Self { rows })
    }

    /// What a step brings forth at `second`: the newest row that is not later, one for this very attempt first.
    #[must_use]
    pub fn find(&self, runbook: &str, step: &str, attempt: u32, second: i64) -> Option<&Recorded> {
        let fits = |r: &&Row| r.runbook == runbook && r.step == step && r.from <= second;
        let this = self.rows.iter().filter(fits).filter(|r| r.attempt == Some(attempt)).max_by_key(|r| r.from);
        let any = || self.rows.iter().filter(fits).filter(|r| r.attempt.is_none()).max_by_key(|r| r.from);
        this.or_else(any).map(|r| &r.recorded)
    }
}
