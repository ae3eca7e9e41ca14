//! The digest of a restart sheet: what people read aloud to one another before they follow its constants.
//! Must not know files, nor what a runbook asks of a constant.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::domain::event::SheetFrozen;
use crate::domain::id::RunbookId;
use crate::domain::run::short_digest;

/// The digest of a runbook's constants and of who says go, SHA-256, hex.
#[must_use]
pub fn digest_of(runbook: &RunbookId, says_go: &str, values: &BTreeMap<String, String>) -> String {
    let head = format!("warroom sheet v2\nrunbook: {runbook}\nsays-go: {} {says_go}\n", says_go.len());
    hashed(head, values)
}

/// The digest of the first form, which left open who says go: logs of before hold it.
fn digest_v1(runbook: &RunbookId, values: &BTreeMap<String, String>) -> String {
    hashed(format!("warroom sheet v1\nrunbook: {runbook}\n"), values)
}

fn hashed(mut text: String, values: &BTreeMap<String, String>) -> String {
    for (name, value) in values {
        // The length keeps one value with a newline from reading as two; writing into a string cannot fail.
        let _ = writeln!(text, "constant: {name} {} {value}", value.len());
    }
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

impl SheetFrozen {
    /// The digest of what stands in the entry, whatever digest it says of itself.
    #[must_use]
    pub fn digest(&self) -> String {
        digest_of(&self.runbook, &self.says_go, &self.values)
    }

    /// Why nobody may take constants from it; `None` when the digest it says is that of its constants. An entry comes from
    /// whoever can write to a log: other values under a digest that was agreed on would pass every reading aloud.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        let mut names = self.values.keys().map(String::as_str).chain([self.runbook.as_str()]);
        // A name with a blank or a newline in it could be read as a name and a value, or as two lines of the digest's text.
        if let Some(name) = names.find(|n| n.is_empty() || n.contains(char::is_whitespace)) {
            return Some(format!("`{name}` is no name in a sheet"));
        }
        let digest = self.digest();
        (digest != self.sheet && digest_v1(&self.runbook, &self.values) != self.sheet).then(|| {
            let (said, found) = (short_digest(&self.sheet), short_digest(&digest));
            format!("it says the digest {said}, and its constants have {found}: take nothing from it, freeze the sheet again")
        })
    }
}
