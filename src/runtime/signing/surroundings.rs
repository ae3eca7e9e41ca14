//! What the environment says of somebody's own key: `WARROOM_KEY`, the agent's socket, whether this login came over SSH.

use std::path::PathBuf;

use crate::domain::id::PersonId;
use crate::domain::roster::Roster;
use crate::domain::roster::Signatures;
use crate::keys::Key;
use crate::keys::KeyError;
use crate::keys::own::Named;
use crate::keys::own::Places;

/// The variable that names the own key.
pub const KEY_VARIABLE: &str = "WARROOM_KEY";

/// What the environment says; read once.
#[derive(Clone, Debug, Default)]
pub struct KeySurroundings {
    /// `WARROOM_KEY`.
    pub named: Option<String>,
    /// `SSH_AUTH_SOCK`.
    pub agent: Option<PathBuf>,
    /// `SSH_CONNECTION` is set.
    pub over_ssh: bool,
    /// Somebody sits at a terminal and could be asked.
    pub terminal: bool,
}

impl KeySurroundings {
    /// Looks around.
    #[must_use]
    pub fn look() -> Self {
        use std::io::IsTerminal;
        let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty());
        Self {
            named: set(KEY_VARIABLE).map(|v| v.to_string_lossy().into_owned()),
            agent: set("SSH_AUTH_SOCK").map(PathBuf::from),
            over_ssh: set("SSH_CONNECTION").is_some(),
            terminal: std::io::stdin().is_terminal() && std::io::stderr().is_terminal(),
        }
    }

    /// Where to look for a person's own key: `WARROOM_KEY` wins over the configuration, and both over the agent's order.
    /// `may_ask`: a passphrase may be asked for on the terminal.
    ///
    /// # Errors
    /// `WARROOM_KEY` holds half a key.
    pub fn places(
        &self,
        configured: Option<&Named>,
        roster: &Roster,
        person: &PersonId,
        may_ask: bool,
    ) -> Result<Places, KeyError> {
        let here = std::env::current_dir().unwrap_or_default();
        let home = std::env::home_dir();
        let named = self.named.as_deref().map(|text| Named::read(text, home.as_deref(), &here)).transpose()?;
        let by_file = || configured.map(|named| (named.clone(), "key in config.toml".to_owned()));
        let lines = roster.person(person.as_str()).map(|p| p.keys.as_slice()).unwrap_or_default();
        let revoked: Vec<Key> = roster.revoked.iter().filter_map(|line| Key::parse(line).ok()).collect();
        let all: Vec<Key> = lines.iter().filter_map(|line| Key::parse(line).ok()).collect();
        // One of several that is out is not looked for; one that is the only one is, so that it can be said.
        let good: Vec<Key> = all.iter().filter(|key| !revoked.contains(key)).cloned().collect();
        Ok(Places {
            named: named.map(|named| (named, KEY_VARIABLE.to_owned())).or_else(by_file),
            agent: self.agent.clone(),
            over_ssh: self.over_ssh,
            roster: if good.is_empty() { all } else { good },
            only_roster: roster.signatures == Signatures::Required,
            revoked,
            may_ask: may_ask && self.terminal,
        })
    }
}
