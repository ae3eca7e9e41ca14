//! Break-glass: rights that somebody takes for a while, with a reason. Bounded, loud, and given back by themselves.

use crate::domain::entry::Entry;
use crate::domain::event::{AccessEnded, AccessEvent, AccessRaised, RosterPinned};
use crate::domain::id::{EntryRef, PersonId, RoleId};
use crate::domain::incident::Incident;
use crate::domain::time::{At, Span};

/// The longest that rights may be taken for at once. Longer is refused by the command, and cut there by the fold: whoever needs
/// more than an hour is to be given the role.
pub const BREAK_GLASS_MAX: Span = Span::from_mins(60);

/// How long when nobody says.
pub const BREAK_GLASS_USUAL: Span = Span::from_mins(30);

/// How far a clock may have gone back since the rights were taken; one that went back further has nothing to say about their end, and they
/// do not hold then.
const CLOCK_SLACK: Span = Span::from_mins(1);

/// Rights that somebody took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raise {
    /// Its entry.
    pub id: EntryRef,
    /// Who took them.
    pub person: PersonId,
    /// Why.
    pub reason: String,
    /// The role besides, where one was named.
    pub role: Option<RoleId>,
    /// Since when, by the recorded time.
    pub from: At,
    /// Until when at most.
    pub until: At,
    /// When they were given back before that.
    pub ended: Option<At>,
}

impl Raise {
    /// Whether it holds at that time.
    #[must_use]
    pub fn holds_at(&self, at: At) -> bool {
        // What was given back is gone, whatever a clock says: entries after it are folded after it.
        self.ended.is_none() && self.from.since(at) <= CLOCK_SLACK && at < self.until
    }

    /// When it ends, or ended.
    #[must_use]
    pub fn end(&self) -> At {
        self.ended.map_or(self.until, |ended| ended.min(self.until))
    }
}

/// Whether somebody may take more rights at all.
///
/// # Errors
/// Why not: where signatures are required, only people whose word can be proved.
pub(crate) fn may_raise(roster: Option<&RosterPinned>, who: &PersonId) -> Result<(), String> {
    let Some(roster) = roster.filter(|r| r.signatures == crate::domain::roster::Signatures::Required) else {
        return Ok(());
    };
    if !roster.people.contains_key(who.as_str()) {
        return Err(format!("{who} is not in the roster, which requires signatures"));
    }
    let keys = roster.keys.get(who.as_str()).map(Vec::as_slice).unwrap_or_default();
    if keys.iter().all(|key| roster.revoked.contains(key)) {
        return Err(format!("{who} has no key in the roster that counts, and it requires signatures"));
    }
    Ok(())
}

impl Incident {
    /// The rights that somebody took and that hold at that time.
    #[must_use]
    pub fn raise_of(&self, who: &PersonId, at: At) -> Option<&Raise> {
        self.raises.iter().rev().find(|r| r.person == *who && r.holds_at(at))
    }

    /// All that hold at that time.
    pub fn raises_at(&self, at: At) -> impl Iterator<Item = &Raise> {
        self.raises.iter().filter(move |r| r.holds_at(at))
    }

    /// Takes an entry about rights in.
    pub(crate) fn apply_access(&mut self, event: &AccessEvent, entry: &Entry) -> Result<(), String> {
        match event {
            // Only told.
            AccessEvent::Refused(_) => Ok(()),
            AccessEvent::Raised(raised) => self.raise(raised, entry),
            AccessEvent::Ended(ended) => self.end_raise(ended, entry),
        }
    }

    fn raise(&mut self, raised: &AccessRaised, entry: &Entry) -> Result<(), String> {
        may_raise(self.roster.as_ref(), &entry.actor)?;
        let from = entry.recorded();
        let until = raised.until.min(from.plus(BREAK_GLASS_MAX));
        if until <= from {
            return Err(format!("it was to end at {}, before it began", raised.until.hms()));
        }
        if let Some(open) = self.raise_of(&entry.actor, from) {
            return Err(format!("{} had taken rights until {} already", entry.actor, open.until.hms()));
        }
        self.raises.push(Raise {
            id: entry.name(),
            person: entry.actor.clone(),
            reason: raised.reason.clone(),
            role: raised.role.clone(),
            from,
            until,
            ended: None,
        });
        Ok(())
    }

    /// Whoever took them gives them back, or whoever commands takes them away (`authority` has looked).
    fn end_raise(&mut self, ended: &AccessEnded, entry: &Entry) -> Result<(), String> {
        let at = entry.recorded();
        let found = self.raises.iter_mut().find(|r| r.id == ended.raised);
        let found = found.ok_or_else(|| format!("there is no break-glass {} before it", ended.raised))?;
        if !found.holds_at(at) {
            return Err(format!("it had ended at {}", found.end().hms()));
        }
        found.ended = Some(at);
        Ok(())
    }
}
