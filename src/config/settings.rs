//! The model of config.toml: what to watch, against which limits, with which theme.
//! Plain data; must not know the file's form.

use crate::domain::verdict::Limits;
use crate::domain::watch::NodeSpec;
use crate::keys::own::Named;

/// The network's name when nobody gave one.
pub const UNNAMED_NETWORK: &str = "local";

/// What to watch and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// At least one; the first is where nodes belong that name none.
    pub networks: Vec<String>,
    /// Nodes by hand. This host is not among them: it is always watched.
    pub nodes: Vec<NodeSpec>,
    /// Whether to look for nodes on the usual loopback ports besides.
    pub discover: bool,
    /// Where values start to be bad.
    pub limits: Limits,
    /// The theme's id, where one is chosen.
    pub theme: Option<String>,
    /// The own key of whoever uses this configuration, where one is named.
    pub key: Option<Named>,
}

impl Default for Config {
    /// Without a file: this host, and whatever is found on loopback.
    fn default() -> Self {
        Self {
            networks: vec![UNNAMED_NETWORK.to_owned()],
            nodes: Vec::new(),
            discover: true,
            limits: Limits::default(),
            theme: None,
            key: None,
        }
    }
}

impl Config {
    /// The network that an incident is about when there is only one, or the first.
    #[must_use]
    pub fn network(&self) -> &str {
        self.networks.first().map_or(UNNAMED_NETWORK, String::as_str)
    }
}
