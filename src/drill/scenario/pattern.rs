//! What an act, an inject or an expectation waits for: an entry of a certain kind with certain words.
//! Must not know what follows from it.

use std::collections::BTreeMap;

use crate::domain::entry::Entry;

/// Matches entries. Every part that is given must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventPattern {
    /// The kind, `decision.made`; with `*` at its end every kind that begins so.
    pub kind: String,
    /// Words that the data must contain, in any case.
    pub contains: Vec<String>,
    /// Who acts.
    pub actor: Option<String>,
    /// Fields of the data and their values as text: `step = "versions"`, `to = "2"`.
    pub fields: BTreeMap<String, String>,
}

impl EventPattern {
    /// Whether an entry is what is waited for.
    #[must_use]
    pub fn fits(&self, entry: &Entry) -> bool {
        let kind = entry.event.kind();
        let kind_fits = match self.kind.strip_suffix('*') {
            Some(beginning) => kind.starts_with(beginning),
            None => kind == self.kind,
        };
        if !kind_fits || self.actor.as_ref().is_some_and(|a| a != entry.actor.as_str()) {
            return false;
        }
        if self.contains.is_empty() && self.fields.is_empty() {
            return true;
        }
        let Ok(data) = entry.event.data() else { return false };
        let lower = data.to_lowercase();
        if !self.contains.iter().all(|words| lower.contains(&words.to_lowercase())) {
            return false;
        }
        if self.fields.is_empty() {
            return true;
        }
        let Ok(data) = serde_json::from_str::<BTreeMap<String, serde_json::Value>>(&data) else { return false };
        self.fields.iter().all(|(name, value)| data.get(name).is_some_and(|found| same(found, value)))
    }
}

impl std::fmt::Display for EventPattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.kind)?;
        for words in &self.contains {
            write!(f, " with \"{words}\"")?;
        }
        for (name, value) in &self.fields {
            write!(f, " {name}={value}")?;
        }
        self.actor.iter().try_for_each(|a| write!(f, " by {a}"))
    }
}

fn same(found: &serde_json::Value, wanted: &str) -> bool {
    match found {
        serde_json::Value::String(text) => text == wanted,
        other => other.to_string().eq(wanted),
    }
}
