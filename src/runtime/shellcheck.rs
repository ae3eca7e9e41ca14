//! A second opinion on a runbook's commands from `shellcheck`, where this host has it. Runs that program alone, on text
//! handed over its standard input; a host without it loses only the opinion.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::runbook::finding::Finding;
use crate::runbook::model::{Runbook, Step};

/// Not ours: parameters come from the environment (2154, 2153), words of one step are no script's (2034: set for a later one).
const NOT_OURS: &str = "SC2154,SC2153,SC2034";

/// An expansion without quotes: a note to shellcheck, and to us a way in for whoever chooses the value. Its other notes are of style.
const UNQUOTED: &str = "2086";

/// What shellcheck says about every command of a runbook, by line; empty where it is not installed.
#[must_use]
pub fn opinions(book: &Runbook) -> Vec<Finding> {
    book.steps.iter().filter(|s| s.kind.runs_command()).flat_map(|s| of(book, s).unwrap_or_default()).collect()
}

fn of(book: &Runbook, step: &Step) -> Option<Vec<Finding>> {
    let mut check = Command::new("shellcheck");
    check.args(["--shell=sh", "--format=gcc", "--severity=info", "--norc", "--exclude", NOT_OURS, "-"]);
    check.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = check.spawn().ok()?;
    let mut stdin = child.stdin.take()?;
    // A command has 12 KiB at most, less than a pipe takes at once.
    stdin.write_all(format!("{}\n", step.command).as_bytes()).ok()?;
    drop(stdin);
    let said = child.wait_with_output().ok()?;
    let first = first_line(book, step);
    let lines = String::from_utf8_lossy(&said.stdout);
    Some(lines.lines().filter_map(|l| finding(l, first, step)).collect())
}

/// `-:3:8: warning: words [SC2046]`
fn finding(line: &str, first: u32, step: &Step) -> Option<Finding> {
    let mut parts = line.splitn(5, ':');
    let (_, row, _, level, words) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let row: u32 = row.parse().ok()?;
    let code = words.rsplit_once("[SC").and_then(|(_, c)| c.strip_suffix(']')).unwrap_or_default();
    if level.trim() == "note" && code != UNQUOTED {
        return None;
    }
    let what = format!("step `{}`: shellcheck: {}", step.id, words.trim());
    Some(Finding::warning(
        first.saturating_add(row.saturating_sub(1)),
        what,
        format!("see SC{code}, or say it in another way"),
    ))
}

/// The line of a command's first line in its file.
fn first_line(book: &Runbook, step: &Step) -> u32 {
    let begin = step.command.lines().next().unwrap_or_default();
    let after = usize::try_from(step.line).unwrap_or(0);
    let row = book.text.lines().skip(after).position(|l| l == begin).unwrap_or(0);
    u32::try_from(after + row + 1).unwrap_or(step.line)
}
