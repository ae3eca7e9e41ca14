//! The other operators: each document read or fetched once, as the console does it.

use crate::cli::doctor::finding::Finding;
use crate::peers::Memory;
use crate::peers::PeerSet;
use crate::peers::model::Trust;
use crate::runtime::peer_watch::Watched;
use crate::runtime::peer_watch::round;
use crate::telemetry::Http;

/// What each operator's document is worth, and whose cannot be had.
///
/// # Errors
/// When the system gives us no way to wait for several answers at once.
pub fn peers(watched: &Watched) -> std::io::Result<Vec<Finding>> {
    let (http, mut memory, mut set) = (Http::new(), Memory::default(), PeerSet::default());
    let waiting = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let faults = waiting.block_on(round(watched, &http, &mut memory, &mut set));
    let mut found: Vec<Finding> = Vec::new();
    for report in set.iter() {
        let id = format!("peer {}", report.operator);
        if report.trust == Trust::Verified {
            found.push(Finding::ok(id, format!("verified: {}", report.summary())));
        } else {
            let says = format!("{}, not counted: {}", report.trust.as_str(), report.why);
            found.push(Finding::warn(id, says, "ask them, or mend the operator's `keys` and `network` in roster.toml"));
        }
    }
    for fault in faults {
        let id = fault.operator.as_ref().map_or_else(|| "peers".to_owned(), |o| format!("peer {o}"));
        found.push(Finding::warn(
            id,
            fault.to_string(),
            "ask them, or mend `status` in roster.toml; docs/peers.md has the form",
        ));
    }
    if found.is_empty() {
        found.push(Finding::ok(
            "peers",
            "no operator has said anything; none is named with a `status`, none was dropped in",
        ));
    }
    Ok(found)
}
