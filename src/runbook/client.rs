//! The wrong-host accident: a step written for one client, begun beside another. What runs here is what our own nodes call
//! themselves, never what somebody remembers. Pure; who asks the nodes is not its business.

use crate::runbook::model::{Runbook, Step};
use crate::runbook::next::client_fits;

/// Longest part of a node's own words that is quoted.
const QUOTED: usize = 60;

/// The clients that a step is written for: its own word, else the runbook's; empty for any. A step on another host is not
/// held to what runs here, nor is one that runs no command.
#[must_use]
pub fn wanted<'a>(book: &'a Runbook, step: &'a Step) -> &'a [String] {
    let own = step.client.as_slice();
    let wanted = if own.is_empty() { book.client.as_slice() } else { own };
    let any = wanted.iter().any(|w| w == "any");
    if any || step.host.is_some() || !step.kind.runs_command() { &[] } else { wanted }
}

/// Why a step that wants these clients does not belong here, in a sentence; `None` where it does. `seen` are our own nodes
/// with what each calls itself (`Lodestar/v1.5.1`), nothing where it did not tell.
#[must_use]
pub fn stranger(wanted: &[String], seen: &[(String, Option<String>)]) -> Option<String> {
    if wanted.is_empty() || seen.iter().any(|(_, v)| v.as_deref().is_some_and(|v| client_fits(wanted, v))) {
        return None;
    }
    let told: Vec<String> = seen
        .iter()
        .filter_map(|(node, v)| Some(format!("{node} is {}", v.as_ref()?.chars().take(QUOTED).collect::<String>())))
        .collect();
    let told = match (told.is_empty(), seen.is_empty()) {
        (false, _) => told.join(", "),
        (true, true) => "no node of ours is watched here".to_owned(),
        (true, false) => "no node of ours has told what it is".to_owned(),
    };
    Some(format!("THE WRONG HOST? This is written for {}; {told}", wanted.join(" or ")))
}

#[cfg(test)]
mod tests {
    use super::stranger;

    #[test]
    fn only_a_node_of_ours_that_says_so_is_that_client() {
        let wanted = ["lighthouse".to_owned(), "teku".to_owned()];
        let node = |v: Option<&str>| ("val-1".to_owned(), v.map(str::to_owned));
        assert_eq!(stranger(&wanted, &[node(Some("Prysm/v5")), node(Some("teku/v24.8"))]), None);
        assert_eq!(stranger(&[], &[]), None);
        let says = stranger(&wanted, &[node(Some("Lodestar/v1.5.1")), node(None)]).unwrap();
        assert_eq!(says, "THE WRONG HOST? This is written for lighthouse or teku; val-1 is Lodestar/v1.5.1");
        assert!(stranger(&wanted, &[node(None)]).unwrap().ends_with("no node of ours has told what it is"));
        assert!(stranger(&wanted, &[]).unwrap().ends_with("no node of ours is watched here"));
    }
}
