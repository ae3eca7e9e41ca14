//! The runbooks: every one that cannot be read, every error the lint finds in one that can, and how the mirror stands.

use crate::cli::doctor::finding::Finding;
use crate::runbook::finding::Severity;
use crate::runbook::lint::lint;
use crate::runbook::shelf::Shelf;

/// Runbooks of our own, those of a repository, and the shipped ones.
#[must_use]
pub fn runbooks(shelf: &Shelf) -> Vec<Finding> {
    let mut found: Vec<Finding> =
        shelf.faults().iter().map(|f| Finding::bad("runbooks", f.clone(), "do as it says, or edit the file")).collect();
    for book in shelf.books() {
        for fault in lint(book).iter().filter(|f| f.severity == Severity::Error) {
            let says = fault.in_file(book.origin.as_str());
            found.push(Finding::bad("runbooks", says, "`warroom runbook lint` shows all that is wrong"));
        }
    }
    if found.is_empty() {
        found.push(Finding::ok("runbooks", format!("{} at hand, no errors", shelf.books().len())));
    }
    let verified = shelf.books().iter().all(|b| b.origin.is_vouched());
    found.extend(shelf.mirror().map(|says| {
        let says = format!("from git: {says}");
        let mend = "ask whoever signs them to sign, and `warroom runbook fetch`; until then each step asks";
        if verified { Finding::ok("runbooks", says) } else { Finding::warn("runbooks", says, mend) }
    }));
    found
}
