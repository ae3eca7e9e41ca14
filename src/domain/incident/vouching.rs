//! The entries that trust is made of (openings, delegations, rosters), and how it follows from them: in their order, whoever comes first.
//! Must not judge other entries.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::entry::{Entry, KeyLine, Seal};
use crate::domain::event::{ChainEvent, Event, KeyDelegated, RosterPinned};
use crate::domain::incident::keyring::Keyring;
use crate::domain::incident::standing::Standing;
use crate::domain::incident::trust::{Spot, Trust, VOUCHERS_MAX, Voucher};
use crate::domain::policy::may_pin;
use crate::domain::statement::{Delegation, SESSION_MAX, Statement};

/// Openings, delegations and rosters of a log, in its order.
#[derive(Clone, Debug, Default)]
pub(super) struct Vouching {
    matters: BTreeMap<Spot, Entry>,
    anchor: Option<Arc<Keyring>>,
}

impl Vouching {
    /// What stands in for a roster where the log has none.
    pub(super) fn anchor(&mut self, ring: Keyring) {
        self.anchor = Some(Arc::new(ring));
    }

    pub(super) fn anchored(&self) -> Option<&Keyring> {
        self.anchor.as_deref()
    }

    /// Takes note of an entry; true when it may change what is trusted.
    pub(super) fn note(&mut self, entry: &Entry) -> bool {
        let matters = matches!(
            &entry.event,
            Event::Chain(ChainEvent::Opened(_) | ChainEvent::Delegated(_) | ChainEvent::Pinned(_))
        );
        if matters {
            self.matters.insert((entry.at, entry.writer.clone(), entry.seq), entry.clone());
        }
        matters
    }

    /// What follows from them.
    pub(super) fn settle(&self) -> Trust {
        let mut trust = Trust { anchor: self.anchor.clone(), ..Trust::default() };
        let good = || self.matters.values().filter(|entry| entry.seal != Seal::Bad);
        trust.incident = good().find_map(|entry| match &entry.event {
            Event::Chain(ChainEvent::Opened(opened)) => Some(opened.incident.clone()),
            _ => None,
        });
        let known = self.own_keys();
        for entry in good() {
            if let Event::Chain(ChainEvent::Delegated(delegated)) = &entry.event
                && let Err(why) = delegate(&mut trust, delegated, entry, &known)
            {
                trust.refused.insert(entry.name(), why);
            }
        }
        let mut before: Option<&RosterPinned> = None;
        for entry in good() {
            let Event::Chain(ChainEvent::Pinned(roster)) = &entry.event else { continue };
            let level = may_pin(before, roster, &entry.actor).map_err(|denial| denial.to_string());
            match level.and_then(|()| pin(&mut trust, roster, entry)) {
                Ok(()) => before = Some(roster),
                Err(why) => drop(trust.refused.insert(entry.name(), why)),
            }
        }
        trust
    }
}

impl Vouching {
    /// Every own key that any roster of the log has, or its anchor.
    fn own_keys(&self) -> BTreeSet<KeyLine> {
        let anchor = self.anchor.iter().flat_map(|ring| ring.keys().map(|(_, key)| key.clone()));
        let pinned = self.matters.values().filter_map(|entry| match &entry.event {
            Event::Chain(ChainEvent::Pinned(roster)) => Some(roster),
            _ => None,
        });
        let pinned = pinned.flat_map(|roster| roster.keys.values().flatten().map(|key| KeyLine::from(key.as_str())));
        pinned.chain(anchor).collect()
    }
}

/// A delegation whose own key is whose it should be is found out line by line: rosters change.
fn delegate(
    trust: &mut Trust,
    delegated: &KeyDelegated,
    entry: &Entry,
    known: &BTreeSet<KeyLine>,
) -> Result<(), String> {
    let delegation = read(trust, &delegated.statement)?;
    let proof =
        entry.rare.proof.as_ref().ok_or("its signature does not fit the statement, or was made for something else")?;
    if !known.contains(&proof.key) {
        return Err("the key that signed it is nobody's: no roster of this log has it".to_owned());
    }
    if proof.touched == Some(false) {
        return Err("nobody touched the hardware key that signed it".to_owned());
    }
    let vouchers = trust.sessions.entry(delegation.key.clone()).or_default();
    if vouchers.len() >= VOUCHERS_MAX {
        return Err(format!("{VOUCHERS_MAX} delegations of this session key stand before it"));
    }
    vouchers.push(Voucher {
        principal: delegation.principal,
        own: proof.key.clone(),
        from: delegation.valid_from,
        until: delegation.expires,
    });
    Ok(())
}

fn read(trust: &Trust, statement: &str) -> Result<Delegation, String> {
    let delegation = match Statement::parse(statement) {
        Ok(Statement::Delegation(delegation)) => delegation,
        Ok(_) => return Err("the statement is no delegation".to_owned()),
        Err(why) => return Err(why.to_string()),
    };
    if trust.incident.as_ref() != Some(&delegation.incident) {
        return Err(format!("it is for incident {}", delegation.incident));
    }
    let span = delegation.expires.since(delegation.valid_from);
    if delegation.expires < delegation.valid_from || span > SESSION_MAX {
        return Err(format!("it is not for at most {} hours", SESSION_MAX.secs() / 3600));
    }
    Ok(delegation)
}

/// The first roster is the anchor of all that follows. A later one must come from somebody the one before it trusts, where that one
/// requires signatures; and where it only has keys, whoever changes keys, revocations or the rule must be trusted.
fn pin(trust: &mut Trust, roster: &RosterPinned, entry: &Entry) -> Result<(), String> {
    let next = Keyring::pinned(roster, entry.drill);
    let before = trust.rosters.last().map(|(_, ring)| Arc::clone(ring));
    if let Some(before) = before.filter(|ring| ring.has_keys() && !ring.is_off()) {
        let standing = match &entry.seal {
            Seal::Good(key) => trust.signed(key, entry, Some(&before)),
            _ => trust.standing(entry),
        };
        let revokes = roster.revoked.iter().any(|key| !trust.revoked.contains(key.as_str()));
        let weighty = before.requires() || before.differs(&next) || revokes;
        if weighty && !standing.is_trusted() && standing != Standing::Unchecked {
            return Err(format!(
                "{}: a roster that changes keys counts only from somebody whose key the one before it has; pin it from a console that signs",
                standing.says()
            ));
        }
    }
    trust.revoked.extend(roster.revoked.iter().map(|key| key.as_str().into()));
    trust.rosters.push(((entry.at, entry.writer.clone(), entry.seq), Arc::new(next)));
    Ok(())
}
