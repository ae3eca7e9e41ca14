//! How carrying stands, in one sentence for the people at the console; and for other consoles of this host.
//! Plain data; must not judge the incident.

use serde::{Deserialize, Serialize};

/// How much it matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Everything here is there, and the other way round.
    #[default]
    Well,
    /// Entries wait, or are on their way.
    Waiting,
    /// Somebody has to do something.
    Bad,
}

/// How carrying stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// How much it matters.
    pub level: Level,
    /// In words, beginning with `etcd:`.
    pub says: String,
    /// Entries of this host that are not known to be in the cluster.
    pub waiting: u64,
    /// What is wrong with single chains, each with what to do about it.
    #[serde(default)]
    pub troubles: Vec<String>,
}

impl Standing {
    pub(super) fn new(level: Level, says: impl Into<String>, waiting: u64) -> Self {
        Self { level, says: says.into(), waiting, troubles: Vec::new() }
    }
}

/// `1 entry`, `12 entries`.
pub(super) fn entries(count: u64) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
}

/// `40 s`, `12 min`, `3 h`: in steps of five seconds, so that a screen that shows it stands still in between.
pub(super) fn ago(seconds: u64) -> String {
    match seconds {
        s @ 0..120 => format!("{} s", s - s % 5),
        s @ 120..7_200 => format!("{} min", s / 60),
        s => format!("{} h", s / 3_600),
    }
}
