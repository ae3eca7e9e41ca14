//! Reads the status object and holds it against its limits. Every text in it is somebody else's: bounded here,
//! cleaned where it is shown. Unknown fields are left alone.

use crate::peers::model::PeerNode;
use crate::peers::model::StatusDocument;

/// Most nodes or ready marks of one document. More, and the whole document is refused: 64 KiB hold few more.
const MAX_ITEMS: usize = 256;

/// Longest text, in characters. A longer one, and the whole document is refused.
const MAX_TEXT: usize = 256;

/// The version of the format that is read.
const VERSION: u64 = 1;

/// Reads the status object.
///
/// # Errors
/// What is wrong, in a sentence.
pub fn read_status(json: &str) -> Result<StatusDocument, String> {
    let document: StatusDocument = serde_json::from_str(json).map_err(|why| format!("`status`: {why}"))?;
    if document.v != VERSION {
        return Err(format!("version {} of the format; this program reads version {VERSION}", document.v));
    }
    let hashes = document.nodes.iter().map(|n| n.hash_at.len()).max().unwrap_or(0);
    let lists = [("nodes", document.nodes.len()), ("ready", document.ready.len()), ("hash_at", hashes)];
    if let Some((name, count)) = lists.into_iter().find(|(_, count)| *count > MAX_ITEMS) {
        return Err(format!("`{name}` has {count} items; at most {MAX_ITEMS} are read"));
    }
    if let Some(long) = texts(&document).find(|t| t.chars().count() > MAX_TEXT) {
        let start: String = long.chars().take(20).collect();
        return Err(format!("a text is longer than {MAX_TEXT} characters: `{start}…`"));
    }
    if document.operator.as_str().trim().is_empty() {
        return Err("`operator` is empty".to_owned());
    }
    Ok(document)
}

fn texts(document: &StatusDocument) -> impl Iterator<Item = &str> {
    let nodes = document.nodes.iter().flat_map(node_texts);
    let ready = document.ready.iter().flat_map(|(k, v)| [k.as_str(), v.as_str()]);
    let single = [document.operator.as_str(), document.network.as_str(), document.says.as_str()];
    let runbook = document.runbook.iter().flat_map(|r| [r.id.as_str(), r.digest.as_str()]);
    nodes.chain(ready).chain(single).chain(runbook).chain(document.incident.as_deref())
}

fn node_texts(node: &PeerNode) -> impl Iterator<Item = &str> {
    let hashes = node.hash_at.iter().flat_map(|(k, v)| [k.as_str(), v.as_str()]);
    [node.id.as_str(), node.client.as_str(), node.version.as_str()].into_iter().chain(hashes)
}
