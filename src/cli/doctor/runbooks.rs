//! The runbooks: every one that cannot be read, and every error the lint finds in one that can.

use std::path::Path;

use crate::cli::doctor::finding::Finding;
use crate::runbook::finding::Severity;
use crate::runbook::lint::lint;
use crate::runbook::shelf::Shelf;

/// Runbooks of our own and the shipped ones.
#[must_use]
pub fn runbooks(folder: &Path) -> Vec<Finding> {
    let shelf = Shelf::load(folder);
    let mut found: Vec<Finding> =
        shelf.faults().iter().map(|f| Finding::bad("runbooks", f.clone(), "edit the file at that line")).collect();
    for book in shelf.books() {
        for fault in lint(book).iter().filter(|f| f.severity == Severity::Error) {
            let says = fault.in_file(book.origin.as_str());
            found.push(Finding::bad("runbooks", says, "`warroom runbook lint` shows all that is wrong"));
        }
    }
    if found.is_empty() {
        found.push(Finding::ok("runbooks", format!("{} at hand, no errors", shelf.books().len())));
    }
    found
}
