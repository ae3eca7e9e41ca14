//! A trigger: what makes a runbook worth suggesting, as its front matter writes it. Must not know what is wrong now
//! (`suggest`), nor who is asked.

use crate::domain::event::Scope;
use crate::domain::observation::Family;
use crate::domain::signal::{CATALOGUE, SignalId};
use crate::domain::text::nearest;
use crate::domain::verdict::{Client, Plight, REACHABILITY};

/// Before an alert's name.
const ALERT: &str = "alert:";
/// Before a scope.
const SCOPE: &str = "scope.";
/// Scopes that mean trouble: `healthy` and `unknown` suggest nothing.
const SCOPES: [Scope; 5] = [Scope::Local, Scope::Network, Scope::Partition, Scope::Fork, Scope::ClientMinority];
/// What can be wrong with a node's chain, in a word.
const PLIGHTS: [Plight; 4] = [Plight::Behind, Plight::Stuck, Plight::Halted, Plight::Forked];

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A node gives no usable answer: `reachability`.
    Reachability,
    /// A signal is out of its limit: `chain.finality_lag`.
    Signal(SignalId),
    /// A node's chain is `behind`, `stuck`, `halted` or `forked`.
    Plight(Plight),
    /// Where the trouble is: `scope.network`.
    Scope(Scope),
    /// An alert of that name fires: `alert:MempoolFlood`.
    Alert(String),
}

/// Whose trouble it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Anybody's.
    Any,
    /// A node of that family: `ethereum-beacon/…`.
    Family(Family),
    /// A node of that client, by the first word of what it calls itself: `geth/…`.
    Client(String),
}

/// One trigger: `ethereum-beacon/chain.finality_lag`, `alert:NodeDown`, `scope.local`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// Whose trouble.
    pub whose: Whose,
    /// Which.
    pub cause: Cause,
}

impl Trigger {
    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with it, and how to mend it.
    pub fn parse(text: &str) -> Result<Self, (String, String)> {
        let text = text.trim();
        if let Some(name) = text.strip_prefix(ALERT) {
            return alert(text, name).map(|cause| Self { whose: Whose::Any, cause });
        }
        let Some((whose, cause)) = text.split_once('/') else {
            return Ok(Self { whose: Whose::Any, cause: cause(text)? });
        };
        Ok(Self { whose: self::whose(whose)?, cause: cause_or_alert(cause)? })
    }
}

fn cause_or_alert(text: &str) -> Result<Cause, (String, String)> {
    text.strip_prefix(ALERT).map_or_else(|| cause(text), |name| alert(text, name))
}

fn alert(text: &str, name: &str) -> Result<Cause, (String, String)> {
    if name.is_empty() || name.contains(char::is_whitespace) {
        let what = format!("the trigger `{}` names no alert", text.escape_debug());
        return Err((what, "write alert: and the alert's name without a blank, as in alert:NodeDown".to_owned()));
    }
    Ok(Cause::Alert(name.to_owned()))
}

fn whose(word: &str) -> Result<Whose, (String, String)> {
    if let Some(family) = Family::parse(word) {
        return Ok(Whose::Family(family));
    }
    if Client::known().any(|client| client == word) {
        return Ok(Whose::Client(word.to_owned()));
    }
    let known = Family::ALL.into_iter().map(Family::as_str).chain(Client::known());
    Err(unknown(word, "no family and no client", nearest(word, known), "docs/runbooks.md, Triggers, lists them"))
}

fn cause(word: &str) -> Result<Cause, (String, String)> {
    if word == REACHABILITY {
        return Ok(Cause::Reachability);
    }
    if let Some(plight) = PLIGHTS.into_iter().find(|p| p.as_str() == word) {
        return Ok(Cause::Plight(plight));
    }
    let scope = |word: &str| SCOPES.into_iter().find(|s| word.strip_prefix(SCOPE) == Some(s.as_str()));
    if let Some(found) = scope(word) {
        return Ok(Cause::Scope(found));
    }
    if let Some(signal) = SignalId::find(word) {
        return Ok(Cause::Signal(signal));
    }
    let scopes: Vec<String> = SCOPES.iter().map(|s| format!("{SCOPE}{}", s.as_str())).collect();
    let words = PLIGHTS.iter().map(|p| p.as_str()).chain([REACHABILITY]).chain(scopes.iter().map(String::as_str));
    let near = nearest(word, CATALOGUE.iter().map(|row| row.name).chain(words));
    Err(unknown(word, "no signal, scope or state", near, "an alert's name is written alert:NAME"))
}

fn unknown(word: &str, what: &str, near: Option<&str>, or: &str) -> (String, String) {
    let what = format!("the trigger's `{}` is {what}: it never suggests this runbook", word.escape_debug());
    (what, near.map_or_else(|| or.to_owned(), |near| format!("did you mean `{near}`?")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mend(text: &str) -> String {
        Trigger::parse(text).unwrap_err().1
    }

    #[test]
    fn every_form() {
        let read = |text: &str| Trigger::parse(text).unwrap();
        let lag = read("ethereum-beacon/chain.finality_lag");
        assert_eq!(
            lag,
            Trigger { whose: Whose::Family(Family::EthereumBeacon), cause: Cause::Signal(SignalId::FINALITY_LAG) }
        );
        assert_eq!(
            read("geth/stuck"),
            Trigger { whose: Whose::Client("geth".into()), cause: Cause::Plight(Plight::Stuck) }
        );
        assert_eq!(read("scope.client-minority").cause, Cause::Scope(Scope::ClientMinority));
        assert_eq!(read("reachability"), Trigger { whose: Whose::Any, cause: Cause::Reachability });
        assert_eq!(read("alert:a/b").cause, Cause::Alert("a/b".into()));
        assert_eq!(read("cometbft/alert:Halted").whose, Whose::Family(Family::Cometbft));
    }

    #[test]
    fn what_is_meant_is_named() {
        assert_eq!(mend("chain.finalty_lag"), "did you mean `chain.finality_lag`?");
        assert_eq!(mend("etherum-beacon/chain.finality_lag"), "did you mean `ethereum-beacon`?");
        assert_eq!(mend("gth/stuck"), "did you mean `geth`?");
        assert_eq!(mend("scope.netwrk"), "did you mean `scope.network`?");
        assert_eq!(mend("MempoolFlood"), "an alert's name is written alert:NAME");
        assert!(mend("alert:").contains("alert:NodeDown"));
        assert!(Trigger::parse("scope.healthy").is_err(), "nothing is wrong then");
    }
}
