//! The lines of an `ask` or `decide` block: one answer a line, `label -> step-id`, `label -> end`, or a label alone.

use crate::runbook::finding::Finding;
use crate::runbook::model::Choice;
use crate::runbook::model::Target;

/// More answers than this do not fit a screen and are refused.
const MAX_CHOICES: usize = 9;

/// Reads the lines; `line` is that of the fence.
pub fn read(text: &str, line: u32) -> (Vec<Choice>, Vec<Finding>) {
    let mut choices: Vec<Choice> = Vec::new();
    let mut faults = Vec::new();
    for (i, row) in text.lines().enumerate().filter(|(_, row)| !row.trim().is_empty()) {
        let line = line.saturating_add(1).saturating_add(u32::try_from(i).unwrap_or(u32::MAX));
        let (label, target) = match row.split_once("->") {
            Some((label, target)) => (label.trim(), Some(target.trim())),
            None => (row.trim(), None),
        };
        if label.is_empty() || target == Some("") {
            faults.push(Finding::error(
                line,
                format!("`{}` is half an answer", row.trim()),
                "write `words -> step-id`",
            ));
        } else if choices.iter().any(|c| c.label.eq_ignore_ascii_case(label)) {
            faults.push(Finding::error(line, format!("the answer `{label}` is offered twice"), "keep one of them"));
        } else {
            let target = target.map(|t| if t == "end" { Target::End } else { Target::Step(t.into()) });
            choices.push(Choice { label: label.to_owned(), target });
        }
    }
    if choices.len() > MAX_CHOICES {
        let what = format!("there are {} answers, at most {MAX_CHOICES} fit", choices.len());
        faults.push(Finding::error(line, what, "make two steps of it"));
    }
    (choices, faults)
}
