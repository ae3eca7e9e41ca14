//! Whose key is whose, as one roster (or an `allowed_signers` file in its stead) says. A key that stands for two people is nobody's.
//! Must not know which lines are signed.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::entry::KeyLine;
use crate::domain::event::RosterPinned;
use crate::domain::id::PersonId;
use crate::domain::roster::Signatures;
use crate::domain::writer_name::encode_name;

/// Who owns a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub person: PersonId,
    /// As it stands in a writer's name.
    pub encoded: String,
}

/// Own keys and the rule for signatures, as one roster has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keyring {
    /// `None`: it stands for several people.
    owners: BTreeMap<KeyLine, Option<Owner>>,
    with_keys: BTreeSet<PersonId>,
    signatures: Signatures,
}

impl Keyring {
    /// Of people and their keys (`ssh-ed25519 AAAA…`, without comment), where no roster says otherwise.
    pub fn of<'a>(keys: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut ring = Self::default();
        for (person, key) in keys {
            ring.add(person, key);
        }
        ring
    }

    /// As a roster was pinned. In a drill nothing need be signed.
    pub(super) fn pinned(roster: &RosterPinned, drill: bool) -> Self {
        let mut ring = Self::of(roster.keys.iter().flat_map(|(p, keys)| keys.iter().map(|k| (p.as_str(), k.as_str()))));
        ring.signatures = if drill { Signatures::Off } else { roster.signatures };
        ring
    }

    fn add(&mut self, person: &str, key: &str) {
        self.with_keys.insert(person.into());
        let owner = Owner { person: person.into(), encoded: encode_name(person) };
        let known = self.owners.entry(KeyLine::from(key)).or_insert_with(|| Some(owner.clone()));
        if known.as_ref().is_some_and(|other| *other != owner) {
            *known = None;
        }
    }

    /// Whose key it is; `None` for nobody's, and for one that stands for several people.
    pub(super) fn owner(&self, key: &str) -> Option<&Owner> {
        self.owners.get(key)?.as_ref()
    }

    /// Whether it stands for several people.
    pub(super) fn is_shared(&self, key: &str) -> bool {
        matches!(self.owners.get(key), Some(None))
    }

    /// Whether it has a key of this person.
    #[must_use]
    pub fn has_key_of(&self, person: &str) -> bool {
        self.with_keys.contains(person)
    }

    /// Whether it has any key at all.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        !self.owners.is_empty()
    }

    /// Whether an entry must be signed to have an effect.
    #[must_use]
    pub const fn requires(&self) -> bool {
        matches!(self.signatures, Signatures::Required)
    }

    /// Whether nobody signs.
    #[must_use]
    pub const fn is_off(&self) -> bool {
        matches!(self.signatures, Signatures::Off)
    }

    /// Every key that belongs to exactly one person, with that person.
    pub fn keys(&self) -> impl Iterator<Item = (&PersonId, &KeyLine)> {
        self.owners.iter().filter_map(|(key, owner)| Some((&owner.as_ref()?.person, key)))
    }

    /// Whether a change to `next` touches who may sign what.
    pub(super) fn differs(&self, next: &Self) -> bool {
        self != next
    }
}
