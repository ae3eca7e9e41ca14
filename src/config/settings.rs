//! The model of config.toml: what to watch, how often, with which theme.
//! Plain data; must not know the file's form.

use crate::domain::time::Span;
use crate::domain::verdict::Limits;
use crate::domain::watch::NodeSpec;

/// The network's name when nobody gave one.
pub const UNNAMED_NETWORK: &str = "local";

/// How often each node is asked when nobody said: often enough for "back to ok within 25 s", little enough for a node in trouble.
pub const DEFAULT_POLL: Span = Span::from_secs(2);

/// What to watch and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// At least one; the first is where nodes belong that name none.
    pub networks: Vec<String>,
    /// Nodes by hand. This host is not among them: it is always watched.
    pub nodes: Vec<NodeSpec>,
    /// Whether to look for nodes on the usual loopback ports besides.
    pub discover: bool,
    /// How often each node is asked.
    pub poll_interval: Span,
    /// Where values start to be bad.
    pub limits: Limits,
    /// The theme's id, where one is chosen.
    pub theme: Option<String>,
}

impl Default for Config {
    /// Without a file: this host, and whatever is found on loopback.
    fn default() -> Self {
        Self {
            networks: vec![UNNAMED_NETWORK.to_owned()],
            nodes: Vec::new(),
            discover: true,
            poll_interval: DEFAULT_POLL,
            limits: Limits::default(),
            theme: None,
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
