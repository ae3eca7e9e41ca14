//! What may be in a bundle, and under which names; everything else is refused.
//! Must not touch the disk.

use crate::domain::id::{IncidentId, WriterId};
use crate::journal::{OUTPUT_MAX, is_incident_id, is_shared_writer};
use crate::share::outputs::is_hash;

/// Largest bundle read, 2 GiB: several times the largest log (a million entries are about 300 MB). A larger one is refused.
pub const BUNDLE_MAX: u64 = 2 * 1024 * 1024 * 1024;

/// Largest chain read, 512 MiB. A larger one is refused.
pub const CHAIN_MAX: u64 = 512 * 1024 * 1024;

/// Most files in a bundle. More are refused.
pub const MEMBERS_MAX: usize = 10_000;

/// Largest list of signers, 1 MiB. A larger one is refused.
pub const SIGNERS_MAX: u64 = 1024 * 1024;

/// Largest list of sums: a line for each of [`MEMBERS_MAX`] files. A larger one is refused.
pub(super) const SUMS_MAX: u64 = 4 * 1024 * 1024;

/// Longest name of a member: an incident, a folder, a writer, with room. A longer one is refused.
pub(super) const PATH_MAX: usize = 512;

/// The list of sums.
pub(super) const SUMS: &str = "SHA256SUMS";

/// Who may sign.
pub(super) const SIGNERS: &str = "allowed_signers";

/// What a member is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Member {
    /// The sums of all others.
    Sums,
    /// Who may sign, in the exporter's opinion.
    Signers,
    /// A chain.
    Chain(WriterId),
    /// An output, by its name.
    Output(String),
}

impl Member {
    /// Most bytes of it.
    pub(super) const fn limit(&self) -> u64 {
        match self {
            Self::Sums => SUMS_MAX,
            Self::Signers => SIGNERS_MAX,
            Self::Chain(_) => CHAIN_MAX,
            Self::Output(_) => OUTPUT_MAX as u64,
        }
    }

    /// Its name behind the incident's folder.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Sums => SUMS.to_owned(),
            Self::Signers => SIGNERS.to_owned(),
            Self::Chain(writer) => format!("log/{writer}.jsonl"),
            Self::Output(hash) => format!("outputs/{hash}"),
        }
    }

    /// From a member's whole name: the incident and what it is.
    pub(super) fn parse(path: &str) -> Result<(IncidentId, Self), String> {
        let path = path.strip_prefix("./").unwrap_or(path);
        let parts: Vec<&str> = path.split('/').collect();
        let shown = path.escape_debug();
        if parts.contains(&"internal") || path.contains("+internal") {
            return Err(format!("`{shown}` is of an internal chain, which no bundle may carry"));
        }
        let unknown = || format!("`{shown}` is no name that a bundle has");
        let (incident, rest) = parts.split_first().ok_or_else(unknown)?;
        if !is_incident_id(incident) {
            return Err(unknown());
        }
        let member = match rest {
            [name] if *name == SUMS => Self::Sums,
            [name] if *name == SIGNERS => Self::Signers,
            ["log", file] => {
                let writer = file.strip_suffix(".jsonl").map(WriterId::from).filter(is_shared_writer);
                Self::Chain(writer.ok_or_else(unknown)?)
            }
            ["outputs", hash] if is_hash(hash) => Self::Output((*hash).to_owned()),
            _ => return Err(unknown()),
        };
        Ok((IncidentId::new(incident), member))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_a_bundle_pass() {
        for good in ["i-1/SHA256SUMS", "./i-1/allowed_signers", "i-1/log/alice@val~2.jsonl"] {
            Member::parse(good).unwrap();
        }
        for bad in [
            "",
            "/etc/passwd",
            "i-1/../../etc/passwd",
            "../i-1/SHA256SUMS",
            "i-1/log/../../x@y.jsonl",
            "i-1/log/.x@y.jsonl",
            "i-1/log/x@y.jsonl/",
            "i-1/log/x@y",
            "i-1/log/a b@y.jsonl",
            "i-1/internal/x@y+internal.jsonl",
            "i-1/log/x@y+internal.jsonl",
            "i-1/outputs/../log",
            "i-1/outputs/AA",
            "i-1/samples/x@y.jsonl",
            "i-1/SHA256SUMS/x",
            "-i/SHA256SUMS",
            "i-1/log/x@y\u{202e}.jsonl",
        ] {
            assert!(Member::parse(bad).is_err(), "{bad:?}");
        }
    }
}
