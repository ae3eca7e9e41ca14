//! People, operators and who may do what, as the roster says; plain data. Without a roster everybody may do everything.
//! Must not know the file; the log pins what was in force.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::event::RosterPinned;
use crate::domain::id::OperatorId;
use crate::domain::id::PersonId;
use crate::domain::id::RoleId;
use crate::domain::time::Span;

/// The largest stake: 2^53 − 1, so that every JSON reader keeps it exact.
pub const MAX_STAKE: u64 = (1 << 53) - 1;

/// What the roster holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    /// SHA-256 of the file's bytes, hex; empty when there is no roster.
    pub sha256: String,
    /// Our people.
    pub people: Vec<Person>,
    /// The other operators of the network.
    pub operators: Vec<Operator>,
    /// Roles of our own, besides the standard ones.
    pub roles: Vec<OwnRole>,
    /// Who is called next when nobody answers.
    pub escalations: Vec<Escalation>,
    /// Which body decides what.
    pub matrix: Vec<MatrixRow>,
    /// Whether entries must be signed.
    pub signatures: Signatures,
    /// Keys that count no more: lost, stolen, or of somebody who left.
    pub revoked: Vec<String>,
}

impl Roster {
    /// No file: everybody may do everything, and the screen says so.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.sha256.is_empty()
    }

    /// The person of that name.
    #[must_use]
    pub fn person(&self, name: &str) -> Option<&Person> {
        self.people.iter().find(|p| p.name.as_str() == name)
    }

    /// The operator of that name.
    #[must_use]
    pub fn operator(&self, name: &str) -> Option<&Operator> {
        self.operators.iter().find(|o| o.name.as_str() == name)
    }

    /// What somebody may do. Without any person in the roster: everything; a stranger to one that has people: observe.
    #[must_use]
    pub fn level(&self, name: &str) -> Level {
        if self.people.is_empty() {
            return Level::Commander;
        }
        self.person(name).map_or(Level::Observer, |p| p.level)
    }

    /// The entry that pins it into the log; `None` when there is no roster.
    #[must_use]
    pub fn pinned(&self) -> Option<RosterPinned> {
        let roles = |p: &Person| p.roles_allowed.iter().map(|r| r.as_str().to_owned()).collect();
        let name = |p: &Person| p.name.as_str().to_owned();
        let bare = |keys: &[String]| keys.iter().map(|key| without_comment(key)).collect::<Vec<_>>();
        let with_keys = self.people.iter().filter(|p| !p.keys.is_empty());
        let unusual = self.people.iter().filter(|p| p.level != Level::default());
        (!self.is_absent()).then(|| RosterPinned {
            sha256: self.sha256.clone(),
            people: self.people.iter().map(|p| (name(p), roles(p))).collect::<BTreeMap<_, _>>(),
            roles: self.roles.iter().map(|r| r.id.as_str().to_owned()).collect(),
            operators: self.operators.iter().map(|o| (o.name.as_str().to_owned(), o.stake)).collect(),
            keys: with_keys.map(|p| (name(p), bare(&p.keys))).collect(),
            revoked: bare(&self.revoked),
            levels: unusual.map(|p| (name(p), p.level)).collect(),
            signatures: self.signatures,
        })
    }
}

/// The part of a key's line that makes two keys the same: its kind and its blob.
fn without_comment(key: &str) -> String {
    key.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

/// One of us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The login name, or what `--as` says.
    pub name: PersonId,
    /// OpenSSH public keys, one line each.
    pub keys: Vec<String>,
    /// Roles they may hold; empty: any.
    pub roles_allowed: Vec<RoleId>,
    /// What they may do.
    pub level: Level,
    /// How to reach them.
    pub contact: String,
    /// `Europe/Berlin`.
    pub timezone: String,
}

/// What a person may do; each includes what stands before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Look, and raise concerns.
    Observer,
    /// Work on an incident, and declare one.
    #[default]
    Responder,
    /// Command.
    Commander,
}

impl Level {
    /// All, from least to most.
    pub const ALL: [Self; 3] = [Self::Observer, Self::Responder, Self::Commander];

    /// As the roster writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Observer => "observer",
            Self::Responder => "responder",
            Self::Commander => "commander",
        }
    }

    /// `an observer`, `a responder`, `a commander`.
    #[must_use]
    pub const fn with_article(self) -> &'static str {
        match self {
            Self::Observer => "an observer",
            Self::Responder => "a responder",
            Self::Commander => "a commander",
        }
    }
}

/// Another organisation that runs nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Its name, as its status document says it.
    pub name: OperatorId,
    /// In the network's own units; at most [`MAX_STAKE`].
    pub stake: u64,
    /// OpenSSH public keys its documents are signed with.
    pub keys: Vec<String>,
    /// Where its status document is.
    pub status: Option<StatusSource>,
    /// How to reach them.
    pub contact: String,
    /// How soon they usually answer.
    pub answers_within: Option<Span>,
    /// What they cannot do: `cannot restart before 06:00 UTC`.
    pub constraints: Vec<String>,
    /// What they share with others (provider, upstream): then they are no independent witness.
    pub via: Option<String>,
    /// Which network, where the configuration has several.
    pub network: Option<String>,
}

/// Where a status document is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusSource {
    /// Fetched over HTTP.
    Url(String),
    /// Read from a file.
    File(std::path::PathBuf),
}

/// A role of our own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnRole {
    /// Its id.
    pub id: RoleId,
    /// Its name in words.
    pub title: String,
    /// What whoever holds it does.
    pub instructions: String,
    /// Whether an incident without it says so.
    pub required: bool,
}

/// Who is called next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escalation {
    /// Its name.
    pub id: String,
    /// People, in the order they are called.
    pub people: Vec<PersonId>,
    /// How long each has to acknowledge.
    pub ack_within: Span,
}

/// Which body decides what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixRow {
    /// The type of incident: `finality-stall`, `exploit`, …
    pub incident: String,
    /// Who decides.
    pub body: String,
    /// k of n.
    pub approvals: Option<(u32, u32)>,
    /// By when.
    pub deadline: Option<Span>,
    /// Who must be told.
    pub stakeholders: Vec<String>,
    /// When the row itself is looked at again.
    pub review_by: String,
}

/// Whether entries must be signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signatures {
    /// An unsigned entry is refused.
    Required,
    /// Signed where a key is at hand; unsigned is shown so.
    #[default]
    WhenPossible,
    /// Nobody signs.
    Off,
}

impl Signatures {
    /// All.
    pub const ALL: [Self; 3] = [Self::Required, Self::WhenPossible, Self::Off];

    /// Whether it is what holds when nobody says anything.
    #[must_use]
    pub const fn is_usual(&self) -> bool {
        matches!(self, Self::WhenPossible)
    }

    /// As the roster writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::WhenPossible => "when-possible",
            Self::Off => "off",
        }
    }
}
