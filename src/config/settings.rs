//! The model of config.toml: what to watch, against which limits, with which theme.
//! Plain data; must not know the file's form.

use std::path::PathBuf;

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
    /// The cluster that carries entries between hosts, where there is one.
    pub share: Option<EtcdSettings>,
    /// The repository that runbooks come from, where there is one.
    pub runbooks: Option<BooksSettings>,
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
            share: None,
            runbooks: None,
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

/// A git repository of runbooks, and whose signature counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BooksSettings {
    /// `https://…`, `ssh://…`, `person@host:path`, or a folder of this host.
    pub git: String,
    /// What of it is followed.
    pub reference: BookReference,
    /// The folder in it that holds the runbooks; empty for its root.
    pub folder: String,
    /// An `allowed_signers` file; without one the roster's keys count.
    pub signers: Option<PathBuf>,
}

/// What of a repository is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BookReference {
    /// The newest commit of a branch, which must be signed.
    Branch(String),
    /// A tag, which must be signed; of a plain one its commit.
    Tag(String),
}

impl std::fmt::Display for BookReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Branch(name) => write!(f, "branch {name}"),
            Self::Tag(name) => write!(f, "tag {name}"),
        }
    }
}

/// An etcd cluster and who we are there. Files are read when they are needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EtcdSettings {
    /// `http://` or `https://`, host and port; tried in turn.
    pub endpoints: Vec<String>,
    /// The user, where the cluster knows users.
    pub user: Option<String>,
    /// The file that holds the user's password in its first line.
    pub password_file: Option<PathBuf>,
    /// The authority that signed the cluster's certificates; the platform's own ones otherwise.
    pub ca: Option<PathBuf>,
    /// Our certificate, where the cluster asks for one.
    pub cert: Option<PathBuf>,
    /// Its key.
    pub key: Option<PathBuf>,
    /// What every key begins with.
    pub prefix: String,
}

impl EtcdSettings {
    /// What keys begin with unless the file says otherwise.
    pub const PREFIX: &str = "/warroom";
}
