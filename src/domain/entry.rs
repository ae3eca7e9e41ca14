//! One entry of the log as the rest of the house sees it: the envelope and the event.
//! Must not know of bytes, hashes and files: the journal does.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::event::Event;
use crate::domain::id::{EntryRef, PersonId, WriterId};
use crate::domain::time::At;

/// Who or what speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A person.
    Human,
    /// This host's own measuring.
    Local,
    /// Another organisation.
    Peer,
    /// The program.
    Tool,
}

impl Source {
    /// As the log writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Local => "local",
            Self::Peer => "peer",
            Self::Tool => "tool",
        }
    }
}

/// Who may read it, from everybody to us alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Disclosure {
    /// Everybody.
    Public,
    /// Partners.
    Partners,
    /// Operators of the network.
    #[default]
    Operators,
    /// Our own organisation: kept in chains of its own, never shared.
    Internal,
}

impl Disclosure {
    /// As the log writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Partners => "partners",
            Self::Operators => "operators",
            Self::Internal => "internal",
        }
    }
}

/// What somebody wants recorded: an entry that has no place in a chain yet.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEntry {
    /// Who acts.
    pub actor: PersonId,
    /// Who or what speaks.
    pub source: Source,
    /// When it happened, where that is not now.
    pub happened: Option<At>,
    /// The entry that this one corrects or strikes.
    pub amends: Option<EntryRef>,
    /// Who may read it.
    pub disclosure: Disclosure,
    /// What happened.
    pub event: Event,
}

impl NewEntry {
    /// A person's entry about now, for operators.
    pub fn human(actor: &PersonId, event: impl Into<Event>) -> Self {
        Self::by(actor, Source::Human, event)
    }

    /// The program's own entry.
    pub fn tool(event: impl Into<Event>) -> Self {
        Self::by(&PersonId::new("warroom"), Source::Tool, event)
    }

    fn by(actor: &PersonId, source: Source, event: impl Into<Event>) -> Self {
        Self {
            actor: actor.clone(),
            source,
            happened: None,
            amends: None,
            disclosure: Disclosure::default(),
            event: event.into(),
        }
    }

    /// The same, happened then.
    #[must_use]
    pub fn happened(mut self, at: Option<At>) -> Self {
        self.happened = at;
        self
    }
}

/// What few entries have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rare {
    /// The raw wall clock, where it differs from `at` by more than a second.
    pub clock: Option<At>,
    /// When it happened, where that is not when it was recorded.
    pub happened: Option<At>,
    /// The entry that this one corrects or strikes.
    pub amends: Option<EntryRef>,
    /// Heads of other chains known when it was written, by writer: hash of the line, hex.
    pub seen: Vec<(WriterId, String)>,
    /// Whose key signed the statement that the event carries, where it carries one and the signature is good.
    pub proof: Option<Proof>,
}

/// Reads as a [`Rare`], and takes no room where there is nothing in it.
#[derive(Clone, Default)]
pub struct Rarely(Option<Box<Rare>>);

impl From<Rare> for Rarely {
    fn from(rare: Rare) -> Self {
        Self((rare != NOTHING).then(|| Box::new(rare)))
    }
}

static NOTHING: Rare = Rare { clock: None, happened: None, amends: None, seen: Vec::new(), proof: None };

impl Deref for Rarely {
    type Target = Rare;

    fn deref(&self) -> &Rare {
        self.0.as_deref().unwrap_or(&NOTHING)
    }
}

impl DerefMut for Rarely {
    fn deref_mut(&mut self) -> &mut Rare {
        self.0.get_or_insert_default()
    }
}

impl PartialEq for Rarely {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Rarely {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// An entry in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Line of its chain, from 0.
    pub seq: u64,
    /// Recorded time: hybrid clock, orders the log.
    pub at: At,
    /// Whose chain.
    pub writer: WriterId,
    /// Who acted.
    pub actor: PersonId,
    /// Who or what speaks.
    pub source: Source,
    /// Who may read it.
    pub disclosure: Disclosure,
    /// Part of a drill.
    pub drill: bool,
    /// What happened.
    pub event: Event,
    /// What is known of the line's own signature.
    pub seal: Seal,
    /// What few entries have: other times, what it corrects, heads of other chains, a proof.
    pub rare: Rarely,
}

/// An OpenSSH public key without its comment, `ssh-ed25519 AAAA…`; shared, for a log names few keys many times.
pub type KeyLine = Arc<str>;

/// What is known of a line's signature: a fact of cryptography, which says nothing yet about whose key it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Seal {
    /// The line carries none.
    #[default]
    Unsigned,
    /// It carries one that nobody has looked at yet.
    Unchecked,
    /// Made by this key over exactly this line.
    Good(KeyLine),
    /// It is not a signature of this line.
    Bad,
}

impl Seal {
    /// Whether the line carries a signature at all.
    #[must_use]
    pub const fn is_signed(&self) -> bool {
        !matches!(self, Self::Unsigned)
    }
}

/// A statement in an entry's data is signed by this key, for the statements' namespace, as a fact of cryptography:
/// set by whoever reads the line, never by the writer's word. Whose key it is, the incident's trust says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The key that signed it.
    pub key: KeyLine,
    /// For a key in hardware: whether somebody touched it (flag 0x01 of the signature; PROTOCOL.u2f of OpenSSH).
    pub touched: Option<bool>,
}

impl Entry {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> EntryRef {
        EntryRef { writer: self.writer.clone(), seq: self.seq }
    }

    /// The time that durations and timers use: `happened`, else `clock`, else `at`.
    #[must_use]
    pub fn when(&self) -> At {
        self.rare.happened.or(self.rare.clock).unwrap_or(self.at)
    }

    /// The time that validity and expiry use: `clock`, else `at`, never `happened`.
    #[must_use]
    pub fn recorded(&self) -> At {
        self.rare.clock.unwrap_or(self.at)
    }

    /// Where it stands in the incident's total order.
    #[must_use]
    pub fn place(&self) -> (At, &WriterId, u64) {
        (self.at, &self.writer, self.seq)
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, Rare, Rarely};
    use crate::domain::event::Event;
    use crate::domain::time::At;

    #[test]
    fn an_entry_stays_small() {
        assert!(size_of::<Event>() <= 24, "{}", size_of::<Event>());
        assert!(size_of::<Entry>() <= 112, "{}", size_of::<Entry>());
    }

    #[test]
    fn what_is_rare_takes_no_room_where_it_is_not() {
        let mut rarely = Rarely::from(Rare::default());
        assert!(rarely.0.is_none() && rarely.clock.is_none());
        rarely.clock = Some(At::from_secs(1));
        assert_eq!(rarely.clock, Some(At::from_secs(1)));
        rarely.clock = None;
        assert_eq!(rarely, Rarely::default());
    }
}
