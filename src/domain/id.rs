//! Names of things as types of their own, so that a node's id is never taken for a person's.
//! Cheap to clone (shared text). Must not know what any of them stands for.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text as it is.
            #[must_use]
            pub fn new(text: &str) -> Self {
                Self(Arc::from(text))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(Arc::from(text))
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                <std::borrow::Cow<'de, str>>::deserialize(d).map(|t| Self::new(&t))
            }
        }
    )+};
}

ids! {
    /// An incident: date and slug, `2026-11-21-finality-stall`; also its folder's name.
    IncidentId,
    /// One chain of the log: `person@host`, `person@host~2`; also its file's name.
    WriterId,
    /// A person as the roster or the login calls them.
    PersonId,
    /// A watched endpoint, as the configuration names it.
    NodeId,
    /// A role: `incident-commander`, `scribe`, or one of the roster's own.
    RoleId,
    /// Another organisation that runs nodes (a peer).
    OperatorId,
    /// A runbook, from its front matter.
    RunbookId,
    /// A step of a runbook: the hand-written `{#id}` of its heading.
    StepId,
    /// One run of a runbook within an incident.
    RunId,
}

/// One entry of the log, named for people and for `amends`: `alice@bastion/7`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryRef {
    /// Whose chain.
    pub writer: WriterId,
    /// Which line, from 0.
    pub seq: u64,
}

impl EntryRef {
    /// Parses `writer/seq`; `None` when there is no number behind the last slash.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (writer, seq) = text.rsplit_once('/')?;
        (!writer.is_empty()).then_some(())?;
        Some(Self { writer: writer.into(), seq: seq.parse().ok()? })
    }
}

impl fmt::Display for EntryRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.writer, self.seq)
    }
}

impl Serialize for EntryRef {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EntryRef {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not writer/seq")))
    }
}
