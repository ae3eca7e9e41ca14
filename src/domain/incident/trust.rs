//! Who signed a line, as far as the log can tell: rosters in force, delegations, revoked keys. Pure, total, the same for any order.
//! Must not know of bytes and algorithms: what is signed with which key comes in with the entries (`entry::Seal`, `entry::Proof`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::entry::{Entry, KeyLine, Seal, Source};
use crate::domain::event::{ChainEvent, Event};
use crate::domain::id::{EntryRef, IncidentId, PersonId};
use crate::domain::incident::keyring::Keyring;
use crate::domain::incident::standing::Standing;
use crate::domain::time::At;

/// Most delegations looked at for one session key; one has one, and whoever renews it a few. The others have no effect.
pub(super) const VOUCHERS_MAX: usize = 16;

/// Somebody's own key says that a session key signs for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voucher {
    /// For whom.
    pub principal: PersonId,
    /// The own key that says so.
    pub own: KeyLine,
    /// From when on.
    pub from: At,
    /// Until when.
    pub until: At,
}

/// A place in the total order, by itself.
pub(super) type Spot = (At, crate::domain::id::WriterId, u64);

/// Everything that decides whose word a line is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    pub(super) incident: Option<IncidentId>,
    /// Rosters that were taken over, each from its place on; the first counts for what stands before it too.
    pub(super) rosters: Vec<(Spot, Arc<Keyring>)>,
    /// What stands in for a roster in a log that has none.
    pub(super) anchor: Option<Arc<Keyring>>,
    /// Keys that count no more, wherever they stand.
    pub(super) revoked: BTreeSet<KeyLine>,
    pub(super) sessions: BTreeMap<KeyLine, Vec<Voucher>>,
    /// Rosters and delegations that have no effect, and why.
    pub(super) refused: BTreeMap<EntryRef, String>,
}

impl Trust {
    /// What the signature of this line is worth.
    #[must_use]
    pub fn standing(&self, entry: &Entry) -> Standing {
        match &entry.seal {
            Seal::Unsigned => Standing::Unsigned,
            Seal::Unchecked => Standing::Unchecked,
            Seal::Bad => Standing::Bad,
            Seal::Good(key) => self.signed(key, entry, self.ring_at(entry)),
        }
    }

    /// Why an entry has no effect; `None` when it counts. What the chain itself needs always counts, unless its signature is bad:
    /// who may pin a roster and whose delegations count is decided by itself.
    #[must_use]
    pub fn objection(&self, entry: &Entry) -> Option<String> {
        if !self.refused.is_empty()
            && let Some(why) = self.refused.get(&entry.name())
        {
            return Some(why.clone());
        }
        // Most entries of most logs leave here.
        if entry.seal == Seal::Bad {
            return Some(Standing::Bad.says());
        }
        let required = self.ring_at(entry).is_some_and(Keyring::requires);
        if !required || entry.seal == Seal::Unchecked || matters_to_the_chain(&entry.event) {
            return None;
        }
        let standing = self.standing(entry);
        (!standing.is_trusted()).then(|| format!("{}, and the roster requires signatures", standing.says()))
    }

    /// Whether a roster or a delegation has no effect.
    #[must_use]
    pub fn refuses(&self, writer: &crate::domain::id::WriterId, seq: u64) -> bool {
        self.refused.contains_key(&EntryRef { writer: writer.clone(), seq })
    }

    /// The keys in force where an entry stands: of the last roster before it, of the first one for what stands before that,
    /// else of the anchor.
    #[must_use]
    pub fn ring_at(&self, entry: &Entry) -> Option<&Keyring> {
        let place = entry.place();
        let before = self.rosters.partition_point(|((at, writer, seq), _)| (*at, writer, *seq) <= place);
        let ring = self.rosters.get(before.saturating_sub(1)).map(|(_, ring)| ring);
        ring.or(self.anchor.as_ref()).map(AsRef::as_ref)
    }

    /// The keys in force at the end of the log.
    #[must_use]
    pub fn ring(&self) -> Option<&Keyring> {
        self.rosters.last().map(|(_, ring)| ring).or(self.anchor.as_ref()).map(AsRef::as_ref)
    }

    /// Whether any roster requires signatures.
    #[must_use]
    pub fn requires(&self) -> bool {
        self.rosters.iter().any(|(_, ring)| ring.requires())
    }

    /// Whether a key counts no more.
    #[must_use]
    pub fn is_revoked(&self, key: &str) -> bool {
        self.revoked.contains(key)
    }

    /// The incident, as the first chain says.
    #[must_use]
    pub const fn incident(&self) -> Option<&IncidentId> {
        self.incident.as_ref()
    }

    /// Session keys that somebody vouches for, and who; also those whose word may not count.
    pub fn sessions(&self) -> impl Iterator<Item = (&KeyLine, &Voucher)> {
        self.sessions.iter().flat_map(|(key, vouchers)| vouchers.iter().map(move |v| (key, v)))
    }

    /// Those whose own key is, in some roster of the log, the person's they speak for, and not revoked.
    pub fn counting_sessions(&self) -> impl Iterator<Item = (&KeyLine, &Voucher)> {
        let of_principal = |voucher: &Voucher| {
            self.rings().any(|ring| ring.owner(&voucher.own).is_some_and(|owner| owner.person == voucher.principal))
        };
        self.sessions().filter(move |(key, voucher)| {
            !self.is_revoked(key) && !self.is_revoked(&voucher.own) && of_principal(voucher)
        })
    }

    /// Whose key signed the statement that an entry carries; a key that was not touched where it could have been does not count.
    ///
    /// # Errors
    /// Why that cannot be told, in a sentence.
    pub fn statement_signer(&self, entry: &Entry) -> Result<PersonId, String> {
        let wrong = || "its signature does not fit the statement, or was made for something else".to_owned();
        let proof = entry.rare.proof.as_ref().ok_or_else(wrong)?;
        if self.is_revoked(&proof.key) {
            return Err("it is signed with a revoked key".to_owned());
        }
        let ring =
            self.ring_at(entry).ok_or("this log has no roster with keys: nobody can tell whose key signed it")?;
        if ring.is_shared(&proof.key) {
            return Err(
                "the roster gives the key that signed it to several people: nobody can tell who it was".to_owned()
            );
        }
        let owner = ring.owner(&proof.key).ok_or("the key that signed it is nobody's in the roster in force")?;
        if proof.touched == Some(false) {
            return Err("nobody touched the hardware key that signed it".to_owned());
        }
        Ok(owner.person.clone())
    }

    /// Whether anything tells whose key is whose.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        self.rings().any(Keyring::has_keys)
    }

    /// Rosters and delegations that have no effect, and why.
    #[must_use]
    pub const fn refused(&self) -> &BTreeMap<EntryRef, String> {
        &self.refused
    }

    /// From the entries that it is made of (openings, delegations, rosters; others are passed over) and what stands in for a roster.
    #[must_use]
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>, anchor: Option<Keyring>) -> Self {
        let mut vouching = crate::domain::incident::vouching::Vouching::default();
        anchor.into_iter().for_each(|ring| vouching.anchor(ring));
        for entry in entries {
            vouching.note(entry);
        }
        vouching.settle()
    }

    /// Every keyring that was in force, the oldest first.
    pub fn rings(&self) -> impl Iterator<Item = &Keyring> {
        let anchor = if self.rosters.is_empty() { self.anchor.as_ref() } else { None };
        self.rosters.iter().map(|(_, ring)| ring).chain(anchor).map(AsRef::as_ref)
    }

    pub(super) fn signed(&self, key: &KeyLine, entry: &Entry, ring: Option<&Keyring>) -> Standing {
        if self.revoked.contains(key) {
            return Standing::Revoked;
        }
        let vouchers = self.sessions.get(key).map(Vec::as_slice).unwrap_or_default();
        let all = vouchers.iter().map(|voucher| self.vouched(voucher, entry, ring));
        all.max_by_key(Standing::rank).unwrap_or(Standing::Unvouched)
    }

    fn vouched(&self, voucher: &Voucher, entry: &Entry, ring: Option<&Keyring>) -> Standing {
        if self.revoked.contains(&voucher.own) {
            return Standing::Revoked;
        }
        let Some(owner) = ring.and_then(|ring| ring.owner(&voucher.own)) else { return Standing::UnknownKey };
        if owner.person != voucher.principal {
            return Standing::UnknownKey;
        }
        let of_chain = crate::domain::writer_name::encoded_person(&entry.writer) == owner.encoded;
        let own_word = entry.source != Source::Human || entry.actor == owner.person;
        if !of_chain || !own_word {
            return Standing::OtherPerson(owner.person.clone());
        }
        let recorded = entry.recorded();
        if recorded < voucher.from || recorded > voucher.until {
            return Standing::Expired { from: voucher.from, until: voucher.until };
        }
        Standing::By(owner.person.clone())
    }
}

/// What the chain itself needs: counted whoever signed, for without it nothing else could be judged.
pub(super) const fn matters_to_the_chain(event: &Event) -> bool {
    match event {
        Event::Chain(event) => !matches!(event, ChainEvent::Checkpoint(_)),
        _ => false,
    }
}
