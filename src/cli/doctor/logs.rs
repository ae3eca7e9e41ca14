//! The incidents that are there: whether their logs are whole.

use std::path::Path;

use crate::cli::doctor::finding::Finding;
use crate::journal;

/// Most incidents looked at, the newest first; `warroom verify ID` looks at any.
const MOST: usize = 50;

/// Every log, or one line for all of them when they are sound.
#[must_use]
pub fn logs(incidents: &Path) -> Vec<Finding> {
    let ids = match journal::list_incidents(incidents) {
        Ok(ids) => ids,
        Err(why) => return vec![Finding::bad("incidents", why.to_string(), "mend the folder's owner and permissions")],
    };
    let (mut found, mut entries, mut seen) = (Vec::new(), 0, 0);
    for id in ids.iter().rev().take(MOST) {
        let report = journal::verify(&incidents.join(id.as_str()));
        (entries, seen) = (entries + report.entries, seen + 1);
        if let Some(fault) = report.faults.first() {
            let (place, what) = (fault.place(), &fault.what);
            let says = match report.faults.len() {
                1 => format!("{id}: {place}: {what}"),
                count => format!("{id}: {count} faults, the first: {place}: {what}"),
            };
            found.push(Finding::bad("incidents", says, fault.mend.clone()));
        } else if let Some(note) = report.notes.first() {
            found.push(Finding::warn(
                "incidents",
                format!("{id}: {note}"),
                "nothing is lost; `warroom verify` tells more",
            ));
        }
    }
    if found.is_empty() {
        let says = match seen {
            0 => "none yet".to_owned(),
            1 => format!("1 log of {entries} entries, whole"),
            logs => format!("{logs} logs, {entries} entries, all whole"),
        };
        found.push(Finding::ok("incidents", says));
    }
    found
}
