//! A run takes its constants from the sheet that was frozen in the log, and from nowhere else.
//! Must not read a file: what the log says is what everybody has.

use std::collections::BTreeMap;

use crate::domain::event::SheetFrozen;
use crate::domain::run::Run;
use crate::domain::run::short_digest;
use crate::runbook::model::Runbook;

/// The parameters of a run: those given, and over them the newest frozen sheet's constants.
///
/// # Errors
/// There is no frozen sheet, it lacks a constant, or somebody gave another value by hand.
pub fn given(
    book: &Runbook,
    sheets: &[SheetFrozen],
    mut given: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, String> {
    if book.sheet.is_empty() {
        return Ok(given);
    }
    let newest = sheets.iter().rev().find(|s| s.runbook == book.id).ok_or_else(|| {
        format!(
            "{0} takes its constants from a frozen sheet, and none is in the log; begin one: warroom runbook sheet new {0}",
            book.id
        )
    })?;
    for constant in &book.sheet {
        let name = &constant.name;
        let value = newest.values.get(name);
        let value = value.ok_or_else(|| format!("the frozen sheet has no {name}: freeze one that has"))?;
        if given.get(name).is_some_and(|g| g != value) {
            let digest = short_digest(&newest.sheet);
            return Err(format!(
                "{name} stands in the frozen sheet {digest} as `{value}`: freeze another sheet, or leave it out"
            ));
        }
        given.insert(name.clone(), value.clone());
    }
    Ok(given)
}

/// How a run stands to the newest frozen sheet: its short digest, and the constants that differ.
#[must_use]
pub fn standing(sheets: &[SheetFrozen], run: &Run) -> Option<(String, Vec<String>)> {
    let newest = sheets.iter().rev().find(|s| s.runbook == run.runbook)?;
    let differs = newest.values.iter().filter(|(n, v)| run.pinned.params.get(*n).is_some_and(|p| p != *v));
    Some((short_digest(&newest.sheet), differs.map(|(n, _)| n.clone()).collect()))
}
